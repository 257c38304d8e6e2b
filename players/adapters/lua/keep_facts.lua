-- Keeps the newest value of each fact.
-- KEYS: facts. ARGV: ttl in ms, then for each fact its path, its time in ms, and what is kept ('<ms>|...').
for i = 2, #ARGV, 3 do
  local kept = redis.call('HGET', KEYS[1], ARGV[i])
  local at = kept and tonumber(string.match(kept, '^(%d+)|'))
  if not at or at < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
