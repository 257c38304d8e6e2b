-- Claims the ads before a play: for the first that asks, and for it again.
-- KEYS: the play that has them. ARGV: play, ttl in ms. Returns 1 when they are its.
local held = redis.call('GET', KEYS[1])
if held then return held == ARGV[1] and 1 or 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
