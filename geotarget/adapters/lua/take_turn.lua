-- The next turn with a provider that may be asked only so often, whoever asks.
-- KEYS[1]: when the next turn is, in ms. ARGV: ms from one turn to the next; the longest wait in ms.
-- How long to wait for it in ms; negative where that is longer than one waits, and no turn is taken.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local turn = math.max(now, tonumber(redis.call("GET", KEYS[1]) or "0"))
if turn - now > tonumber(ARGV[2]) then
  return now - turn
end
redis.call("SET", KEYS[1], string.format("%.0f", turn + ARGV[1]), "PX", turn - now + ARGV[1])
return turn - now
