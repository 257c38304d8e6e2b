-- What was decided for an avail; else how often each counter was used within its window.
-- KEYS plan, counters... ARGV now, windows in ms...
local plan = redis.call('GET', KEYS[1])
if plan then return {plan} end
local used = {false}
for i = 2, #KEYS do
  local since = string.format('(%.0f', tonumber(ARGV[1]) - tonumber(ARGV[i]))
  used[i] = redis.call('ZCOUNT', KEYS[i], since, '+inf')
end
return used
