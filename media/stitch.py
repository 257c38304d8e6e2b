"""Putting a pod of ads in the place of a break, without a discontinuity."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from media.timeline import Position, Window


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


def place(window: Window, plans: Mapping[str, BreakPlan]) -> Window:
    """``window`` with each planned break's inserts standing where its filler stood.

    Positions keep their numbers; a break without a plan, and what a plan leaves over, stay filler.
    """
    planned = [(slot, plans[slot.slot_id]) for slot in window.breaks if slot.slot_id in plans]
    if not planned:
        return window
    positions = list(window.positions)
    head, end = positions[0].k, positions[-1].k + 1
    for slot, plan in planned:
        start = slot.start
        for insert in plan.inserts:
            after = start + insert.segments
            # An insert ends where its break does, whatever its plan says.
            for k in range(max(start, head), min(after, slot.end, end)):
                positions[k - head] = Position(k, insert.asset_id, k - start)
            start = after
        if plan.rest is not None:
            asset_id, length = plan.rest.asset_id, plan.rest.segments
            for k in range(max(start, head), min(slot.end, end)):
                positions[k - head] = Position(k, asset_id, (k - start) % length)
    return replace(window, positions=tuple(positions))
