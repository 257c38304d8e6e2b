-- Passes a claim on if it is still the expected one.
-- KEYS: claim. ARGV: expected, new, ttl in ms. Returns 1 when passed on.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
