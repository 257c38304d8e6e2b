-- Keeps a break's plan unless there is one, and its name among the session's latest.
-- KEYS: plan, order. ARGV: break id, plan, ttl in ms, how many names to keep.
-- Returns what is kept, if it is another.
local kept = redis.call('GET', KEYS[1])
if kept then return kept end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], -ARGV[4], -1)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return false
