-- Counts an event of a fill once, and with it what it implies; the one that is paid for settles the claim, or, where
-- that had been given back, takes the price from what remains. What is paid for and cannot be paid now, because others
-- hold the rest of the budget or of the goal, or because counters are missing, is not counted either: it is owed, and
-- told again by us (owed.lua). One that comes before the event that must have happened first is held, and counted as
-- soon as that one is; one that comes sooner than it can have been played is not, in whatever order they come.
-- KEYS budgets, claims, due, ledger, the sketch of the vehicles that were reached, what is owed of the line item (beacon
-- by time of the event), the line items of which something is.
-- ARGV the event (MessagePack, billed_micros is the price), when to forget, the kind that is paid for, the soonest
-- moment at which the fill can have begun, the least times from its start to each of the chain, the kind that must have
-- been counted or '', all kinds in the order of their bits, within what time it was only sent twice, what answers a
-- promotion that was shown, the vehicle's pseudonym or '', how long the sketch is kept, the beacon by which it can be
-- owed or '' where somebody else tells it again, then the kinds that it implies.
-- A claim is state|price|bits counted|line item; beside it stands ``fill#told``: ,kind=ms for each event that players
-- told and that was counted or is held. The states are reserved, settled, released (given back) and unused (given up).
local budgets, claims, due, ledger = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local owed, owing, beacon = KEYS[6], KEYS[7], ARGV[12]
local event = cmsgpack.unpack(ARGV[1])
local item, fill, kind, at, price = event.line_item_id, event.fill_id, event.kind, event.at_ms, event.billed_micros
local pays, from, needed = ARGV[3], tonumber(ARGV[4]), ARGV[6]
local bits, next_bit = {}, 1
for name in string.gmatch(ARGV[7], '[^,]+') do bits[name], next_bit = next_bit, next_bit * 2 end
local TWICE_MS = tonumber(ARGV[8])
local CHAIN = {'impression', 'first-quartile', 'midpoint', 'third-quartile', 'complete'}
local STOPS = {['skip'] = true, ['error'] = true}
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
  if from_part == 'reserved' and redis.call('HEXISTS', budgets, item .. ':held') == 1 then
    redis.call('HINCRBY', budgets, item .. ':held', -1)
  end
end
-- Whether it can be paid: by its claim, or from what remains of the budget and, if that ends it, of the goal.
local function payable(name)
  if name ~= pays or state == 'reserved' or state == 'settled' then return true end
  local remaining, reserved, goal, done, count = unpack(redis.call('HMGET', budgets, item .. ':remaining',
    item .. ':reserved', item .. ':goal', item .. ':' .. (DONE[name] or ''), item .. ':held'))
  if not remaining or tonumber(remaining) < price then return false end
  if price == 0 or tonumber(goal or '0') == 0 then return true end
  count = tonumber(reserved) == 0 and 0 or tonumber(count) or math.ceil(tonumber(reserved) / price)
  return tonumber(done or '0') + count < tonumber(goal)
end
local function owe(moment)
  if beacon == '' then return end
  redis.call('ZADD', owed, 'NX', string.format('%.0f', moment), beacon)
  redis.call('SADD', owing, item)
end
local function owe_no_more()
  if redis.call('ZREM', owed, beacon) == 1 and redis.call('EXISTS', owed) == 0 then redis.call('SREM', owing, item) end
end
-- The least time from the start to one of the chain; 0 for what may be at once.
local function takes(name)
  local nth = 0
  for least in string.gmatch(ARGV[5], '%d+') do
    nth = nth + 1
    if CHAIN[nth] == name then return tonumber(least) end
  end
  return 0
end
-- Whether it is told sooner than it can have been played.
local function too_soon(name, moment)
  if moment < from then return true end
  local least = name == 'impression' and 0 or takes(name)
  return least > 0 and moment < (has('impression') and told_at('impression') or from) + least
end
-- Whether a film was played to its end and had been stopped before: what was counted first stands.
local function contradicts(name, moment)
  if STOPS[name] then return has('complete') and moment < (told_at('complete') or math.huge) end
  if name ~= 'complete' then return false end
  for stop in pairs(STOPS) do
    if has(stop) and (told_at(stop) or 0) < moment then return true end
  end
  return false
