-- What is owed of a line item and may be paid by now, the oldest first: beacons and the times of their events. What is
-- too old is given up. (Told again by record.lua, it is paid or stays.)
-- KEYS budgets, owed, owing. ARGV line item, up to when it is too old, at most how many.
local budgets, owed, owing = KEYS[1], KEYS[2], KEYS[3]
redis.call('ZREMRANGEBYSCORE', owed, '-inf', ARGV[2])
if redis.call('EXISTS', owed) == 0 then
  redis.call('SREM', owing, ARGV[1])
  return {}
end
if tonumber(redis.call('HGET', budgets, ARGV[1] .. ':remaining') or '0') == 0 then return {} end
return redis.call('ZRANGE', owed, 0, tonumber(ARGV[3]) - 1, 'WITHSCORES')
