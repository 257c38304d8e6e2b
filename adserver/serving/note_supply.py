"""Opportunities are counted beside the requests, as coarsely as they are kept."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field

from adserver.serving.avail import Avail, ServedBreak
from adserver.serving.ports import Supply
from adserver.serving.supply import Profile, Slot, profile_of, slot_of, split

WAITING_LIMIT = 50_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NoteSupply:
    """Counts in memory, and writes it down twice a minute; nobody waits for it.

    What a killed process had not written is lost, and so is what would be too much: forecasts are estimates.

    Args:
        every_s: how long it waits between one writing and the next.
    """

    supply: Supply
    every_s: float = 30.0
    _waiting: Counter[Slot] = field(default_factory=Counter, init=False)
    _profiles: Counter[Profile] = field(default_factory=Counter, init=False)

    def __call__(self, avail: Avail, served: ServedBreak) -> None:
        """Count an opportunity, whatever was made of it."""
        slot = slot_of(avail, served.cell)
        if len(self._waiting) < WAITING_LIMIT or slot in self._waiting:
            self._waiting[slot] += 1
        profile = profile_of(avail)
        if len(self._profiles) < WAITING_LIMIT or profile in self._profiles:
            self._profiles[profile] += 1

    async def run(self) -> None:
        """Write, for ever; once more where it is told to stop."""
        try:
            while True:
                await asyncio.sleep(self.every_s)
                await self._try()
        finally:
            await self._try()

    async def _try(self) -> None:
        try:
            await self.flush()
        except Exception:
            _log.exception("opportunities could not be counted; it is tried again")

    async def flush(self) -> None:
        """Write what is waiting; what could not be written waits on."""
        if not self._waiting:
            return
        counted, profiles = Counter(self._waiting), Counter(self._profiles)
        self._waiting.clear()
        self._profiles.clear()
        try:
            await asyncio.to_thread(self.supply.add, counted, split(profiles))
        except Exception:
            self._waiting.update(counted)
            self._profiles.update(profiles)
            raise
