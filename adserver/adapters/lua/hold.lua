-- Holds the price of a fill until a moment: what was promised with it is paid for whenever that is kept. Held by its
-- claim where that stands still, from what remains where it had been given back. Returns new, held (by a claim that was
-- there, or paid before) or refused.
-- KEYS budgets, claims, due. ARGV line item, fill, price, until when.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item, fill, price, until_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local claim = redis.call('HGET', claims, fill)
local state, mask = 'released', '0'
if claim then state, mask = string.match(claim, '^(%a+)|%d+|(%d+)|') end
if state == 'settled' then return 'held' end
if state == 'unused' then return 'refused' end
if state == 'reserved' then
  redis.call('ZADD', due, 'GT', until_ms, fill)
  return 'held'
end
local remaining = redis.call('HGET', budgets, item .. ':remaining')
if not remaining or tonumber(remaining) < tonumber(price) then return 'refused' end
redis.call('HINCRBY', budgets, item .. ':remaining', string.format('%d', -price))
redis.call('HINCRBY', budgets, item .. ':reserved', price)
if redis.call('HEXISTS', budgets, item .. ':held') == 1 then redis.call('HINCRBY', budgets, item .. ':held', 1) end
redis.call('HSET', claims, fill, 'reserved|' .. price .. '|' .. mask .. '|' .. item)
redis.call('ZADD', due, until_ms, fill)
return 'new'
