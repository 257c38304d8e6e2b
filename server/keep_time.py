"""Go by the clock of the Redis that all servers share (:class:`server.chance.SharedClock`)."""

from dataclasses import dataclass

import structlog
from redis.asyncio import Redis

from server.chance import SharedClock
from server.metrics import CLOCK_BEHIND

EVERY_S = 2.0
"""How long a machine's clock that was stepped may be believed."""

TOLD_MS = 500
"""A difference that its operator is told of: nginx, which goes by the machine's clock, bears no more."""

log = structlog.get_logger("server.clock")


@dataclass(slots=True)
class KeepTime:
    """Measure the machine's clock against Redis' once."""

    redis: Redis
    clock: SharedClock
    _told: bool = False

    async def __call__(self) -> None:
        """Ask Redis for its time; fails where it does not answer, and what was known stays."""
        asked_ms = self.clock.own.now_ms()
        seconds, micros = await self.redis.time()
        self.clock.heed(asked_ms, seconds * 1000 + micros // 1000, self.clock.own.now_ms())
        CLOCK_BEHIND.set(self.clock.behind_ms / 1000)
        far = abs(self.clock.behind_ms) > TOLD_MS
        if far and not self._told:
            log.warning("this machine's clock is not that of Redis", behind_ms=self.clock.behind_ms)
        self._told = far
