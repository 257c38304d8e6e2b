"""Work that is done again and again beside everything else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger("server.loops")


@dataclass(frozen=True, slots=True)
class Loop:
    """One such work.

    Args:
        name: for the logs.
        interval_s: from the end of one step to the beginning of the next.
        step: does some of it; may fail, and is tried again.
    """

    name: str
    interval_s: float
    step: Callable[[], Awaitable[object]]

    async def __call__(self) -> None:
        """Runs until cancelled; failures in a row are told once, and so is their end."""
        failing = False
        while True:
            try:
                await self.step()
            except Exception as error:
                if not failing:
                    log.exception("a regular work fails", loop=self.name, error=type(error).__name__)
                failing = True
            else:
                if failing:
                    log.info("a regular work succeeds again", loop=self.name)
                failing = False
            await asyncio.sleep(self.interval_s)
