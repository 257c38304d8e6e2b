"""What stands at each position of the grid: a pure function of schedule and clock.

No playhead ticks. Any process answers any poll with the same numbers, before and after a restart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from media.house_format import position_at

WINDOW_SEGMENTS = 12
PAUSE_SLOTS = 8
"""More slots than ever stand aside within one airing: a break, and what marks its beginning and end."""


class SlotKind(StrEnum):
    """What a run of positions is for."""

    PROGRAMME = "programme"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Slot:
    """One run of positions given to one item.

    Args:
        start: first grid position.
        segments: how many positions.
        asset_id: what plays; in a break, the filler that plays where no ad stands.
        asset_segments: how many of the asset's segments it has to play; a longer slot repeats them.
        slot_id: unique for ever, the same in every process: in a break it is the break id.
        programme_id: the content room's id of the programme; empty in a break.
        first_index: the asset's segment at the slot's first position, so that breaks can part a programme.
        airing_id: shared by the parts of one airing: the slot id of the first; empty in a break.
        territories: ISO 3166-1 countries where it may be seen; empty for all of them.
        substitute: the asset that plays elsewhere in its place, over and over.
        substitute_segments: its length.
        fill: it fills or marks the time between programmes, whatever it shows.
    """

    start: int
    segments: int
    asset_id: str
    asset_segments: int
    kind: SlotKind
    slot_id: str
    programme_id: str = ""
    first_index: int = 0
    airing_id: str = ""
    territories: tuple[str, ...] = ()
    substitute: str = ""
    substitute_segments: int = 1
    fill: bool = False

    def position(self, k: int) -> "Position":
        """What stands at ``k``, a position of the slot, where it may be seen and no ad stands."""
        return Position(k, self.asset_id, self.first_index + (k - self.start) % self.asset_segments)

    @property
    def end(self) -> int:
        """First position after the slot."""
        return self.start + self.segments

    @property
    def aside(self) -> bool:
        """Whether it is no part of what a guide tells of: a break, or fill."""
        return self.fill or self.kind is SlotKind.BREAK


class Position(msgspec.Struct, frozen=True, gc=False):
    """Which segment of which asset stands at grid position ``k``."""

    k: int
    asset_id: str
    index: int


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of consecutive positions, oldest first, and the slots that it touches."""

    positions: tuple[Position, ...]
    slots: tuple[Slot, ...]

    @property
    def head(self) -> int:
        """The first position: EXT-X-MEDIA-SEQUENCE."""
        return self.positions[0].k

    @property
    def last(self) -> int:
        """The newest position."""
        return self.positions[-1].k

    @property
    def breaks(self) -> tuple[Slot, ...]:
        """The breaks that it touches, oldest first."""
        return tuple(slot for slot in self.slots if slot.kind is SlotKind.BREAK)


class Schedule(Protocol):
    """What a channel plays, for ever, without a gap."""

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        """The slots that touch positions ``first`` to ``last`` inclusive, oldest first, contiguous."""


def window(schedule: Schedule, now_ms: int, segments: int = WINDOW_SEGMENTS) -> Window:
    """The live window: the last ``segments`` positions that are complete at ``now_ms``.

    A position is listed once it has wholly passed, as a live encoder would have it: the newest
    listed one is the one before that on air.
    """
    last = position_at(now_ms) - 1
    return span(schedule, last - segments + 1, last)


def span(schedule: Schedule, first: int, last: int) -> Window:
    """The window of positions ``first`` to ``last`` inclusive."""
    return cut(schedule.slots(first, last), first, last)


def cut(slots: Iterable[Slot], first: int, last: int) -> Window:
    """The same from ``slots`` that cover it, contiguous, oldest first."""
    touched = tuple(slot for slot in slots if slot.end > first and slot.start <= last)
    positions = tuple(
        slot.position(k)
        for slot in touched
        for k in range(max(first, slot.start), min(last, slot.end - 1) + 1)
    )
    return Window(positions, touched)


def advanced(schedule: Schedule, known: Sequence[Slot], first: int, last: int) -> tuple[Slot, ...]:
    """The slots that touch ``first`` to ``last``, for one who holds some of the same schedule.

    Args:
        schedule: asked only for what is not known: a channel's window moves by one, and most slots are long.
        known: contiguous, oldest first; may be none.
        first: position, inclusive.
        last: position, inclusive.
    """
    if not known or known[0].start > first or known[-1].end <= first:
        return schedule.slots(first, last)
    kept = tuple(slot for slot in known if slot.end > first and slot.start <= last)
    return kept if kept[-1].end > last else (*kept, *schedule.slots(kept[-1].end, last))
