"""Who works on the guide for anybody who asks does so by turns: who plays is not to wait for them."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

Turn = asyncio.Semaphore
"""Of one: held by whoever works on a part of the guide in a thread."""


async def in_turn(
    turn: Turn, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """What ``work`` brings, which takes milliseconds."""
    async with turn:
        return await run_in_threadpool(work, *args, **kwargs)
