"""A schedule that editors change while it plays, without disturbing what viewers already hold."""

from bisect import bisect_right
from dataclasses import replace

from media.timeline import Loop, Slot


class VersionedSchedule:
    """Loops that follow one another: each plays from its position until the next one's.

    Like any :class:`media.timeline.Schedule` it is a pure function of the position, and what
    stands before a version's first position does not depend on that version.

    Args:
        versions: (from_position, loop anchored at from_position), positions strictly rising.
            The first also covers everything before it.
    """

    def __init__(self, versions: tuple[tuple[int, Loop], ...]) -> None:
        self._starts = [start for start, _ in versions]
        if not versions or any(b <= a for a, b in zip(self._starts, self._starts[1:], strict=False)):
            raise ValueError("versions must begin at rising positions")
        self._loops = [loop for _, loop in versions]

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        """See :class:`media.timeline.Schedule`. A slot that a newer version cuts short ends there."""
        found: list[Slot] = []
        index = max(0, bisect_right(self._starts, first) - 1)
        at = first
        while at <= last:
            end = self._starts[index + 1] if index + 1 < len(self._starts) else last + 1
            slots = self._loops[index].slots(at, min(last, end - 1))
            cuts = index + 1 < len(self._starts) and slots[-1].end > end
            found += slots[:-1]
            found.append(replace(slots[-1], segments=end - slots[-1].start) if cuts else slots[-1])
            at, index = end, index + 1
        return tuple(found)
