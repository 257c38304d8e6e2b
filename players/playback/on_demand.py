"""What is played on demand, and where ads may stand in it: all rules in one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from adserver.booking.targeting import Genre
from media.house_format import SEGMENT_MS, position_at, starts_at_ms

ON_DEMAND_LIMIT = 1_000_000
"""Positions on demand stay below this (22 days from 0); those of channels have passed it for good."""

PREROLL_EVERY_MS = 15 * 60_000
"""A screen sees ads before what it plays no more often, however often it opens a session."""

PREROLL_FROM_SEGMENTS = 7
"""No ads before what lasts less than 12 s: no spot is worth the wait for it."""

_MINUTE_MS = 60_000
_SHOWN_LEAST = 4
"""Players want three segments to begin with."""


@dataclass(frozen=True, slots=True)
class Item:
    """What to play: a partner's item."""

    item_id: str

    @property
    def source_id(self) -> str:
        """Names it within a session."""
        return self.item_id

    @property
    def address(self) -> str:
        """Its part of a playlist's URL."""
        return f"item/{self.item_id}"


@dataclass(frozen=True, slots=True)
class Airing:
    """What to play: a programme that a channel has shown, or shows now, from its beginning."""

    airing_id: str

    @property
    def source_id(self) -> str:
        """Names it within a session."""
        return self.airing_id

    @property
    def address(self) -> str:
        """Its part of a playlist's URL."""
        return f"airing/{self.airing_id}"


Source = Item | Airing


def addressed(address: str) -> Source:
    """What has this :attr:`Item.address`."""
    kind, _, name = address.partition("/")
    return Airing(name) if kind == "airing" else Item(name)


class Kind(StrEnum):
    """What ads go by."""

    VIDEO = "video"
    MUSIC = "music"
    PODCAST = "podcast"
    PROGRAMME = "programme"

    @property
    def has_picture(self) -> bool:
        """Whether it is watched, and so may its ads be."""
        return self in (Kind.VIDEO, Kind.PROGRAMME)


@dataclass(frozen=True, slots=True)
class Film:
    """Something that can be played on demand now.

    Args:
        content_id: the item, or the programme whichever airing it is played from: resume points hang on it.
        segments, duration_ms: of its asset, padded to the grid and not.
        cues: rising segments of the asset before which a break may stand.
        genre: what kind of programme it is; None where nobody said.
        reached: of an airing, as :class:`content.channels.catch_up.Aired` has it; empty for an item.
    """

    source: Source
    content_id: str
    title: str
    subtitle: str
    kind: Kind
    asset_id: str
    segments: int
    duration_ms: int
    cues: tuple[int, ...] = ()
    for_children: bool = False
    reached: tuple[tuple[int, int], ...] = ()
    genre: Genre | None = None

    def on_air(self, now_ms: int) -> bool:
        """Whether a channel is still showing it."""
        return bool(self.reached) and position_at(now_ms) < self.reached[-1][0]

    def shown(self, now_ms: int) -> int:
        """How many of its segments may be listed: never more than the channel has shown, or shows now.

        A list that grows has to grow all the time (RFC 8216bis, 6.2.1), and the channel has breaks: so this
        stays behind a little before a break, as far as it must to go on evenly through it.
        """
        if not self.on_air(now_ms):
            return self.segments
        at_ms, points = self._on_clock(now_ms)
        return min(self.segments, max(_evenly(points, at_ms), _SHOWN_LEAST))

    def slowed(self, now_ms: int, since_ms: int, listed: int) -> int:
        """The same where more was listed at ``since_ms`` than is even now, as a break has come between since.

        From there it goes on evenly up to the end of that break, instead of standing still through it.
        """
        if not self.on_air(now_ms):
            return self.segments
        at_ms, points = self._on_clock(now_ms)
        begin = (min(since_ms + SEGMENT_MS, at_ms), listed)
        return _evenly([begin, *(one for one in points if one[0] > begin[0])], at_ms)

    def _on_clock(self, now_ms: int) -> tuple[int, list[tuple[int, int]]]:
        """The end of what is shown now, and :attr:`reached` by the clock: in milliseconds since 1970."""
        points = [(starts_at_ms(position), shown) for position, shown in self.reached]
        return min(now_ms + SEGMENT_MS, points[-1][0]), points


