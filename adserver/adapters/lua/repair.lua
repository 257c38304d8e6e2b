-- Makes good what the counters of a line item lost and the ledger kept: each fill that the ledger counted and no
-- claim knows of is settled, what is still missing of the ledger's sum is taken from what remains, and numbers of
-- what was delivered are raised to the ledger's.
-- KEYS budgets, claims, due. ARGV line item, spent by the ledger, how many were shown, played to their end, tapped and
-- redeemed by the ledger, then for each fill that was counted lately its id, what it was billed, the bits of what was
-- counted of it, and when to forget it.
-- The ledger's sum was read before: counters are never behind it unless they lost something.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item = ARGV[1]
local function counter(part) return tonumber(redis.call('HGET', budgets, item .. ':' .. part)) end
local function move(from, to, micros)
  if micros <= 0 then return end
  micros = string.format('%.0f', micros)
  redis.call('HINCRBY', budgets, item .. ':' .. from, string.format('%d', -micros))
  redis.call('HINCRBY', budgets, item .. ':' .. to, micros)
end
local before = counter('spent')
if not before then return '0' end
for i, part in ipairs({'shown', 'completes', 'taps', 'redemptions'}) do
  if (counter(part) or 0) < tonumber(ARGV[i + 2]) then redis.call('HSET', budgets, item .. ':' .. part, ARGV[i + 2]) end
end
if before >= tonumber(ARGV[2]) then return '0' end
for i = 7, #ARGV, 4 do
  local fill, micros, kinds = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local claim = redis.call('HGET', claims, fill)
  local state, held, mask = 'released', '0', '0'
  if claim then state, held, mask = string.match(claim, '^(%a+)|(%d+)|(%d+)|') end
  if bit.band(tonumber(mask), kinds) ~= kinds then
    if micros > 0 and state ~= 'settled' then
      if state == 'reserved' then
        move('reserved', 'remaining', tonumber(held))
        if counter('held') then redis.call('HINCRBY', budgets, item .. ':held', -1) end
      end
      micros = math.min(micros, counter('remaining'))
      move('remaining', 'spent', micros)
      state, held = 'settled', string.format('%.0f', micros)
      redis.call('HDEL', claims, fill .. '#others')
    end
    mask = string.format('%d', bit.bor(tonumber(mask), kinds))
    redis.call('HSET', claims, fill, state .. '|' .. held .. '|' .. mask .. '|' .. item)
    if state ~= 'reserved' then redis.call('ZADD', due, ARGV[i + 3], fill) end
  end
end
local missing = math.min(tonumber(ARGV[2]) - counter('spent'), counter('remaining'))
move('remaining', 'spent', missing)
return string.format('%.0f', counter('spent') - before)
