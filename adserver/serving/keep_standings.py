"""What counters say of all line items is kept in the process, so that no decision waits for it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from adserver.booking.campaign import LineItem
from adserver.ports import Budgets
from adserver.serving.demand import DemandIndex
from adserver.serving.standings import Standings

EVERY_S = 1.0
STEP = 250
"""Line items that are read at once: one step holds the loop for a millisecond or two."""
PAUSE_S = 0.02
"""After each step: ten thousand line items are read in a second, and more in as many as that takes."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class KeepStandings:
    """Gives each snapshot its standings, and reads them anew about each second.

    What the snapshot before knew is taken over. What is new is read before anything is decided from it, so
    that a line item can serve as soon as it is booked.
    """

    budgets: Budgets
    _last: Standings | None = field(default=None, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def __call__(self, index: DemandIndex) -> Standings:
        """How its line items stand; waits only where something was never read."""
        standings = index.standings
        if standings is not self._last:
            if self._last is not None:
                standings.take_over(self._last)
            self._last = standings
        if not standings.complete:
            async with self._reading:
                await self._read(standings, standings.unread)
        return standings

    async def refresh(self, pause_s: float = 0.0) -> None:
        """Read all that may serve."""
        if self._last is not None:
            await self._read(self._last, self._last.awake, pause_s)

    async def run(self) -> None:
        """Refresh, for ever; where that fails, it is logged and tried again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.refresh(PAUSE_S)
            except Exception:
                _log.exception("how line items stand could not be read; it is tried again")

    async def _read(self, standings: Standings, items: Sequence[LineItem], pause_s: float = 0.0) -> None:
        for first in range(0, len(items), STEP):
            some = items[first : first + STEP]
            standings.take(some, await self.budgets.standing(some))
            if pause_s:
                await asyncio.sleep(pause_s)
