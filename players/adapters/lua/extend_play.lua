-- Keeps how far a play that grows has been listed: never less than before, and nothing more once it ended.
-- KEYS: play. ARGV: ordinal, segments, 1 where they end it. Returns segments and end as they are kept.
local kept = redis.call('HMGET', KEYS[1], 'n', 'listed', 'ended')
local listed, ended = tonumber(ARGV[2]), tonumber(ARGV[3])
if kept[1] ~= ARGV[1] then return {listed, ended} end
local before = tonumber(kept[2] or '0')
if kept[3] then return {before, 1} end
if listed > before then redis.call('HSET', KEYS[1], 'listed', listed) end
if ended == 1 then redis.call('HSET', KEYS[1], 'ended', '1') end
return {math.max(listed, before), ended}
