"""What sketches estimate of cars that come back is written to the records, where forecasts read it."""

import asyncio
from dataclasses import dataclass

from adserver.serving.ports import Returning, Supply
from adserver.serving.returning import week_of
from kernel.clock import Clock


@dataclass(frozen=True)
class KeepReturns:
    """This week's numbers, and those of the one before, whose last may have come since."""

    returning: Returning
    supply: Supply
    clock: Clock

    async def __call__(self) -> None:
        """Write them anew."""
        this_week = week_of(self.clock.now_ms())
        for week in (this_week - 1, this_week):
            if came := await self.returning.read(week):
                await asyncio.to_thread(self.supply.keep_returns, week, came)
