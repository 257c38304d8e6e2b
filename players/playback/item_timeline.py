"""Content time and playlist time of what is played on demand: parts of the content with ads between them.

Content time counts no ads: it is what a resume point is kept in. Playlist time is what a player shows.
Both are in milliseconds from their beginning; positions are segments of the grid, numbered from 0.
"""

from dataclasses import dataclass
from itertools import pairwise

from media.house_format import SEGMENT_MS


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the content makes room for ads.

    Args:
        at: the content's segment before which they stand.
        segments: how long they are together; at least one.
    """

    at: int
    segments: int


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive positions of the playlist that are either content or the ads of one stop.

    Args:
        start: the first position.
        segments: how many.
        first: the content's segment at ``start``; for ads the one that comes after them.
        stop: index of the stop whose ads these are; None for content.
    """

    start: int
    segments: int
    first: int
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class ItemTimeline:
    """The order in which content and ads are played.

    Args:
        segments: length of the content.
        stops: at rising segments of the content, from 0 to the one before its end.
    """

    segments: int
    stops: tuple[Stop, ...] = ()

    def __post_init__(self) -> None:
        rising = all(before.at < after.at for before, after in pairwise(self.stops))
        if not rising or any(not 0 <= one.at < self.segments or one.segments < 1 for one in self.stops):
            raise ValueError("stops must stand at rising segments of the content")

    @property
    def length(self) -> int:
        """All positions, ads included."""
        return self.segments + sum(stop.segments for stop in self.stops)

    def runs(self) -> tuple[Run, ...]:
        """Content and ads in turn, without a gap, from position 0 on."""
        found: list[Run] = []
        at = first = 0
        for number, stop in enumerate(self.stops):
            if stop.at > first:
                found.append(Run(at, stop.at - first, first))
                at += stop.at - first
            found.append(Run(at, stop.segments, stop.at, number))
            at, first = at + stop.segments, stop.at
        found.append(Run(at, self.segments - first, first))
        return tuple(found)

    def playlist_ms(self, content_ms: int) -> int:
        """Where content is played; of a stop exactly there, where its ads begin."""
        before = sum(stop.segments for stop in self.stops if stop.at * SEGMENT_MS < content_ms)
        return content_ms + before * SEGMENT_MS

    def content_ms(self, playlist_ms: int) -> int:
        """How much of the content has been played; it stands still in ads."""
        passed_ms = 0
        for stop in self.stops:
            begin_ms = stop.at * SEGMENT_MS + passed_ms
            if playlist_ms <= begin_ms:
                break
            passed_ms += min(stop.segments * SEGMENT_MS, playlist_ms - begin_ms)
        return playlist_ms - passed_ms
