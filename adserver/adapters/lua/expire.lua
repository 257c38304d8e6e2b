-- Gives back claims that were held too long, and forgets what was finished long ago.
-- KEYS budgets, claims, due. ARGV now, at most how many, when to forget those given back now.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local fills = redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
local freed = 0
for _, fill in ipairs(fills) do
  local claim = redis.call('HGET', claims, fill)
  local state, price, mask, item
  if claim then state, price, mask, item = string.match(claim, '^(%a+)|(%d+)|(%d+)|(.*)$') end
  redis.call('HDEL', claims, fill .. '#others')
  if state == 'reserved' then
    redis.call('HINCRBY', budgets, item .. ':remaining', price)
    redis.call('HINCRBY', budgets, item .. ':reserved', '-' .. price)
    redis.call('HSET', claims, fill, 'released|' .. price .. '|' .. mask .. '|' .. item)
    redis.call('ZADD', due, ARGV[3], fill)
    freed = freed + 1
  else
    redis.call('HDEL', claims, fill)
    redis.call('ZREM', due, fill)
  end
end
return {#fills, freed}
