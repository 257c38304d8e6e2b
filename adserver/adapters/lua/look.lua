-- The plan that stands for an avail, and what the vehicle was shown, as they are at one moment.
-- KEYS plan, seen.
local plan = redis.call('HMGET', KEYS[1], 'plan', 'version', 'sure')
local seen = redis.call('HMGET', KEYS[2], 'log', 'version', 'drive')
return {plan[1], plan[2], plan[3], seen[1], seen[2], seen[3]}
