-- Gives back claims that were held too long, and forgets what was finished long ago. A fill whose claim goes back was
-- planned and never played, unless it was shown and what is paid for did not come; that is told to the ledger, and a
-- beacon that comes later still pays. (A claim of an edit is no fill.)
-- KEYS budgets, claims, due, ledger.
-- ARGV now, at most how many, when to forget those given back now, bits of planned, of card-planned, of expired, of what
-- was shown and of coupon-saved, when to forget those whose coupon was saved.
local budgets, claims, due, ledger = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local fills = redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
local freed = 0
local function tell(fill, item, kind, released)
  redis.call('XADD', ledger, '*', 'e', cmsgpack.pack({
    fill_id = fill, kind = kind, line_item_id = item, advertiser_id = '', creative_id = '', place_id = '', cell = '',
    at_ms = tonumber(ARGV[1]), billed_micros = 0, currency = '', released_micros = released,
  }))
end
for _, fill in ipairs(fills) do
  local claim = redis.call('HGET', claims, fill)
  local state, price, mask, item
  if claim then state, price, mask, item = string.match(claim, '^(%a+)|(%d+)|(%d+)|(.*)$') end
  redis.call('HDEL', claims, fill .. '#others')
  if state == 'reserved' then
    redis.call('HINCRBY', budgets, item .. ':remaining', price)
    redis.call('HINCRBY', budgets, item .. ':reserved', string.format('%d', -price))
    local counted = tonumber(mask)
    if string.sub(fill, 1, 5) ~= 'edit_' then
      if redis.call('HEXISTS', budgets, item .. ':held') == 1 then
        redis.call('HINCRBY', budgets, item .. ':held', -1)
      end
      local planned, expired = tonumber(ARGV[4]), tonumber(ARGV[6])
      if bit.band(counted, planned + tonumber(ARGV[5])) == 0 then tell(fill, item, 'planned', 0) end
      if bit.band(counted, expired + tonumber(ARGV[7])) == 0 then
        tell(fill, item, 'expired', tonumber(price))
        counted = bit.bor(counted, expired)
      end
      counted = bit.bor(counted, planned)
    end
    mask = string.format('%d', counted)
    redis.call('HSET', claims, fill, 'released|' .. price .. '|' .. mask .. '|' .. item)
    redis.call('ZADD', due, bit.band(counted, tonumber(ARGV[8])) == 0 and ARGV[3] or ARGV[9], fill)
    freed = freed + 1
  else
    redis.call('HDEL', claims, fill, fill .. '#told')
    redis.call('ZREM', due, fill)
  end
end
return {#fills, freed}
