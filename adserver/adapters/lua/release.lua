-- Gives a claim back, if it is still held and by nobody else.
-- KEYS budgets, claims, due. ARGV fill.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local claim = redis.call('HGET', claims, ARGV[1])
if not claim then return 0 end
local state, price, mask, item = string.match(claim, '^(%a+)|(%d+)|(%d+)|(.*)$')
if state ~= 'reserved' then return 0 end
local others = ARGV[1] .. '#others'
if tonumber(redis.call('HGET', claims, others) or '0') > 0 then
  redis.call('HINCRBY', claims, others, -1)
  return 0
end
redis.call('HINCRBY', budgets, item .. ':remaining', price)
redis.call('HINCRBY', budgets, item .. ':reserved', string.format('%d', -price))
if redis.call('HEXISTS', budgets, item .. ':held') == 1 and string.sub(ARGV[1], 1, 5) ~= 'edit_' then
  redis.call('HINCRBY', budgets, item .. ':held', -1)
end
redis.call('HSET', claims, ARGV[1], 'released|' .. price .. '|' .. mask .. '|' .. item)
return 1
