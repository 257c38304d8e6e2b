"""One play of something on demand: its ads decided once, kept, and rendered many times."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from media.house_format import SEGMENT_MS
from players.playback.break_plan import PlannedBreak
from players.playback.item_timeline import ItemTimeline, Stop
from players.playback.playlist import Stretch
from players.playback.session import Session

PLAY_MS = 24 * 3_600_000
"""Kept for so long; a day later it is another play."""


class Slowed(NamedTuple):
    """When a list was found to be ahead of what is even, and how much it listed then."""

    since_ms: int
    segments: int


class Reach(NamedTuple):
    """How much of the content is listed, and whether that is the end of the list.

    ``slowed`` says that the schedule was changed under a list that grows, which goes on slowly from there.
    """

    segments: int
    ended: bool
    slowed: Slowed | None = None


class Play(msgspec.Struct, frozen=True):
    """What a session is given, from position 0 on.

    Args:
        source_id: what is played.
        ordinal: 1 for the session's first play of it, rising.
        asset_id, segments: the content, as it was when the play began.
        breaks: rising; ``start`` is a position of this play, and all of a break is fills.
        first: the content's segment at which it began; later than 0 where it was left before.
        grows: whether a channel was still showing it then, so that it is listed as it is shown.
    """

    source_id: str
    ordinal: int
    asset_id: str
    segments: int
    breaks: tuple[PlannedBreak, ...]
    first: int
    decided_ms: int
    grows: bool = True

    @property
    def play_id(self) -> str:
        """Unique within the session."""
        return play_id_of(self.source_id, self.ordinal)

    @property
    def timeline(self) -> ItemTimeline:
        """Content and ads in their order."""
        stops, passed = [], 0
        for one in self.breaks:
            stops.append(Stop(one.start - passed, one.segments))
            passed += one.segments
        return ItemTimeline(self.segments, tuple(stops))

    @property
    def begin_ms(self) -> int:
        """Where a player begins, in playlist time: at the ads before what was left, if there are any."""
        return self.timeline.playlist_ms(self.first * SEGMENT_MS)

    @property
    def whole(self) -> Reach:
        """All of it."""
        return Reach(self.segments, ended=True)

    def listed(self, reach: Reach) -> list[Stretch]:
        """What it lists of so much of the content."""
        return list(self._until(self.timeline.playlist_ms(reach.segments * SEGMENT_MS) // SEGMENT_MS))

    def _until(self, end: int) -> Iterator[Stretch]:
        for run in self.timeline.runs():
            at = run.start
            if at >= end:
                return
            if run.stop is None:
                yield Stretch(at, self.asset_id, run.first, min(run.segments, end - at))
                continue
            for fill in self.breaks[run.stop].fills:
                yield Stretch(at, fill.asset_id, 0, fill.segments)
                at += fill.segments

    def encode(self) -> bytes:
        """As MessagePack, for the session store."""
        return msgspec.msgpack.encode(self)


_DECODER = msgspec.msgpack.Decoder(Play)


def decode(data: bytes) -> Play:
    """From the session store."""
    return _DECODER.decode(data)


def play_id_of(source_id: str, ordinal: int) -> str:
    """The id of a session's play; the same for everybody who decides it, so that it is paid for once."""
    return f"{source_id}.{ordinal}"


def is_over(play: Play, session: Session) -> bool:
    """Whether who opens it again begins another though its player has not told the end.

    Its owner took back, since, that ads may know the place by which these were chosen.
    """
    return not session.location_consent and any(one.cell for one in play.breaks)
