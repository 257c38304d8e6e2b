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
        answer: one command for all that is asked; an answer for each, in order, or what it fails with.
        limit: how much a command may carry.
        every_s: how long after one command began the next one may.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer | Exception]]],
        limit: int,
        every_s: float = 0.0,
    ) -> None:
        self._answer = answer
        self._limit = limit
        self._every_s = every_s
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        # When the command of each runner began; never, while it waits for its next.
        self._began_s: dict[object, float] = {}
        self._look: asyncio.TimerHandle | None = None

    def __call__(self, asked: Asked) -> "asyncio.Future[Answer]":
        """The answer, to be awaited; it fails as the command does."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((asked, answer))
        if not self._began_s:
            self._start(loop)
        elif self._look is None:
            # What waits behind a command sees for itself whether that is late: nobody else may come by.
            self._start_if_late(loop)
        return answer

    def _all_late(self, now_s: float) -> bool:
        """Every command on its way is late: the next does not wait for them."""
        began_s = self._began_s
        return len(began_s) < COMMANDS_LIMIT and all(now_s - one > LATE_S for one in began_s.values())

    def _start_if_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._look = None
        if not self._waiting:
            return
        if self._all_late(loop.time()):
            self._start(loop)
        else:
            self._look = loop.call_later(LATE_S, self._start_if_late, loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        # A task of its own: none of the callers may take the others with it when it is cancelled.
        runner = object()
        self._began_s[runner] = math.inf
        task = loop.create_task(self._run(runner))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, runner: object) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                self._began_s[runner] = began_s = loop.time()
                await self._settle(batch)
                if self._every_s:
                    self._began_s[runner] = math.inf
                    await asyncio.sleep(began_s + self._every_s - loop.time())
        finally:
            # At once, not when the task is seen to be done: whoever asks in between would wait for ever.
            del self._began_s[runner]

    async def _settle(self, batch: list[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        try:
            found = await self._answer([asked for asked, _ in batch])
            told = [(answer, value) for (_, answer), value in zip(batch, found, strict=True)]
        except BaseException as problem:
            for _, answer in batch:
                if not answer.done():
                    _refuse(answer, problem)
            if not isinstance(problem, Exception):
                raise
            return
        for answer, value in told:
            if answer.done():
                continue
            if isinstance(value, Exception):
                answer.set_exception(value)
            else:
                answer.set_result(value)


def _refuse(answer: "asyncio.Future[Answer]", problem: BaseException) -> None:
    if not isinstance(problem, Exception):
        answer.cancel()
        return
    try:
        # A copy for each: a traceback grows wherever its exception is raised.
        answer.set_exception(type(problem)(*problem.args))
    except Exception:  # some read their message as they are made, and cannot be made of what they became
        answer.set_exception(problem)
