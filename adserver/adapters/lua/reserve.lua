-- Claims a price for a fill, or nothing. A fill that holds a claim, was paid, or was stopped (which gave its claim back)
-- needs no second one: whoever asks for its break again is answered as before. But each who asks for a held claim holds
-- it too, from then on for the whole time: one who gives it back takes it from nobody.
-- Returns new, held (by a claim that was there before), refused, or reached: with all that is reserved there are as many
-- as the goal wants.
-- KEYS budgets, claims, due. ARGV line item, fill, price, when the claim expires, the goal or 0, what it is counted as,
-- the bits of what stops it.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item, fill, price = ARGV[1], ARGV[2], ARGV[3]
local claim = redis.call('HGET', claims, fill)
local mask = '0'
if claim then
  local state
  state, mask = string.match(claim, '^(%a+)|%d+|(%d+)|')
  if state == 'reserved' then
    redis.call('HINCRBY', claims, fill .. '#others', 1)
    redis.call('ZADD', due, 'GT', ARGV[4], fill)
  end
  if state ~= 'released' or bit.band(tonumber(mask), tonumber(ARGV[7])) ~= 0 then return 'held' end
end
local edit = string.sub(fill, 1, 5) == 'edit_'
local remaining, reserved, kept, done, count = unpack(redis.call('HMGET', budgets,
  item .. ':remaining', item .. ':reserved', item .. ':goal', item .. ':' .. ARGV[6], item .. ':held'))
if not remaining then return 'refused' end
-- Late beacons are paid up to the same goal. (A claim of an edit is no fill, and knows of no goal.)
if (kept or '0') ~= ARGV[5] and not edit then redis.call('HSET', budgets, item .. ':goal', ARGV[5]) end
if tonumber(remaining) < tonumber(price) then return 'refused' end
-- Claims keep the price that they were made at, and so they are counted. (Counters of an earlier version had no number;
-- what a number lost is made good whenever nothing is reserved.)
count = tonumber(reserved) == 0 and 0 or tonumber(count) or math.ceil(tonumber(reserved) / tonumber(price))
local goal = tonumber(ARGV[5])
if goal > 0 and tonumber(done or '0') + count >= goal then return 'reached' end
redis.call('HINCRBY', budgets, item .. ':remaining', string.format('%d', -price))
redis.call('HINCRBY', budgets, item .. ':reserved', price)
if not edit and tonumber(price) > 0 then
  redis.call('HSET', budgets, item .. ':held', string.format('%.0f', count + 1))
end
redis.call('HSET', claims, fill, 'reserved|' .. price .. '|' .. mask .. '|' .. item)
redis.call('ZADD', due, ARGV[4], fill)
return 'new'
