-- Writes a vehicle's state if nobody has written since it was read, and announces it.
-- KEYS: state, when consent was withdrawn. ARGV: expected ('' = none), new ('' = nothing is to be written),
-- ttl in ms, channel ('' = quiet), notice, the feed that has a position to tell was opened (ms; '' = none has).
-- Returns what is kept where that is another ('' = none), else 1 where the position may be told, else 0.
if ARGV[2] ~= '' then
  local kept = redis.call('GET', KEYS[1]) or ''
  if kept ~= ARGV[1] then return kept end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
end
if ARGV[6] == '' then return 0 end
local withdrawn = redis.call('GET', KEYS[2])
if withdrawn and tonumber(withdrawn:match('%d+$')) >= tonumber(ARGV[6]) then return 0 end
return 1