def _evenly(points: Sequence[tuple[int, int]], at: int) -> int:
    """How many there are at ``at``, if they never pass a line between two of ``points``."""
    before = [one for one in points if one[0] <= at]
    after = [one for one in points if one[0] >= at]
    return min(_between(a, b, at) for a in before for b in after)


def _between(before: tuple[int, int], after: tuple[int, int], at: int) -> int:
    (begin, low), (end, high) = before, after
    return low if end == begin else low + (high - low) * (at - begin) // (end - begin)


@dataclass(frozen=True, slots=True)
class AdRules:
    """How many ads something bears.

    Args:
        preroll_segments: the longest pod before it.
        midroll_segments: the longest pod within it; 0 for none.
        midrolls_from_ms: how long it must be to be interrupted at all.
        spacing_ms: content between two stops, its beginning counted as one.
        tail_ms: content after the last stop.
    """

    preroll_segments: int
    midroll_segments: int = 0
    midrolls_from_ms: int = 10 * _MINUTE_MS
    spacing_ms: int = 8 * _MINUTE_MS
    tail_ms: int = 2 * _MINUTE_MS


NO_ADS = AdRules(preroll_segments=0)
RULES = {
    Kind.VIDEO: AdRules(preroll_segments=16, midroll_segments=32),
    Kind.PROGRAMME: AdRules(preroll_segments=16, midroll_segments=32),
    Kind.PODCAST: AdRules(preroll_segments=16),
    Kind.MUSIC: AdRules(preroll_segments=16),
}
"""A segment lasts 1.92 s: half a minute before, up to a minute within."""


@dataclass(frozen=True, slots=True)
class AdPlace:
    """Where ads may stand: before the content's segment ``at``, at most ``segments`` of them.

    Args:
        name: by its turn in the play, so that all who open one at once name the same stop alike, wherever
            they found that it was left.
    """

    name: str
    at: int
    segments: int


PREROLL = "pre"


def rules_of(film: Film) -> AdRules:
    """The row that holds for ``film``; what is made for children bears no ads."""
    return NO_ADS if film.for_children else RULES[film.kind]


def preroll_segments(film: Film) -> int:
    """The longest pod before it: never longer than it is itself, and none before what is very short."""
    if film.segments < PREROLL_FROM_SEGMENTS:
        return 0
    return min(rules_of(film).preroll_segments, film.segments)


def places(film: Film, first: int, *, preroll: bool) -> tuple[AdPlace, ...]:
    """Where ads may stand in a play that begins at segment ``first`` of the content.

    Args:
        film: what is played.
        first: 0, or where it was left.
        preroll: whether ads may stand before it now.
    """
    rules = rules_of(film)
    before = preroll_segments(film) if preroll else 0
    found = [AdPlace(PREROLL, first, before)] if before else []
    if rules.midroll_segments and film.duration_ms >= rules.midrolls_from_ms:
        chosen = _midrolls(film.cues, rules, first, film.segments)
        found += [AdPlace(f"mid-{n}", cue, rules.midroll_segments) for n, cue in enumerate(chosen, 1)]
    return tuple(found)


def _midrolls(cues: Sequence[int], rules: AdRules, first: int, segments: int) -> list[int]:
    """The first cue that lies far enough behind the last, again and again."""
    chosen, last = [], first
    for cue in cues:
        apart_ms, left_ms = (cue - last) * SEGMENT_MS, (segments - cue) * SEGMENT_MS
        if apart_ms >= rules.spacing_ms and left_ms >= rules.tail_ms:
            chosen.append(cue)
            last = cue
    return chosen
