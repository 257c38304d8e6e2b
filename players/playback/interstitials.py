"""HLS interstitials (RFC 8216bis, appendix D): for players that put ads in the place of a break themselves.

The playlist keeps what the channel has in the break. A mark tells of it somewhat ahead, the same at every
poll and whatever was decided; what is to be played is in the asset list, for which the player asks when it
comes near.

- No X-RESUME-OFFSET: the player resumes where the ads end, so that what they leave over is the channel's
  filler, and the live edge stays as far away as it was. X-PLAYOUT-LIMIT: never longer than the break.
- X-SNAP: breaks begin and ads end on the grid, so that snapping to segment boundaries moves nothing and
  forgives players whose clocks round.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from media.house_format import position_at
from media.timeline import Slot, Window
from players.playback.break_plan import PlannedBreak, joined_midway
from players.playback.marks import Mark, seconds, start_date
from players.playback.session import Session

ANNOUNCED_SEGMENTS = 6
"""How long before its break the mark is listed."""
GRANT = "\x01"
"""Stands in a mark where the session's grant belongs."""


def listed(breaks: Iterable[Slot], window: Window, channel_id: str, opened: Session) -> tuple[Mark, ...]:
    """The marks for a session on a channel, oldest place first.

    Args:
        breaks: those of the window and soon after it.
        window: what the playlist lists.
        channel_id: whose breaks they are.
        opened: the session; a break that had begun when it opened is left to the channel.
    """
    head, last, first = window.head, window.positions[-1].k, position_at(opened.opened_ms)
    return tuple(
        Mark(max(slot.start - ANNOUNCED_SEGMENTS, head), _tag(slot, channel_id, opened.session_id))
        for slot in breaks
        if slot.start - ANNOUNCED_SEGMENTS <= last and slot.end > head and not joined_midway(slot, first)
    )


@lru_cache(maxsize=4096)
def _tag(slot: Slot, channel_id: str, session_id: str) -> str:
    length = seconds(slot.segments)
    attributes = (
        f'ID="{slot.slot_id}.ads"',
        'CLASS="com.apple.hls.interstitial"',
        f'START-DATE="{start_date(slot)}"',
        f"PLANNED-DURATION={length}",
        f'X-ASSET-LIST="/play/{channel_id}/{session_id}/breaks/{slot.slot_id}.json?grant={GRANT}"',
        f"X-PLAYOUT-LIMIT={length}",
        'X-SNAP="OUT,IN"',
        'X-RESTRICT="SKIP,JUMP"',
    )
    return f"#EXT-X-DATERANGE:{','.join(attributes)}\n"


class Asset(msgspec.Struct, frozen=True):
    """One ad of an asset list: its multivariant playlist, and its length in seconds."""

    uri: str = msgspec.field(name="URI")
    duration: float = msgspec.field(name="DURATION")


class AssetList(msgspec.Struct, frozen=True):
    """The JSON of X-ASSET-LIST (appendix D.3)."""

    assets: tuple[Asset, ...] = msgspec.field(name="ASSETS")


def asset_list(plan: PlannedBreak, folder: str, grant: str) -> AssetList:
    """The list of a planned break; ``folder`` is where its ads' playlists lie."""
    return AssetList(
        tuple(
            Asset(f"{folder}/{fill.fill_id}/multivariant.m3u8?grant={grant}", float(seconds(fill.segments)))
            for fill in plan.fills
        )
    )
