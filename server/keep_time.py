"""Go by the clock of the Redis that all servers share (:class:`server.chance.SharedClock`)."""

from dataclasses import dataclass

import structlog
from redis.asyncio import Redis

from server.chance import SharedClock
from server.metrics import CLOCK_AHEAD, CLOCK_BEHIND

EVERY_S = 2.0
"""How long a leap of the machine's clock is believed."""

TOLD_MS = 500
"""A difference that its operator is told of: nginx, which goes by the machine's clock, bears no more."""

LATEST = "clock:latest"
LATEST_TTL_MS = 60_000
"""A server that begins within it is not behind those that were there, whatever Redis' clock has done."""

# Asked for by each server; the latest time that any has gone by is kept as long as one is there.
_TIME = """
local latest = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > latest then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
local time = redis.call('TIME')
return {tonumber(time[1]), tonumber(time[2]), latest}
"""

log = structlog.get_logger("server.clock")


@dataclass(slots=True)
class KeepTime:
    """Measure the machine's clock against Redis' once."""

    redis: Redis
    clock: SharedClock
    _told: tuple[bool, bool] = (False, False)

    async def __call__(self) -> None:
        """Ask Redis for its time; fails where it does not answer, and what was known stays."""
        clock = self.clock
        ours_ms = 0 if clock.behind_ms is None else clock.line_ms()
        asked_ms = clock.steady_ms()
        seconds, micros, latest_ms = await self.redis.eval(_TIME, 1, LATEST, ours_ms, LATEST_TTL_MS)
        clock.heed(asked_ms, seconds * 1000 + micros // 1000, clock.steady_ms(), latest_ms)
        self._tell(clock.behind_ms or 0, clock.ahead_ms)

    def _tell(self, behind_ms: int, ahead_ms: int) -> None:
        CLOCK_BEHIND.set(behind_ms / 1000)
        CLOCK_AHEAD.set(ahead_ms / 1000)
        far, back = abs(behind_ms) > TOLD_MS, ahead_ms > TOLD_MS
        if far and not self._told[0]:
            log.warning("this machine's clock is not that of Redis", behind_ms=behind_ms)
        if back and not self._told[1]:
            log.warning("a clock was set back: time goes by slower until it is right", ahead_ms=ahead_ms)
        self._told = far, back