end
-- What it is billed: what was held for it, if another price was decided by for the same avail meanwhile.
local function settle()
  if state == 'settled' then return 0 end
  if state == 'reserved' then
    move('reserved', 'spent', held)
  else
    held = string.format('%.0f', price)
    move('remaining', 'spent', held)
  end
  state, outcome = 'settled', 'billed'
  return tonumber(held)
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
  if name == pays then owe_no_more() end
  if DONE[name] then redis.call('HINCRBY', budgets, item .. ':' .. DONE[name], 1) end
  redis.call('XADD', ledger, '*', 'e', cmsgpack.pack(event))
end
-- When one that is held happened; what was sooner than it can have been played is held no more.
local function held_at(name)
  local since = not has(name) and told_at(name)
  if since and too_soon(name, since) then
    told = string.gsub(told, entry(name), '')
    count('implausible', math.max(since, from))
    return nil
  end
  return since
end
-- Counts one that was held, unless something is known by now that speaks against it, or nothing is left to pay it.
local function unlock(name)
  local since = held_at(name)
  if not since then return end
  local believed = not contradicts(name, since)
  if believed and payable(name) then return count(name, since) end
  told = string.gsub(told, entry(name), '')
  if believed then owe(since) end
end
local function imply() for i = 13, #ARGV do count(ARGV[i], at) end end
local function keep(said)
  local bits_now = string.format('%d', counted)
  redis.call('HSET', claims, fill, state .. '|' .. held .. '|' .. bits_now .. '|' .. item)
  if told ~= '' then redis.call('HSET', claims, fill .. '#told', told) end
  -- A held claim keeps its expiry; everything else is remembered for as long as beacons or coupons live.
  if state ~= 'reserved' then redis.call('ZADD', due, 'GT', ARGV[2], fill) end
  return said
end

local function refuse(said)
  if kind == pays then owe_no_more() end
  return said
end

local before = told_at(kind)
if before or has(kind) then
  -- Of one that is held the latest counts, whichever came first.
  if before and at > before and not has(kind) then
    told = string.gsub(told, entry(kind), '') .. string.format(',%s=%.0f', kind, at)
    redis.call('HSET', claims, fill .. '#told', told)
  end
  return refuse(before and math.abs(at - before) > TWICE_MS and 'replayed' or 'repeated')
end

if kind == 'planned' or kind == 'card-planned' or kind == 'stitched' then
  imply()
  count(kind, at)
  return keep('noted')
end

if state == 'unused' then return refuse('contradicted') end

if kind == 'not-used' then
  local shown = has('impression') or has('card-shown')
  local promised = told_at('coupon-saved') or told_at('redeemed')
  if shown or promised or redis.call('ZSCORE', owed, beacon) then return 'contradicted' end
  local released = give_back()
  state = 'unused'
  imply()
  -- What had expired was given back then, and is told as that.
  if not has('expired') then count(kind, at, released) end
  told = told .. string.format(',%s=%.0f', kind, at)
  return keep('noted')
end

if too_soon(kind, at) then
  count('implausible', math.max(at, from))
  return keep(refuse('implausible'))
end

if contradicts(kind, at) then return refuse('contradicted') end

if needed ~= '' and not has(needed) then
  count('early', at)
  told = told .. string.format(',%s=%.0f', kind, at)
  return keep('out-of-order')
end

if not payable(kind) then
  owe(at)
  return 'unbilled'
end
imply()
count(kind, at)
local heard = told ~= ''
told = told .. string.format(',%s=%.0f', kind, at)
if kind == 'impression' or kind == 'card-shown' then
  if ARGV[10] ~= '' then
    redis.call('PFADD', KEYS[5], ARGV[10])
    redis.call('PEXPIRE', KEYS[5], ARGV[11])
  end
  if heard then
    for name in string.gmatch(ARGV[9], '[^,]+') do unlock(name) end
  end
end
for i = 2, heard and #CHAIN or 0 do
  if has(CHAIN[i - 1]) then unlock(CHAIN[i]) elseif kind == 'impression' then held_at(CHAIN[i]) end
end
return keep(outcome)
