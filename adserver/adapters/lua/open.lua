-- Sets the counters of a line item where they are missing, and remembers fills that were counted.
-- KEYS budgets, claims, due.
-- ARGV line item, budget, spent, how many were shown, played to their end, tapped and redeemed, then for each fill its
-- id, what it was billed, the bits of what was counted of it, and when to forget it.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item = ARGV[1]
if redis.call('HEXISTS', budgets, item .. ':budget') == 1 then return 0 end
local remaining = math.max(0, tonumber(ARGV[2]) - tonumber(ARGV[3]))
redis.call('HSET', budgets,
  item .. ':budget', ARGV[2], item .. ':remaining', string.format('%.0f', remaining),
  item .. ':reserved', '0', item .. ':spent', ARGV[3], item .. ':shown', ARGV[4], item .. ':completes', ARGV[5],
  item .. ':taps', ARGV[6], item .. ':redemptions', ARGV[7])
for i = 8, #ARGV, 4 do
  local state = ARGV[i + 1] == '0' and 'released' or 'settled'
  redis.call('HSETNX', claims, ARGV[i], state .. '|' .. ARGV[i + 1] .. '|' .. ARGV[i + 2] .. '|' .. item)
  redis.call('ZADD', due, 'NX', ARGV[i + 3], ARGV[i])
end
return 1
