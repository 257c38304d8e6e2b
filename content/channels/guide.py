"""The guide: what is on now and what comes next."""

from collections.abc import Iterator

import msgspec

from content.channels.lineup import ChannelLineup
from content.library.programme import Category
from media.house_format import position_at, starts_at_ms
from media.timeline import Schedule, Slot, SlotKind

HORIZON_SEGMENTS = 45_000
_STRIDE_SEGMENTS = 1_000


class GuideEntry(msgspec.Struct, frozen=True):
    """One showing of a programme; times in milliseconds since 1970."""

    programme_id: str
    title: str
    synopsis: str
    category: Category
    starts_at_ms: int
    ends_at_ms: int
    poster_url: str


class RundownEntry(msgspec.Struct, frozen=True):
    """One slot of a channel as an editor sees it: a programme, a break, or slate (untitled programme)."""

    kind: SlotKind
    programme_id: str
    title: str
    starts_at_ms: int
    ends_at_ms: int


def now_next(lineup: ChannelLineup, now_ms: int, count: int = 2) -> list[GuideEntry]:
    """The next ``count`` showings that end after ``now_ms``, the one on air first.

    During a break the first entry starts in the future. Looks a day ahead at most.
    """
    found: list[GuideEntry] = []
    for slot in _slots(lineup.schedule, position_at(now_ms)):
        if len(found) >= count:
            break
        if slot.programme_id in lineup.programmes:
            found.append(_entry(lineup, slot))
    return found


def rundown(lineup: ChannelLineup, from_ms: int, until_ms: int) -> list[RundownEntry]:
    """Every slot that touches [from_ms, until_ms), breaks included, in order."""
    slots = lineup.schedule.slots(position_at(from_ms), position_at(until_ms - 1))
    return [
        RundownEntry(
            kind=slot.kind,
            programme_id=slot.programme_id,
            title=lineup.programmes[slot.programme_id].title
            if slot.programme_id in lineup.programmes
            else "",
            starts_at_ms=starts_at_ms(slot.start),
            ends_at_ms=starts_at_ms(slot.end),
        )
        for slot in slots
    ]


def poster_url(asset_id: str) -> str:
    """Where the still picture of an asset is served."""
    return f"/v1/assets/{asset_id}/poster.jpg"


def _slots(schedule: Schedule, first: int) -> Iterator[Slot]:
    at, until = first, first + HORIZON_SEGMENTS
    while at < until:
        slots = schedule.slots(at, at + _STRIDE_SEGMENTS)
        yield from slots
        at = slots[-1].end


def _entry(lineup: ChannelLineup, slot: Slot) -> GuideEntry:
    programme = lineup.programmes[slot.programme_id]
    return GuideEntry(
        programme_id=programme.programme_id,
        title=programme.title,
        synopsis=programme.synopsis,
        category=programme.category,
        starts_at_ms=starts_at_ms(slot.start),
        ends_at_ms=starts_at_ms(slot.end),
        poster_url=poster_url(programme.asset_id),
    )
