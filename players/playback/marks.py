"""Marks of breaks in a live playlist: EXT-X-DATERANGE (RFC 8216bis 4.4.5.1), for whatever is downstream.

A break is told in two tags of one ID, each in the place where it was first appended: SCTE35-OUT before the
break's first segment, SCTE35-IN, with the length that came true, before the first segment after it. Both stay
until nothing of the break is listed any more, at the head once their own place has gone. They are the same
for every session, rendition and process: what they say is a function of the slot.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from kernel.clock import from_ms, iso_z
from media.house_format import SEGMENT_MS, starts_at_ms
from media.timeline import Slot
from players.playback import scte35

_TICKS_A_SEGMENT = SEGMENT_MS * scte35.TICKS // 1000


class Mark(msgspec.Struct, frozen=True, gc=False):
    """Lines that stand before the segment at position ``k``."""

    k: int
    text: str


def listed(breaks: Iterable[Slot], head: int, last: int) -> tuple[Mark, ...]:
    """The marks of ``breaks`` in a playlist of positions ``head`` to ``last``, oldest place first."""
    found = []
    for slot in breaks:
        if slot.start > last or slot.end <= head:
            continue
        out, back = _tags(slot)
        found.append(Mark(max(slot.start, head), out))
        if slot.end <= last:
            found.append(Mark(slot.end, back))
    return tuple(found)


def seconds(segments: int) -> str:
    """A length as an attribute has it."""
    return f"{segments * SEGMENT_MS / 1000:.3f}"


def start_date(slot: Slot) -> str:
    """When the break begins, as an attribute has it."""
    return iso_z(from_ms(starts_at_ms(slot.start)))


@lru_cache(maxsize=8192)
def _tags(slot: Slot) -> tuple[str, str]:
    """The opening tag and the closing one, each a line."""
    name = f'#EXT-X-DATERANGE:ID="{slot.slot_id}",START-DATE="{start_date(slot)}"'
    length = seconds(slot.segments)
    pts = slot.start * _TICKS_A_SEGMENT
    ticks = slot.segments * _TICKS_A_SEGMENT
    out = scte35.opportunity_starts(slot.start, pts, ticks).hex().upper()
    back = scte35.opportunity_ends(slot.start, pts + ticks).hex().upper()
    return (
        f"{name},PLANNED-DURATION={length},SCTE35-OUT=0x{out}\n",
        f"{name},DURATION={length},SCTE35-IN=0x{back}\n",
    )
