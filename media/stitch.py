"""Putting a pod of ads in the place of a break, without a discontinuity."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from media.timeline import Position, Slot, SlotKind, Window


class Insert(msgspec.Struct, frozen=True):
    """One ad of a pod: an asset and its length on the grid. ``ref`` is the caller's own mark."""

    asset_id: str
    segments: int
    ref: str = ""


class BreakPlan(msgspec.Struct, frozen=True):
    """What one session sees in one break, decided once. What the inserts leave over is filler."""

    break_id: str
    inserts: tuple[Insert, ...]

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
    if not any(slot.slot_id in plans for slot in window.slots):
        return window
    by_position = {k: _planned(slot, plans, k) for slot in window.slots for k in _covered(slot, window)}
    positions = tuple(by_position.get(p.k) or p for p in window.positions)
    return replace(window, positions=positions)


def _covered(slot: Slot, window: Window) -> range:
    if slot.kind is not SlotKind.BREAK:
        return range(0)
    first, last = window.positions[0].k, window.positions[-1].k
    return range(max(first, slot.start), min(last, slot.end - 1) + 1)


def _planned(slot: Slot, plans: Mapping[str, BreakPlan], k: int) -> Position | None:
    plan = plans.get(slot.slot_id)
    found = plan.insert_at(k - slot.start) if plan else None
    return Position(k, found[0].asset_id, found[1]) if found else None
