"""Putting a pod of ads in the place of a break, without a discontinuity."""

from collections.abc import Iterator, Mapping

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

    def insert_at(self, offset: int) -> tuple[Insert, int] | None:
        """The insert that covers the break's ``offset``-th segment, and the index inside it."""
        for insert in self.inserts:
            if offset < insert.segments:
                return insert, offset
            offset -= insert.segments
        return None


def inserted(window: Window, plans: Mapping[str, BreakPlan]) -> Iterator[Position]:
    """What stands in ``window`` instead of filler, by each planned break; oldest first."""
    head, end = window.positions[0].k, window.positions[-1].k + 1
    for slot in window.slots:
        plan = plans.get(slot.slot_id)
        if plan is None or slot.kind is not SlotKind.BREAK:
            continue
        start = slot.start
        for insert in plan.inserts:
            after = start + insert.segments
            # An insert ends where its break does, whatever its plan says.
            for k in range(max(start, head), min(after, slot.end, end)):
                yield Position(k, insert.asset_id, k - start)
            start = after
        if plan.rest is not None:
            for k in range(max(start, head), min(slot.end, end)):
                yield Position(k, plan.rest.asset_id, (k - start) % plan.rest.segments)


def substituted(window: Window, territory: str) -> Iterator[Position]:
    """What stands in ``window`` instead of what may not be seen in ``territory``; oldest first."""
    head, end = window.positions[0].k, window.positions[-1].k + 1
    for slot in window.slots:
        if slot.territories and territory not in slot.territories:
            for k in range(max(slot.start, head), min(slot.end, end)):
                yield Position(k, slot.substitute or SLATE_ID, (k - slot.start) % slot.substitute_segments)


def place(window: Window, plans: Mapping[str, BreakPlan]) -> Window:
    """``window`` with each planned break's inserts standing where its filler stood.

    Positions keep their numbers; a break without a plan, and what a plan leaves over, stay filler.
    """
    positions = list(window.positions)
    head = positions[0].k
    for position in inserted(window, plans):
        positions[position.k - head] = position
    return Window(tuple(positions), window.slots)
