"""A schedule that editors change while it plays, without disturbing what viewers already hold."""

from bisect import bisect_right
from typing import Generic, TypeVar

from content.channels.compiled import shortened
from media.timeline import Schedule, Slot

S = TypeVar("S", bound=Schedule)


class VersionedSchedule(Generic[S]):
    """Schedules that follow one another: each plays from its position until the next one's.

    Like any :class:`media.timeline.Schedule` it is a pure function of the position, and what
    stands before a version's first position does not depend on that version.

    Args:
        versions: (from_position, schedule), positions strictly rising.
            The first also covers everything before it.
    """

    def __init__(self, versions: tuple[tuple[int, S], ...]) -> None:
        self._starts = [start for start, _ in versions]
        if not versions or any(b <= a for a, b in zip(self._starts, self._starts[1:], strict=False)):
            raise ValueError("versions must begin at rising positions")
        self._schedules = [schedule for _, schedule in versions]

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        """See :class:`media.timeline.Schedule`. A slot over a version's end or begin is cut there."""
        index = self.index_at(first)
        at = first
        found: list[Slot] = []
        while at <= last:
            start = self._starts[index] if index else None
            end = self._starts[index + 1] if index + 1 < len(self._starts) else None
            slots = self._schedules[index].slots(at, last if end is None else min(last, end - 1))
            if end is None and (start is None or slots[0].start >= start):
                found += slots
                return tuple(found)
            low = slots[0].start if start is None else start
            found += (shortened(slot, low, slot.end if end is None else end) for slot in slots)
            if end is None:
                break
            at, index = end, index + 1
        return tuple(found)

    def index_at(self, position: int) -> int:
        """Which version plays there."""
        return max(0, bisect_right(self._starts, position) - 1)

    def at(self, position: int) -> S:
        """The schedule of the version that plays there."""
        return self._schedules[self.index_at(position)]

    def ends(self, position: int) -> int | None:
        """Where the version that plays there gives way; None for the last."""
        index = self.index_at(position)
        return self._starts[index + 1] if index + 1 < len(self._starts) else None
