-- Keeps a play of something on demand unless one as late is kept.
-- KEYS: play. ARGV: ordinal, play, ttl in ms. Returns what is kept, if it is another.
local kept = tonumber(redis.call('HGET', KEYS[1], 'n') or '0')
if kept >= tonumber(ARGV[1]) then return redis.call('HGET', KEYS[1], 'play') end
redis.call('HSET', KEYS[1], 'n', ARGV[1], 'play', ARGV[2])
redis.call('HDEL', KEYS[1], 'over', 'listed', 'ended', 'since_ms', 'since')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return false
