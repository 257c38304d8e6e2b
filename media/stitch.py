"""Putting a pod of ads in the place of a break, without a discontinuity."""

from collections.abc import Iterable, Iterator

import msgspec

from media.asset import SLATE_ID
from media.timeline import Position, Slot, Window


class Insert(msgspec.Struct, frozen=True):
    """One ad of a pod: an asset and its length on the grid. ``ref`` is the caller's own mark."""

    asset_id: str
    segments: int
    ref: str = ""


class BreakPlan(msgspec.Struct, frozen=True):
    """What one session sees in one break, decided once.

    Args:
        rest: what stands in all that the inserts leave over, from its beginning, again and again; filler
            where None.
    """

    break_id: str
    inserts: tuple[Insert, ...]
    rest: Insert | None = None


class Run(msgspec.Struct, frozen=True, gc=False):
    """The first ``segments`` of an asset at consecutive positions, the first at ``k``."""

    k: int
    asset_id: str
    segments: int

    @property
    def end(self) -> int:
        """First position after it."""
        return self.k + self.segments


def laid(slot: Slot, plan: BreakPlan) -> Iterator[Run]:
    """What stands in the break ``slot`` instead of filler; oldest first. Nothing reaches over its end."""
    start = slot.start
    for insert in plan.inserts:
        if start < slot.end and insert.segments > 0:
            yield Run(start, insert.asset_id, min(insert.segments, slot.end - start))
        start += insert.segments
    if plan.rest is not None:
        yield from _rounds(plan.rest, start, slot.end)


def substituted(window: Window, territory: str) -> Iterator[Run]:
    """What stands in ``window`` instead of what may not be seen in ``territory``; oldest first."""
    for slot in window.slots:
        if slot.territories and territory not in slot.territories:
            instead = Insert(slot.substitute or SLATE_ID, slot.substitute_segments)
            first = max(slot.start, window.head)
            for run in _rounds(instead, first - (first - slot.start) % instead.segments, slot.end):
                if run.k > window.last:
                    break
                yield run


def _rounds(insert: Insert, start: int, end: int) -> Iterator[Run]:
    """``insert`` again and again, from ``start`` to before ``end``."""
    for k in range(start, end, insert.segments):
        yield Run(k, insert.asset_id, min(insert.segments, end - k))


def overlaid(window: Window, runs: Iterable[Run]) -> tuple[Position, ...]:
    """The positions of ``window`` with ``runs`` in the place of what stood there; all keep their numbers."""
    positions, head = list(window.positions), window.head
    for run in runs:
        for k in range(max(run.k, head), min(run.end, head + len(positions))):
            positions[k - head] = Position(k, run.asset_id, k - run.k)
    return tuple(positions)
