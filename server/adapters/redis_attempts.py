"""Counting attempts to sign in, so that passwords cannot be guessed by trying."""

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
        name = f"{{signin:{hashlib.sha256(key.encode()).hexdigest()[:24]}}}"
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, ex=self.window_s, nx=True)
            pipe.incr(name)
            _, count = await pipe.execute()
        return int(count)

    async def forget(self, key: str) -> None:
        """A success wipes the slate."""
        await self.redis.delete(f"{{signin:{hashlib.sha256(key.encode()).hexdigest()[:24]}}}")
