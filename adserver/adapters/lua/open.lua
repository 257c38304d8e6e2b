-- Sets the counters of a line item where they are missing, and remembers fills that were counted.
-- KEYS budgets, claims, due.
-- ARGV line item, budget, spent, how many were shown, played to their end, tapped and redeemed, the goal that is kept to
-- the unit or 0, then for each fill its id, what it was billed, the bits of what was counted of it, and when to forget it.
-- A fill of which something was told meanwhile is known already: of it too is remembered what was counted and billed.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item = ARGV[1]
if redis.call('HEXISTS', budgets, item .. ':budget') == 1 then return 0 end
local remaining = math.max(0, tonumber(ARGV[2]) - tonumber(ARGV[3]))
redis.call('HSET', budgets,
  item .. ':budget', ARGV[2], item .. ':remaining', string.format('%.0f', remaining),
  item .. ':reserved', '0', item .. ':spent', ARGV[3], item .. ':shown', ARGV[4], item .. ':completes', ARGV[5],
  item .. ':taps', ARGV[6], item .. ':redemptions', ARGV[7],
  item .. ':goal', ARGV[8], item .. ':held', '0')
for i = 9, #ARGV, 4 do
  local state, held, mask = 'released', ARGV[i + 1], tonumber(ARGV[i + 2])
  local claim = redis.call('HGET', claims, ARGV[i])
  if claim then
    local bits
    state, bits = string.match(claim, '^(%a+)|%d+|(%d+)|')
    mask = bit.bor(mask, tonumber(bits))
  end
  if ARGV[i + 1] ~= '0' then state = 'settled' end
  redis.call('HSET', claims, ARGV[i], state .. '|' .. held .. '|' .. string.format('%d', mask) .. '|' .. item)
  redis.call('ZADD', due, 'NX', ARGV[i + 3], ARGV[i])
end
return 1
