-- Sets the counters of a line item where they are missing, and remembers fills that were counted.
-- KEYS budgets, claims, due. ARGV line item, budget, spent, when to forget, bits of the events that bill, fills...
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item = ARGV[1]
if redis.call('HEXISTS', budgets, item .. ':budget') == 1 then return 0 end
local remaining = math.max(0, tonumber(ARGV[2]) - tonumber(ARGV[3]))
redis.call('HSET', budgets,
  item .. ':budget', ARGV[2], item .. ':remaining', string.format('%.0f', remaining),
  item .. ':reserved', '0', item .. ':spent', ARGV[3])
for i = 6, #ARGV do
  redis.call('HSETNX', claims, ARGV[i], 'settled|0|' .. ARGV[5] .. '|' .. item)
  redis.call('ZADD', due, 'NX', ARGV[4], ARGV[i])
end
return 1
