"""Many callers, one command: a round trip costs far more than what it carries.

Nothing is remembered, so nothing can be stale: those that ask while a command is on its way share the next.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

LATE_S = 0.05
COMMANDS_LIMIT = 8
"""Commands on their way at a time; more than one only where one is late."""


class Batches(Generic[Asked, Answer]):
    """Answers for callers of one event loop.

    Args:
        answer: one command for all that is asked; an answer for each, in order.
        limit: how much a command may carry.
        every_s: how long after one command began the next one may.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]],
        limit: int,
        every_s: float = 0.0,
    ) -> None:
        self._answer = answer
        self._limit = limit
        self._every_s = every_s
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = 0
        self._asked_s = math.inf

    def __call__(self, asked: Asked) -> "asyncio.Future[Answer]":
        """The answer, to be awaited; it fails as the command does."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((asked, answer))
        if not self._running or self._stuck(loop.time()):
            # A task of its own: none of the callers may take the others with it when it is cancelled.
            self._running += 1
            task = loop.create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    def _stuck(self, now_s: float) -> bool:
        """The command on its way is late: the next does not wait for it."""
        return now_s - self._asked_s > LATE_S and self._running < COMMANDS_LIMIT

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                self._asked_s = began_s = loop.time()
                await self._settle(batch)
                if self._every_s:
                    self._asked_s = math.inf  # nothing is on its way
                    await asyncio.sleep(began_s + self._every_s - loop.time())
        finally:
            # At once, not when the task is seen to be done: whoever asks in between would wait for ever.
            self._running -= 1

    async def _settle(self, batch: list[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        try:
            found = await self._answer([asked for asked, _ in batch])
        except BaseException as problem:
            for _, answer in batch:
                if not answer.done():
                    _refuse(answer, problem)
            if not isinstance(problem, Exception):
                raise
            return
        for (_, answer), value in zip(batch, found, strict=True):
            if not answer.done():
                answer.set_result(value)


def _refuse(answer: "asyncio.Future[Answer]", problem: BaseException) -> None:
    if not isinstance(problem, Exception):
        answer.cancel()
        return
    try:
        # A copy for each: a traceback grows wherever its exception is raised.
        answer.set_exception(type(problem)(*problem.args))
    except TypeError:
        answer.set_exception(problem)
