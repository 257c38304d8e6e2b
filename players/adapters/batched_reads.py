"""Reads of many requests in one command: a round trip costs far more than what it brings.

Nothing is remembered, so nothing can be stale: those that ask while a command is on its way share
the next one.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

Values = list[bytes | None]


class BatchedReads:
    """Values by key, for callers of one event loop.

    Args:
        redis: a client whose MGET may name any keys.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: list[tuple[Sequence[str], asyncio.Future[Values]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def __call__(self, keys: Sequence[str]) -> Values:
        """The values of ``keys``, None where there is none.

        Raises:
            redis.RedisError: as the client does.
        """
        answer: asyncio.Future[Values] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, answer))
        if self._reading is None:
            # A task of its own: none of the callers may take the others with it when it is cancelled.
            self._reading = asyncio.create_task(self._read())
        return await answer

    async def _read(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._answer(batch)
        finally:
            self._reading = None
            for _, answer in self._waiting:
                answer.cancel()
            self._waiting = []

    async def _answer(self, batch: list[tuple[Sequence[str], asyncio.Future[Values]]]) -> None:
        try:
            found = cast(
                "Values", await self._redis.mget([key.encode() for keys, _ in batch for key in keys])
            )
        except BaseException as problem:
            for _, answer in batch:
                if not answer.done():
                    _refuse(answer, problem)
            if not isinstance(problem, Exception):
                raise
            return
        at = 0
        for keys, answer in batch:
            end = at + len(keys)
            if not answer.done():
                answer.set_result(found[at:end])
            at = end


def _refuse(answer: asyncio.Future[Values], problem: BaseException) -> None:
    if isinstance(problem, Exception):
        # A copy for each: a traceback grows wherever its exception is raised.
        answer.set_exception(type(problem)(*problem.args))
    else:
        answer.cancel()
