-- Counts all exposures and keeps the plan, or nothing.
-- KEYS plan, counters... ARGV plan, its life in ms, now, then fill, cap and window in ms for each counter.
local standing = redis.call('GET', KEYS[1])
if standing then return {'standing', standing} end
local now = tonumber(ARGV[3])
for i = 2, #KEYS do
  local fill, cap, window = ARGV[3 * i - 2], tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', string.format('%.0f', now - window))
  local others = redis.call('ZCARD', KEYS[i])
  if redis.call('ZSCORE', KEYS[i], fill) then others = others - 1 end
  if others >= cap then return {'full', i - 1} end
end
for i = 2, #KEYS do
  redis.call('ZADD', KEYS[i], ARGV[3], ARGV[3 * i - 2])
  redis.call('PEXPIRE', KEYS[i], ARGV[3 * i])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {'kept'}
