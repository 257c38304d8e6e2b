-- Counts an event of a fill once, and with it what it implies; the one that is paid for settles the claim, or, where
-- that had been given back, takes the price from what remains. What is paid for and cannot be billed is not counted
-- either. One that comes before the event that must have happened first is held, and counted as soon as that one is;
-- one that comes sooner than it can have been played is not.
-- KEYS budgets, claims, due, ledger, the sketch of the vehicles that were reached.
-- ARGV the event (MessagePack, billed_micros is the price), when to forget, the kind that is paid for, the soonest
-- moment at which the fill can have begun, the least time from its start to the event, the kind that must have been
-- counted or '', all kinds in the order of their bits, within what time it was only sent twice, what answers a promotion
-- that was shown, the vehicle's pseudonym or '', how long the sketch is kept, then the kinds that it implies.
-- A claim is state|price|bits counted|line item; beside it stands ``fill#told``: ,kind=ms for each event that players
-- told and that was counted or is held. The states are reserved, settled, released (given back) and unused (given up).
local budgets, claims, due, ledger = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local event = cmsgpack.unpack(ARGV[1])
local item, fill, kind, at, price = event.line_item_id, event.fill_id, event.kind, event.at_ms, event.billed_micros
local pays, from, takes, needed = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local bits, next_bit = {}, 1
for name in string.gmatch(ARGV[7], '[^,]+') do bits[name], next_bit = next_bit, next_bit * 2 end
local TWICE_MS = tonumber(ARGV[8])
local CHAIN = {'impression', 'first-quartile', 'midpoint', 'third-quartile', 'complete'}
local DONE = {['impression'] = 'shown', ['card-shown'] = 'shown', ['complete'] = 'completes', ['tap'] = 'taps',
  ['redeemed'] = 'redemptions'}

local claim = redis.call('HGET', claims, fill)
local state, held, mask = 'released', string.format('%.0f', price), '0'
if claim then state, held, mask = string.match(claim, '^(%a+)|(%d+)|(%d+)|') end
local counted = tonumber(mask)
local told = redis.call('HGET', claims, fill .. '#told') or ''
local outcome = 'noted'

local function has(name) return bit.band(counted, bits[name]) ~= 0 end
local function entry(name) return ',' .. string.gsub(name, '%-', '%%-') .. '=(%d+)' end
local function told_at(name) return tonumber(string.match(told, entry(name))) end
local function move(from_part, to_part, micros)
  redis.call('HINCRBY', budgets, item .. ':' .. from_part, string.format('%d', -micros))
  redis.call('HINCRBY', budgets, item .. ':' .. to_part, micros)
  redis.call('HDEL', claims, fill .. '#others')
end
-- Whether an event can be counted: what is paid for needs its claim, or enough of what remains.
local function payable(name)
  if name ~= pays or state == 'reserved' or state == 'settled' then return true end
  local remaining = redis.call('HGET', budgets, item .. ':remaining')
  return remaining and tonumber(remaining) >= price
end
local function settle()
  if state == 'settled' then return 0 end
  if state == 'reserved' then
    move('reserved', 'spent', held)
  else
    held = string.format('%.0f', price)
    move('remaining', 'spent', held)
  end
  state, outcome = 'settled', 'billed'
  return price
end
local function give_back()
  if state ~= 'reserved' then return 0 end
  move('reserved', 'remaining', held)
  return tonumber(held)
end
local function count(name, moment, released)
  if has(name) then return end
  counted = bit.bor(counted, bits[name])
  released = released or 0
  -- A film that is skipped, or fails, is not played to its end.
  if (name == 'skip' or name == 'error') and pays == 'complete' and state == 'reserved' then
    released, state = give_back(), 'released'
  end
  event.kind, event.at_ms, event.released_micros = name, moment, released
  event.billed_micros = name == pays and settle() or 0
  if DONE[name] then redis.call('HINCRBY', budgets, item .. ':' .. DONE[name], 1) end
  redis.call('XADD', ledger, '*', 'e', cmsgpack.pack(event))
end
-- Counts one that was held; one that cannot be paid is forgotten, and may come again.
local function unlock(name)
  local since = told_at(name)
  if not since or has(name) then return end
  if payable(name) then count(name, since) else told = string.gsub(told, entry(name), '') end
end
local function imply() for i = 12, #ARGV do count(ARGV[i], at) end end
local function keep(said)
  local bits_now = string.format('%d', counted)
  redis.call('HSET', claims, fill, state .. '|' .. held .. '|' .. bits_now .. '|' .. item)
  if told ~= '' then redis.call('HSET', claims, fill .. '#told', told) end
  -- A held claim keeps its expiry; everything else is remembered for as long as beacons or coupons live.
  if state ~= 'reserved' then redis.call('ZADD', due, 'GT', ARGV[2], fill) end
  return said
end

local before = told_at(kind)
if before or has(kind) then
  return before and math.abs(at - before) > TWICE_MS and 'replayed' or 'repeated'
end

if kind == 'planned' or kind == 'card-planned' or kind == 'stitched' then
  imply()
  count(kind, at)
  return keep('noted')
end

if state == 'unused' then return 'contradicted' end

if kind == 'not-used' then
  if has('impression') or has('card-shown') then return 'contradicted' end
  local released = give_back()
  state = 'unused'
  imply()
  -- What had expired was given back then, and is told as that.
  if not has('expired') then count(kind, at, released) end
  told = told .. string.format(',%s=%.0f', kind, at)
  return keep('noted')
end

local started = has('impression') and told_at('impression')
if at < from or (takes > 0 and at < (started or from) + takes) then
  count('implausible', math.max(at, from))
  return keep('implausible')
end

if needed ~= '' and not has(needed) then
  count('early', at)
  told = told .. string.format(',%s=%.0f', kind, at)
  return keep('out-of-order')
end

if not payable(kind) then return 'unbilled' end
imply()
count(kind, at)
told = told .. string.format(',%s=%.0f', kind, at)
for i = 2, #CHAIN do
  if has(CHAIN[i - 1]) then unlock(CHAIN[i]) end
end
if kind == 'impression' or kind == 'card-shown' then
  if ARGV[10] ~= '' then
    redis.call('PFADD', KEYS[5], ARGV[10])
    redis.call('PEXPIRE', KEYS[5], ARGV[11])
  end
  for name in string.gmatch(ARGV[9], '[^,]+') do unlock(name) end
end
return keep(outcome)
