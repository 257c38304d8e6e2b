-- Gives a claim back, if it is still held.
-- KEYS budgets, claims, due. ARGV fill.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local claim = redis.call('HGET', claims, ARGV[1])
if not claim then return 0 end
local state, price, mask, item = string.match(claim, '^(%a+)|(%d+)|(%d+)|(.*)$')
if state ~= 'reserved' then return 0 end
redis.call('HINCRBY', budgets, item .. ':remaining', price)
redis.call('HINCRBY', budgets, item .. ':reserved', '-' .. price)
redis.call('HSET', claims, ARGV[1], 'released|' .. price .. '|' .. mask .. '|' .. item)
return 1
