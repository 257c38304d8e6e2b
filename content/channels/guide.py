"""The rundown: what plays, slot by slot, as an editor sees it."""

import msgspec

from content.channels.lineup import ChannelLineup
from media.house_format import position_at, starts_at_ms
from media.timeline import SlotKind


class RundownEntry(msgspec.Struct, frozen=True):
    """One slot of a channel as an editor sees it: a programme, a break, or slate (untitled programme)."""

    kind: SlotKind
    programme_id: str
    title: str
    starts_at_ms: int
    ends_at_ms: int


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
