"""A schedule that repeats a few items: what tests and benchmarks play on."""

from bisect import bisect_right
from dataclasses import dataclass

from media.timeline import Slot, SlotKind


@dataclass(frozen=True, slots=True)
class LoopItem:
    """One entry of a loop; the fields mean what they mean in :class:`media.timeline.Slot`."""

    segments: int
    asset_id: str
    asset_segments: int
    kind: SlotKind
    programme_id: str = ""


class Loop:
    """A schedule that repeats its items from ``anchor`` on, both ways, for ever.

    Args:
        channel_id: prefix of the slot ids.
        anchor: the grid position at which the first item starts.
        items: at least one, each of at least one segment.
    """

    def __init__(self, channel_id: str, anchor: int, items: tuple[LoopItem, ...]) -> None:
        self._channel_id = channel_id
        self._anchor = anchor
        self._items = items
        starts, total = [], 0
        for item in items:
            starts.append(total)
            total += item.segments
        self._starts = starts
        self.length = total

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        """See :class:`media.timeline.Schedule`; costs the number of slots returned."""
        lap, offset = divmod(first - self._anchor, self.length)
        index = bisect_right(self._starts, offset) - 1
        found: list[Slot] = []
        while not found or found[-1].end <= last:
            start = self._anchor + lap * self.length + self._starts[index]
            found.append(self._slot(self._items[index], start))
            index += 1
            if index == len(self._items):
                index, lap = 0, lap + 1
        return tuple(found)

    def _slot(self, item: LoopItem, start: int) -> Slot:
        return Slot(
            start=start,
            segments=item.segments,
            asset_id=item.asset_id,
            asset_segments=item.asset_segments,
            kind=item.kind,
            slot_id=f"{self._channel_id}-{start}",
            programme_id=item.programme_id,
            airing_id=f"{self._channel_id}-{start}" if item.kind is SlotKind.PROGRAMME else "",
        )
