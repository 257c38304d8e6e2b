-- Makes good what the counters of a line item lost and the ledger kept: each fill that the ledger counted and no
-- claim knows of is settled, and what is still missing of the ledger's sum is taken from what remains.
-- KEYS budgets, claims, due. ARGV line item, spent by the ledger, when to forget, bits of the events that bill,
-- then fill and micros of each fill that was counted lately.
-- The ledger's sum was read before: counters are never behind it unless they lost something.
local budgets, claims, due = KEYS[1], KEYS[2], KEYS[3]
local item, bills = ARGV[1], tonumber(ARGV[4])
local function counter(part) return tonumber(redis.call('HGET', budgets, item .. ':' .. part)) end
local function move(from, to, micros)
  if micros <= 0 then return end
  micros = string.format('%.0f', micros)
  redis.call('HINCRBY', budgets, item .. ':' .. from, string.format('%d', -micros))
  redis.call('HINCRBY', budgets, item .. ':' .. to, micros)
end
local before = counter('spent')
if not before or before >= tonumber(ARGV[2]) then return '0' end
for i = 5, #ARGV, 2 do
  local fill, micros = ARGV[i], tonumber(ARGV[i + 1])
  local claim = redis.call('HGET', claims, fill)
  local state, held, mask = 'released', '0', '0'
  if claim then state, held, mask = string.match(claim, '^(%a+)|(%d+)|(%d+)|') end
  if bit.band(tonumber(mask), bills) == 0 then
    if state == 'reserved' then move('reserved', 'remaining', tonumber(held)) end
    micros = math.min(micros, counter('remaining'))
    move('remaining', 'spent', micros)
    mask = string.format('%d', bit.bor(tonumber(mask), bills))
    redis.call('HSET', claims, fill, 'settled|' .. string.format('%.0f', micros) .. '|' .. mask .. '|' .. item)
    redis.call('HDEL', claims, fill .. '#others')
    redis.call('ZADD', due, ARGV[3], fill)
  end
end
local missing = math.min(tonumber(ARGV[2]) - counter('spent'), counter('remaining'))
move('remaining', 'spent', missing)
return string.format('%.0f', counter('spent') - before)
