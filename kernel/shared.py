"""Work that several ask for at the same time, done once for all of them."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Shared(Generic[Key, Value]):
    """Who asks for what is under way waits for it; who goes away takes nobody else's with them.

    What fails, fails for those who wait for it, and is tried anew for who asks next.
    """

    def __init__(self) -> None:
        self._under_way: dict[Key, asyncio.Task[Value]] = {}

    def __len__(self) -> int:
        """How much is under way."""
        return len(self._under_way)

    def __contains__(self, key: Key) -> bool:
        """Whether it is under way."""
        return key in self._under_way

    async def __call__(self, key: Key, work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """What ``work`` brings, or what is under way for the same ``key``."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._settle(key, done))
        # The work is nobody's: not even its first asker's, who may be gone before it is done.
        return await asyncio.shield(task)

    def _settle(self, key: Key, done: "asyncio.Task[Value]") -> None:
        self._under_way.pop(key, None)
        if not done.cancelled():
            done.exception()  # read, where all who asked are gone
