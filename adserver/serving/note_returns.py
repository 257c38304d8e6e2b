"""How often cars come back is noted beside the requests: in sketches, from which no car can be read."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

from adserver.serving.avail import Avail, ServedBreak
from adserver.serving.beside import write_for_ever
from adserver.serving.ports import Returning
from adserver.serving.returning import Scale, Visit, marks_of, week_of

WAITING_LIMIT = 500
"""About a second's: where there are more, every second car is looked at, and so on, until there are few."""

_log = logging.getLogger(__name__)


@dataclass
class _Sample:
    """The cars that are looked at: all, or one in so many, and always the same."""

    one_in: int = 1

    def __contains__(self, subject: str) -> bool:
        return crc32(subject.encode()) % self.one_in == 0


@dataclass(frozen=True, slots=True)
class NoteReturns:
    """Keeps visits in memory for about a second, then their marks; nobody waits for it.

    Args:
        key: by which marks are made; the same in every process.
    """

    returning: Returning
    key: Callable[[], bytes]
    _waiting: list[Visit] = field(default_factory=list, init=False)
    _sample: _Sample = field(default_factory=_Sample, init=False)
    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __call__(self, avail: Avail, served: ServedBreak) -> None:
        """Note an opportunity of a car whose place is known, and that is looked at."""
        if not served.cell or avail.subject not in self._sample:
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self._sample.one_in *= 2
            self._waiting[:] = [one for one in self._waiting if one.subject in self._sample]
            return
        self._waiting.append(Visit(avail.subject, served.cell, avail.heard_ms, not avail.segments))
        self._more.set()

    async def run(self) -> None:
        """Write, for ever."""
        failed = "how often cars come back could not be noted"
        await write_for_ever(self._more, self.flush, _log, failed)

    async def flush(self) -> None:
        """Write what is waiting; what cannot be written is lost: it tells of shares, and of no numbers."""
        self._more.clear()
        visits = self._waiting[:]
        self._waiting.clear()
        if len(visits) * 4 < WAITING_LIMIT:
            # What stood still goes on: twice as many cars are looked at again.
            self._sample.one_in = max(1, self._sample.one_in // 2)
        marks, seen = await asyncio.to_thread(_marks, visits, self.key())
        await self.returning.add(marks, seen)


def _marks(
    visits: list[Visit], key: bytes
) -> tuple[dict[tuple[int, Scale], list[bytes]], dict[tuple[int, bool], int]]:
    marks: dict[tuple[int, Scale], list[bytes]] = {}
    seen: dict[tuple[int, bool], int] = {}
    for visit in visits:
        week = week_of(visit.at_ms)
        seen[week, visit.card] = seen.get((week, visit.card), 0) + 1
        for scale, mark in marks_of(visit, key):
            marks.setdefault((week, scale), []).append(mark)
    return marks, seen
