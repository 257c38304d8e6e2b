-- Keeps how far a play that grows has been listed: never less than before, and nothing more once it ended.
-- Where it had been listed further than it may grow to now, that moment is kept too.
-- KEYS: play. ARGV: ordinal, segments, 1 where they end it, now in ms, 1 where segments follow from that moment.
-- Returns segments and end as they are kept, the moment ('' for none), and what was listed then.
local kept = redis.call('HMGET', KEYS[1], 'n', 'listed', 'ended', 'since_ms', 'since')
local listed, ended = tonumber(ARGV[2]), tonumber(ARGV[3])
if kept[1] ~= ARGV[1] then return {listed, ended, '', 0} end
local before = tonumber(kept[2] or '0')
if kept[3] then return {before, 1, '', 0} end
local slowly, since_ms, since = ARGV[5] == '1', kept[4], kept[5]
if listed > before then redis.call('HSET', KEYS[1], 'listed', listed) end
if listed < before and (slowly or not since_ms) then
  since_ms, since = ARGV[4], before
  redis.call('HSET', KEYS[1], 'since_ms', since_ms, 'since', since)
end
if ended == 1 then redis.call('HSET', KEYS[1], 'ended', '1') end
return {math.max(listed, before), ended, since_ms or '', since or 0}
