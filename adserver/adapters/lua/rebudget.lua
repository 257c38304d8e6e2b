-- Brings a line item's budget, and the goal that is kept to the unit, to what its newest edit says; what is spent or
-- reserved stays. An older edit changes nothing. Returns whether the budget is now as edited.
-- KEYS budgets, claims, due. ARGV line item, budget, revision, fill by which the edit held what it takes away, the goal
-- or 0.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item, wanted, fill = ARGV[1], tonumber(ARGV[2]), ARGV[4]
local function counter(part) return tonumber(redis.call('HGET', budgets, item .. ':' .. part)) end
local budget = counter('budget')
if not budget then return 0 end
if (counter('revision') or 0) > tonumber(ARGV[3]) then return 0 end
local claim = redis.call('HGET', claims, fill)
if claim then
  local state, price = string.match(claim, '^(%a+)|(%d+)|')
  if state == 'reserved' then
    redis.call('HINCRBY', budgets, item .. ':remaining', price)
    redis.call('HINCRBY', budgets, item .. ':reserved', string.format('%d', -price))
  end
  redis.call('HDEL', claims, fill, fill .. '#others')
  redis.call('ZREM', due, fill)
end
redis.call('HSET', budgets, item .. ':goal', ARGV[5])
local more = string.format('%.0f', math.max(wanted - budget, -counter('remaining')))
redis.call('HINCRBY', budgets, item .. ':budget', more)
redis.call('HINCRBY', budgets, item .. ':remaining', more)
if counter('budget') ~= wanted then return 0 end
redis.call('HSET', budgets, item .. ':revision', ARGV[3])
return 1
