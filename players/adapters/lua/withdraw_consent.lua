-- Adds a moment to those at which the owner took back the consent, oldest first, with spaces between.
-- KEYS: them. ARGV: now in ms, '1' if it was taken back already (an earlier moment that still counts is kept),
-- ttl in ms, how long a moment before the last counts in ms, how many there may be.
local kept = redis.call('GET', KEYS[1]) or ''
if kept ~= '' and ARGV[2] == '1' then return end
local moments = {}
for one in kept:gmatch('%d+') do moments[#moments + 1] = one end
moments[#moments + 1] = ARGV[1]
while #moments > 1 and (#moments > tonumber(ARGV[5])
    or tonumber(moments[1]) < tonumber(ARGV[1]) - tonumber(ARGV[4])) do
  table.remove(moments, 1)
end
redis.call('SET', KEYS[1], table.concat(moments, ' '), 'PX', ARGV[3])
