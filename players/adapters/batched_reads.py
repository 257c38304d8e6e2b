"""Reads of many requests in one command: a round trip costs far more than what it brings.

Nothing is remembered, so nothing can be stale: those that ask while a command is on its way share
the next one.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

Values = list[bytes | None]

LATE_S = 0.05
COMMANDS_LIMIT = 8
"""Commands on their way at a time; more than one only where one is late."""


class BatchedReads:
    """Values by key, for callers of one event loop.

    Args:
        redis: a client whose MGET may name any keys.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: list[tuple[Sequence[str], asyncio.Future[Values]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = 0
        self._asked_s = 0.0

    async def __call__(self, keys: Sequence[str]) -> Values:
        """The values of ``keys``, None where there is none.

        Raises:
            redis.RedisError: as the client does.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Values] = loop.create_future()
        self._waiting.append((keys, answer))
        if not self._reading or self._stuck(loop.time()):
            # A task of its own: none of the callers may take the others with it when it is cancelled.
            self._reading += 1
            task = loop.create_task(self._read())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    def _stuck(self, now_s: float) -> bool:
        """The command on its way is late: the next does not wait for it."""
        return now_s - self._asked_s > LATE_S and self._reading < COMMANDS_LIMIT

    async def _read(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                self._asked_s = asyncio.get_running_loop().time()
                await self._answer(batch)
        finally:
            # At once, not when the task is seen to be done: whoever asks in between would wait for ever.
            self._reading -= 1

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
    if not isinstance(problem, Exception):
        answer.cancel()
        return
    try:
        # A copy for each: a traceback grows wherever its exception is raised.
        answer.set_exception(type(problem)(*problem.args))
    except TypeError:
        answer.set_exception(problem)
