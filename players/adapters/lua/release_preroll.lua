-- Gives up the claim to the ads before a play, if it is that play's.
-- KEYS: the play that has them. ARGV: play.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
