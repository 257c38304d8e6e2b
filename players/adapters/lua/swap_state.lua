-- Writes a vehicle's state if nobody has written since it was read, and announces it.
-- KEYS: state. ARGV: expected ('' = none), new, ttl in ms, channel ('' = quiet), notice.
-- Returns nothing when written, else what is kept ('' = none).
local kept = redis.call('GET', KEYS[1]) or ''
if kept ~= ARGV[1] then return kept end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return false
