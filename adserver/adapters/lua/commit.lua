-- Keeps a plan and what the vehicle has then been shown, or nothing: another plan stands that is not the one to be
-- replaced, or something else was shown meanwhile. A plan without exposures leaves what was shown as it is, and the drive
-- too if that was shown meanwhile: it is counted in the drive that stands.
-- KEYS plan, seen. ARGV plan, its life in ms, whether it is sure from the start, the version of the plan that it
-- replaces or '', the version of the log that it was decided by, the log with it or '', the drive, and how long those
-- are kept in ms.
-- What a removed vehicle is shown until its sessions end stays no longer than was said when it went (``gone``).
-- Versions rise for ever, also over what a crash lost: they begin at the microseconds of the clock.
local plan = redis.call('HMGET', KEYS[1], 'plan', 'version', 'sure')
local seen = redis.call('HMGET', KEYS[2], 'log', 'version', 'drive', 'gone')
local function told(word) return {word, plan[1], plan[2], plan[3], seen[1], seen[2], seen[3]} end
if plan[1] and (plan[3] or plan[2] ~= ARGV[4]) then return told('standing') end
local newest = (seen[2] or '0') == ARGV[5]
if ARGV[6] ~= '' and not newest then
  plan = {false, false, false}
  return told('stale')
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local version = string.format('%.0f', math.max(now, tonumber(seen[2] or '0') + 1, tonumber(plan[2] or '0') + 1))
if ARGV[6] ~= '' then redis.call('HSET', KEYS[2], 'log', ARGV[6], 'version', version) end
if newest then redis.call('HSET', KEYS[2], 'drive', ARGV[7]) end
if not seen[4] and redis.call('PTTL', KEYS[2]) < tonumber(ARGV[8]) then redis.call('PEXPIRE', KEYS[2], ARGV[8]) end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'plan', ARGV[1], 'version', version)
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'sure', '1') end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'kept', version}
