"""What a session sees in one break: decided once, stored, rendered many times.

What stands in a break is a ladder: ads that were bought, the house's own promotions (both are fills), the
slate where the operator names one, and last the filler that the channel has there itself.
"""

import zlib
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from adserver.serving.avail import Refused, ServedBreak, ServedFill
from media.house_format import SEGMENT_MS, starts_at_ms
from media.stitch import BreakPlan, Insert
from media.timeline import Slot

Laid = tuple[int, list[str]]
"""The lines of consecutive segments in a playlist, and the position of the first."""


@dataclass(slots=True)
class Listing:
    """What a process remembers of a plan while its playlists list it.

    Args:
        untold: where the first fill begins that the ad server has not been told to be listed.
        lines: by rendition, what stands in the break, once that was worked out.
    """

    untold: int
    lines: dict[str, list[Laid]] = field(default_factory=dict)


class PlannedBreak(msgspec.Struct, frozen=True, dict=True):
    """A break of a session with what was chosen for it.

    Args:
        start, segments: where it lies on the grid.
        fills: in playing order.
        slate: the asset that stands in what they leave over; the channel's own filler where empty.
        slate_segments: its length.
        refusals: why others were not chosen.
        cell: the coarsened place at which it was decided.
    """

    break_id: str
    start: int
    segments: int
    fills: tuple[ServedFill, ...]
    refusals: tuple[Refused, ...] = ()
    cell: str = ""
    slate: str = ""
    slate_segments: int = 1

    def encode(self) -> bytes:
        """As MessagePack, for the session store."""
        return msgspec.msgpack.encode(self)

    @cached_property
    def plan(self) -> BreakPlan:
        """As :mod:`media.stitch` takes it."""
        inserts = tuple(Insert(fill.asset_id, fill.segments, fill.fill_id) for fill in self.fills)
        rest = Insert(self.slate, self.slate_segments) if self.slate else None
        return BreakPlan(self.break_id, inserts, rest)

    @cached_property
    def listing(self) -> Listing:
        """Kept beside the plan for as long as the plan is."""
        return Listing(self.start)

    @property
    def left(self) -> int:
        """Segments that no fill stands in."""
        return self.segments - sum(fill.segments for fill in self.fills)


_DECODER = msgspec.msgpack.Decoder(PlannedBreak)


def decode(data: bytes) -> PlannedBreak:
    """From the session store."""
    return _DECODER.decode(data)


def planned(slot: Slot, served: ServedBreak | None) -> PlannedBreak:
    """The plan of ``slot`` from the ad server's answer; all filler where it gave none.

    What does not fit is cut from the end: the break's length belongs to the schedule.
    """
    fills = _fitting(slot.segments, served)
    refusals = served.refusals if served else ()
    cell = served.cell if served else ""
    return PlannedBreak(slot.slot_id, slot.start, slot.segments, fills, refusals, cell)


def planned_within(break_id: str, start: int, at_most: int, served: ServedBreak) -> PlannedBreak:
    """The plan of a break on demand: no longer than its ads, because nothing waits for its end."""
    fills = _fitting(at_most, served)
    length = sum(fill.segments for fill in fills)
    return PlannedBreak(break_id, start, length, fills, served.refusals, served.cell)


def _fitting(segments: int, served: ServedBreak | None) -> tuple[ServedFill, ...]:
    fitting: list[ServedFill] = []
    for fill in served.fills if served else ():
        if not 0 < fill.segments <= segments:
            break
        fitting.append(fill)
        segments -= fill.segments
    return tuple(fitting)


class FillSpan(msgspec.Struct, frozen=True):
    """A fill with its place in time."""

    fill: ServedFill
    starts_at_ms: int
    ends_at_ms: int


def spans(plan: PlannedBreak) -> tuple[FillSpan, ...]:
    """When each fill plays, by the grid's clock."""
    found, at = [], plan.start
    for fill in plan.fills:
        found.append(FillSpan(fill, starts_at_ms(at), starts_at_ms(at + fill.segments)))
        at += fill.segments
    return tuple(found)


LEAD_MIN_MS = 6_000
"""A break is decided this long before its first segment is listed, at the latest."""


def due_ms(session_id: str, slot: Slot, horizon_segments: int) -> int:
    """From when on a session's break is to be decided.

    Sessions of a channel share their breaks: so that they do not all decide in one second, each has its own
    moment within the horizon, the same in every process.
    """
    listed_ms = starts_at_ms(slot.start + 1)
    spread_ms = horizon_segments * SEGMENT_MS - LEAD_MIN_MS
    lot = zlib.crc32(f"{session_id}\0{slot.slot_id}".encode())
    return listed_ms - LEAD_MIN_MS - lot % spread_ms


def joined_midway(slot: Slot, first_position: int) -> bool:
    """The session opened after the break had begun, so nobody could be shown a whole ad of it."""
    return slot.start < first_position


JOIN_SEGMENTS = 3
"""Players begin so far behind the newest segment."""


def missed(slot: Slot, newest_position: int) -> bool:
    """Who first asks about the break now joins it too late to be shown a whole ad of it, or after its end."""
    return newest_position - slot.start > JOIN_SEGMENTS
