-- Claims a price for a fill, or nothing. A fill that holds a claim, or was counted, needs no second one; but each
-- who asks for a held claim holds it too, from then on for the whole time: one who gives it back takes it from nobody.
-- Returns new, held (by a claim that was there before), refused, or reached: with all that is reserved there are as many
-- as the goal wants.
-- KEYS budgets, claims, due. ARGV line item, fill, price, when the claim expires, the goal or 0, what it is counted as.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item, fill, price = ARGV[1], ARGV[2], ARGV[3]
local claim = redis.call('HGET', claims, fill)
local mask = '0'
if claim then
  local state
  state, mask = string.match(claim, '^(%a+)|%d+|(%d+)|')
  if state == 'reserved' then
    redis.call('HINCRBY', claims, fill .. '#others', 1)
    redis.call('ZADD', due, 'GT', ARGV[4], fill)
  end
  if state ~= 'released' then return 'held' end
end
local remaining = redis.call('HGET', budgets, item .. ':remaining')
if not remaining or tonumber(remaining) < tonumber(price) then return 'refused' end
local goal = tonumber(ARGV[5])
if goal > 0 then
  local done = tonumber(redis.call('HGET', budgets, item .. ':' .. ARGV[6]) or '0')
  local reserved = tonumber(redis.call('HGET', budgets, item .. ':reserved'))
  if done + math.ceil(reserved / tonumber(price)) >= goal then return 'reached' end
end
redis.call('HINCRBY', budgets, item .. ':remaining', string.format('%d', -price))
redis.call('HINCRBY', budgets, item .. ':reserved', price)
redis.call('HSET', claims, fill, 'reserved|' .. price .. '|' .. mask .. '|' .. item)
redis.call('ZADD', due, ARGV[4], fill)
return 'new'
