"""Reads of many requests in one command."""

import asyncio
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from players.adapters.batches import Batches

Values = list[bytes | None]

CALLERS_LIMIT = 1_000


class BatchedReads:
    """Values by key, for callers of one event loop.

    Args:
        redis: a client whose MGET may name any keys.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._batches = Batches(self._read, CALLERS_LIMIT)

    async def __call__(self, keys: Sequence[str]) -> Values:
        """The values of ``keys``, None where there is none.

        Raises:
            redis.RedisError: as the client does.
        """
        return await self.asked(keys)

    def asked(self, keys: Sequence[str]) -> "asyncio.Future[Values]":
        """The same for a caller that does not wait where it asks."""
        return self._batches(keys)

    async def _read(self, asked: Sequence[Sequence[str]]) -> list[Values]:
        found = cast("Values", await self._redis.mget([key.encode() for keys in asked for key in keys]))
        answers, at = [], 0
        for keys in asked:
            answers.append(found[at : at + len(keys)])
            at += len(keys)
        return answers
