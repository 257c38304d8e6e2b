-- Forgets the counters of a line item of which nothing is spent or reserved; whether it did.
-- KEYS budgets. ARGV line item.
local budgets, item = KEYS[1], ARGV[1]
for _, part in ipairs({'reserved', 'spent'}) do
  if tonumber(redis.call('HGET', budgets, item .. ':' .. part) or '0') > 0 then return 0 end
end
for _, part in ipairs({
  'budget', 'remaining', 'reserved', 'spent', 'revision', 'shown', 'completes', 'taps', 'redemptions', 'pass', 'plan',
  'plenty', 'paced-shown', 'paced-at', 'aim', 'goal', 'held',
}) do
  redis.call('HDEL', budgets, item .. ':' .. part)
end
return 1
