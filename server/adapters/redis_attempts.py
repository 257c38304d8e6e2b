"""Counting attempts, so that neither passwords nor codes can be guessed by trying."""

import hashlib
from dataclasses import dataclass

from redis.asyncio import Redis


@dataclass(frozen=True, slots=True)
class RedisAttempts:
    """A fixed window per key; keys are hashed, as names and addresses are nobody's business.

    Args:
        window_s: how long an attempt counts.
    """

    redis: Redis
    window_s: int = 900

    async def count(self, key: str) -> int:
        """Count one attempt; how many there have been in the window, this one included."""
        name = _name(key)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, ex=self.window_s, nx=True)
            pipe.incr(name)
            _, count = await pipe.execute()
        return int(count)

    async def seen(self, key: str) -> int:
        """How many there have been in the window."""
        return int(await self.redis.get(_name(key)) or 0)

    async def forget(self, key: str) -> None:
        """A success wipes the slate."""
        await self.redis.delete(_name(key))


def _name(key: str) -> str:
    return f"{{signin:{hashlib.sha256(key.encode()).hexdigest()[:24]}}}"
