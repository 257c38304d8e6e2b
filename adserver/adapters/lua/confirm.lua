-- Makes a plan sure, if it still stands: nobody replaces it from then on.
-- KEYS plan. ARGV its version.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sure', '1')
return 1
