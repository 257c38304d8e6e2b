"""Putting a pod of ads in the place of a break, without a discontinuity."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from media.asset import SLATE_ID
from media.timeline import Position, SlotKind, Window


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


def inserted(window: Window, plans: Mapping[str, BreakPlan]) -> Iterator[Run]:
    """What stands instead of filler, by each planned break that ``window`` touches; oldest first.

    Runs that reach over an edge of the window are given whole: they are the same in the next.
    """
    head, end = window.head, window.last + 1
    for slot in window.slots:
        plan = plans.get(slot.slot_id)
        if plan is None or slot.kind is not SlotKind.BREAK:
            continue
        start = slot.start
        for insert in plan.inserts:
            # An insert ends where its break does, whatever its plan says.
            run = Run(start, insert.asset_id, min(insert.segments, slot.end - start))
            if run.segments > 0 and start < end and run.end > head:
                yield run
            start += insert.segments
        if plan.rest is not None:
            yield from _again_and_again(plan.rest, start, slot.end, window)


def substituted(window: Window, territory: str) -> Iterator[Run]:
    """What stands in ``window`` instead of what may not be seen in ``territory``; oldest first."""
    for slot in window.slots:
        if slot.territories and territory not in slot.territories:
            instead = Insert(slot.substitute or SLATE_ID, slot.substitute_segments)
            yield from _again_and_again(instead, slot.start, slot.end, window)


def _again_and_again(insert: Insert, start: int, end: int, window: Window) -> Iterator[Run]:
    """The rounds from ``start`` to before ``end`` that ``window`` touches, each as long in every window."""
    first = max(start, window.head)
    for k in range(first - (first - start) % insert.segments, min(end, window.last + 1), insert.segments):
        yield Run(k, insert.asset_id, min(insert.segments, end - k))


def overlaid(window: Window, runs: Iterable[Run]) -> tuple[Position, ...]:
    """The positions of ``window`` with ``runs`` in the place of what stood there; all keep their numbers."""
    positions, head = list(window.positions), window.head
    for run in runs:
        for k in range(max(run.k, head), min(run.end, head + len(positions))):
            positions[k - head] = Position(k, run.asset_id, k - run.k)
    return tuple(positions)
