-- Publishes a vehicle's position unless its owner has taken the consent back.
-- KEYS: when consent was withdrawn. ARGV: the feed was opened (ms), channel, message.
-- Returns 1 when published.
local withdrawn = redis.call('GET', KEYS[1])
if withdrawn and tonumber(withdrawn) >= tonumber(ARGV[1]) then return 0 end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
