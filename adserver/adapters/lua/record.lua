-- Counts an event of a fill once; the one that bills settles the claim, or, where it had been given back,
-- takes the price from what remains. What cannot be billed is not counted either: what is counted as shown is
-- billed, and what is billed was shown. One that comes before the event that must have happened first is not
-- counted: sent again after it, it is.
-- KEYS budgets, claims, due, ledger.
-- ARGV line item, fill, price, the event's bit, whether it bills, when to forget, event billed, event unbilled,
-- bit of the event that must have happened, or 0.
local budgets, claims, due, ledger = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local item, fill, price, bit_ = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local claim = redis.call('HGET', claims, fill)
local state, held, mask = 'released', price, '0'
if claim then state, held, mask = string.match(claim, '^(%a+)|(%d+)|(%d+)|') end
if bit.band(tonumber(mask), bit_) ~= 0 then return 'repeated' end
local needed = tonumber(ARGV[9])
if bit.band(tonumber(mask), needed) ~= needed then return 'out-of-order' end
local outcome, event = 'noted', ARGV[8]
if ARGV[5] == '1' then
  if state == 'reserved' then
    redis.call('HINCRBY', budgets, item .. ':reserved', '-' .. held)
    redis.call('HINCRBY', budgets, item .. ':spent', held)
    redis.call('HDEL', claims, fill .. '#others')
    state, outcome, event = 'settled', 'billed', ARGV[7]
  else
    local remaining = redis.call('HGET', budgets, item .. ':remaining')
    if not remaining or tonumber(remaining) < tonumber(price) then return 'unbilled' end
    redis.call('HINCRBY', budgets, item .. ':remaining', '-' .. price)
    redis.call('HINCRBY', budgets, item .. ':spent', price)
    held, state, outcome, event = price, 'settled', 'billed', ARGV[7]
  end
end
mask = string.format('%d', bit.bor(tonumber(mask), bit_))
redis.call('HSET', claims, fill, state .. '|' .. held .. '|' .. mask .. '|' .. item)
-- A held claim keeps its expiry; everything else is remembered for as long as beacons live.
if state ~= 'reserved' then redis.call('ZADD', due, ARGV[6], fill) end
redis.call('XADD', ledger, '*', 'e', event)
return outcome
