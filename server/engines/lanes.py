"""Where jobs wait: each kind in a lane of its own, so that none waits behind another's."""

from dataclasses import dataclass
from typing import Self

from redis.asyncio import Redis
from saq.queue.redis import RedisQueue


@dataclass(frozen=True, slots=True)
class Lanes:
    """The queues, on one client.

    Args:
        films: films, sounds and stills that are to be prepared; and whatever an earlier version has queued,
            which knew of one lane only.
        extracts: extracts of OpenStreetMap that are to be imported.
    """

    films: RedisQueue
    extracts: RedisQueue

    @classmethod
    def on(cls, redis: Redis) -> Self:
        """Its lanes; they close it with them."""
        return cls(RedisQueue(redis), RedisQueue(redis, name="extracts"))

    @property
    def all(self) -> tuple[RedisQueue, ...]:
        """Each of them."""
        return self.films, self.extracts

    async def close(self) -> None:
        """Let go of the client."""
        for lane in self.all:
            await lane.disconnect()
