"""What served playlists must satisfy: RFC 8216bis and Apple's HLS authoring rules, as pure checks.

Rules are numbered 1 to 21 as in ``RULES``. ``check_media`` judges one media playlist,
``check_polls`` what changed between polls of one playlist, ``check_renditions`` a multivariant
playlist with its media playlists. Each answers with the breaches that it found, none if all is well.
URIs are compared without their query: a lease there changes at each pull, the segment does not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

import m3u8

MEDIA_TYPE = "application/vnd.apple.mpegurl"
RULES = {
    1: "EXTINF rounded is at most TARGETDURATION",
    2: "a new EXT-X-MAP needs EXT-X-DISCONTINUITY",
    3: "a live playlist carries no PLAYLIST-TYPE",
    4: "at least three target durations remain listed",
    5: "PROGRAM-DATE-TIME in every live playlist, unambiguous",
    6: "INDEPENDENT-SEGMENTS is said",
    7: "EXTM3U first, UTF-8 without a BOM, version floors, no tag that was removed",
    8: "the content type is " + MEDIA_TYPE,
    9: "TARGETDURATION never changes",
    10: "MEDIA-SEQUENCE rises by exactly the number removed",
    11: "a surviving URI keeps its number",
    12: "a new segment within 1.5 target durations",
    13: "only appends and removals at the head",
    14: "a removed segment stays fetchable for its duration and the longest playlist's",
    15: "a DATERANGE stays while its dates are listed; ids are never used again",
    16: "the same TARGETDURATION in all renditions",
    17: "the same dates and discontinuities at the same numbers in all renditions",
    18: "dates in all renditions or in none",
    19: "heads and tails within one target duration of each other",
    20: "CODECS covers everything that plays",
    21: "BANDWIDTH covers the measured peak; AVERAGE-BANDWIDTH, RESOLUTION, FRAME-RATE, CLOSED-CAPTIONS",
}
_VERSION_FLOORS = {"#EXT-X-MAP": 6, "#EXT-X-DEFINE": 8}
_REMOVED = re.compile(r"#EXT-X-ALLOW-CACHE|[:,]PROGRAM-ID=")
_DATE_SLACK_MS = 1.0


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that does not hold: its number, where, and what was seen."""

    rule: int
    where: str
    seen: str

    def __str__(self) -> str:
        return f"rule {self.rule} ({RULES[self.rule]}), {self.where}: {self.seen}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One listed segment; ``uri`` and ``map_uri`` without query, ``date`` only where it is written."""

    number: int
    uri: str
    duration_s: float
    date: datetime | None
    map_uri: str
    discontinuity: bool


@dataclass(frozen=True, slots=True)
class DateRange:
    """One EXT-X-DATERANGE: what it is, and until when at the latest."""

    id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """One media playlist as it was served."""

    text: str
    target_s: int
    sequence: int
    discontinuity_sequence: int
    kind: str
    ended: bool
    independent: bool
    segments: tuple[Segment, ...]
    dateranges: tuple[DateRange, ...]

    @property
    def live(self) -> bool:
        """Whether more is to come."""
        return not self.ended

    @property
    def duration_s(self) -> float:
        """All that is listed."""
        return sum(segment.duration_s for segment in self.segments)

    @property
    def uris(self) -> tuple[str, ...]:
        """Of the segments, in order."""
        return tuple(segment.uri for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Poll:
    """One pull of a live playlist: the monotonic second at which it came, and what came."""

    at_s: float
    playlist: MediaPlaylist


@dataclass(frozen=True, slots=True)
class Measured:
    """What the segments of one media playlist really hold; peak is over any one segment."""

    codecs: str
    peak_bps: float


@dataclass(frozen=True, slots=True)
class _Rules:
    """Collects breaches of one place."""

    where: str
    found: list[Breach] = field(default_factory=list)

    def hold(self, rule: int, held: object, seen: str) -> None:
        if not held:
            self.found.append(Breach(rule, self.where, seen))


def bare(uri: str) -> str:
    """``uri`` without query and fragment."""
    return urlsplit(uri)._replace(query="", fragment="").geturl()


def read_media(body: bytes, url: str = "") -> MediaPlaylist:
    """A media playlist's body as a noun; ``url`` makes its URIs absolute."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    parsed = m3u8.loads(text, uri=url)
    return MediaPlaylist(
        text=text,
        target_s=int(parsed.target_duration or 0),
        sequence=int(parsed.media_sequence or 0),
        discontinuity_sequence=int(parsed.discontinuity_sequence or 0),
        kind=str(parsed.playlist_type or ""),
        ended=bool(parsed.is_endlist),
        independent=bool(parsed.is_independent_segments),
        segments=tuple(_segments(parsed, url)),
        dateranges=tuple(_dateranges(parsed)),
    )


def check_media(body: bytes, content_type: str, where: str) -> list[Breach]:
    """Rules 1 to 8 over one media playlist."""
    playlist = read_media(body)
    rules = _Rules(where)
    for segment in playlist.segments:
        rules.hold(
            1, int(segment.duration_s + 0.5) <= playlist.target_s, f"{segment.duration_s} s of {segment.uri}"
        )
    for before, after in pairwise(playlist.segments):
        same = before.map_uri == after.map_uri or after.discontinuity
        rules.hold(2, same, f"{before.map_uri} becomes {after.map_uri} at {after.number}")
    if playlist.live:
        rules.hold(3, not playlist.kind, f"PLAYLIST-TYPE:{playlist.kind}")
        rules.hold(4, playlist.duration_s >= 3 * playlist.target_s, f"{playlist.duration_s} s listed")
        _hold_dates(rules, playlist)
    rules.hold(6, playlist.independent, "EXT-X-INDEPENDENT-SEGMENTS is missing")
    _hold_form(rules, body, content_type)
    return rules.found


def check_polls(polls: Sequence[Poll], where: str) -> list[Breach]:
    """Rules 9 to 13 and 15 over the polls of one live playlist, oldest first."""
    rules = _Rules(where)
    for before, after in pairwise(poll.playlist for poll in polls):
        rules.hold(9, before.target_s == after.target_s, f"{before.target_s} became {after.target_s}")
        _hold_numbers(rules, before, after)
    _hold_progress(rules, polls)
    _hold_dateranges(rules, [poll.playlist for poll in polls])
    return rules.found


def owed(polls: Sequence[Poll], at_s: float) -> set[str]:
    """Rule 14: URIs that are no longer listed at ``at_s`` and must be fetchable all the same.

    A segment's time runs from the first poll that did not list it any more.
    """
    longest_s = max(poll.playlist.duration_s for poll in polls)
    until: dict[str, float] = {}
    for before, after in pairwise(polls):
        listed = set(after.playlist.uris)
        for segment in before.playlist.segments:
            if segment.uri not in listed:
                until[segment.uri] = after.at_s + segment.duration_s + longest_s
    return {uri for uri, end_s in until.items() if at_s <= end_s} - set(polls[-1].playlist.uris)


def check_owed(polls: Sequence[Poll], at_s: float, status: Mapping[str, int], where: str) -> list[Breach]:
    """Rule 14, with the HTTP status that each URI of ``owed`` answered at ``at_s``."""
    rules = _Rules(where)
    for uri in sorted(owed(polls, at_s)):
        rules.hold(14, status.get(uri) in (200, 206), f"{uri} answered {status.get(uri)}")
    return rules.found


def check_multivariant(body: bytes, content_type: str, where: str) -> list[Breach]:
    """Rules 6, 7, 8 and what rules 20 and 21 ask of a multivariant playlist by itself."""
    parsed = m3u8.loads(body.decode("utf-8", "replace").removeprefix("\ufeff"))
    rules = _Rules(where)
    _hold_form(rules, body, content_type)
    rules.hold(6, parsed.is_independent_segments, "EXT-X-INDEPENDENT-SEGMENTS is missing")
    captions = {media.group_id for media in parsed.media if media.type == "CLOSED-CAPTIONS"}
    for variant in parsed.playlists:
        info = variant.stream_info
        rules.hold(20, info.codecs, f"{variant.uri} has no CODECS")
        average, peak = info.average_bandwidth or 0, info.bandwidth or 0
        rules.hold(21, 0 < average <= peak, f"{variant.uri}: average {average}, peak {peak}")
        if any(_family(codec) in _VIDEO_FAMILIES for codec in (info.codecs or "").split(",")):
            rules.hold(
                21, info.resolution and info.frame_rate, f"{variant.uri} has no RESOLUTION or FRAME-RATE"
            )
            said = (info.closed_captions or "").strip('"')
            rules.hold(21, said == "NONE" or said in captions, f"{variant.uri}: CLOSED-CAPTIONS={said}")
    return rules.found


def check_renditions(
    multivariant: bytes,
    url: str,
    playlists: Mapping[str, MediaPlaylist],
    measured: Mapping[str, Measured],
    where: str,
) -> list[Breach]:
    """Rules 16 to 21 over a multivariant playlist and its media playlists, pulled at one moment.

    Args:
        url: of the multivariant playlist; ``playlists`` and ``measured`` are keyed by absolute bare URI.
        measured: what the segments hold; rules 20 and 21 look at those that are there.
    """
    rules = _Rules(where)
    longest_target_s = max(playlist.target_s for playlist in playlists.values())
    for (name, one), (other_name, other) in pairwise(playlists.items()):
        pair = f"{name} and {other_name}"
        rules.hold(16, one.target_s == other.target_s, f"{pair}: {one.target_s} and {other.target_s}")
        dated = {any(segment.date for segment in playlist.segments) for playlist in (one, other)}
        rules.hold(18, len(dated) == 1, pair)
        _hold_same_times(rules, pair, one, other)
        for edge, seen in _edges(one, other):
            rules.hold(19, abs(seen) <= longest_target_s, f"{pair}: {edge} {seen:.3f} s apart")
    _hold_promises(rules, multivariant, url, measured)
    return rules.found


_VIDEO_FAMILIES = {"avc1", "avc3", "hvc1", "hev1", "av01", "vp09", "dvh1"}


def _family(codec: str) -> str:
    return codec.strip().partition(".")[0]


def _segments(parsed: m3u8.M3U8, url: str) -> Iterator[Segment]:
    for offset, segment in enumerate(parsed.segments):
        section = segment.init_section
        yield Segment(
            number=int(parsed.media_sequence or 0) + offset,
            uri=bare(urljoin(url, segment.uri)),
            duration_s=float(segment.duration),
            date=segment.program_date_time,
            map_uri=bare(urljoin(url, section.uri)) if section else "",
            discontinuity=bool(segment.discontinuity),
        )


def _dateranges(parsed: m3u8.M3U8) -> Iterator[DateRange]:
    for segment in parsed.segments:
        for tag in segment.dateranges:
            start = datetime.fromisoformat(tag.start_date)
            end = datetime.fromisoformat(tag.end_date) if tag.end_date else start
            yield DateRange(tag.id, start, end)


def _hold_dates(rules: _Rules, playlist: MediaPlaylist) -> None:
    dated = [segment for segment in playlist.segments if segment.date]
    rules.hold(5, dated, "no date")
    for segment in dated:
        rules.hold(5, segment.date and segment.date.tzinfo, f"{segment.date} of {segment.number} has no zone")
    for before, after in pairwise(playlist.segments):
        if before.date and after.date and not after.discontinuity:
            step_ms = (after.date - before.date).total_seconds() * 1000
            exact = abs(step_ms - before.duration_s * 1000) <= _DATE_SLACK_MS
            rules.hold(5, exact, f"{step_ms} ms from {before.number} to {after.number}")


def _hold_form(rules: _Rules, body: bytes, content_type: str) -> None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        rules.hold(7, False, f"not UTF-8: {error.reason} at {error.start}")
        text = body.decode("utf-8", "replace")
    lines = text.splitlines()
    rules.hold(7, lines and lines[0] == "#EXTM3U", f"the first line is {lines[:1]}")
    version = next((int(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-VERSION:")), 1)
    for line in lines:
        floor = _VERSION_FLOORS.get(line.partition(":")[0], 1)
        rules.hold(7, version >= floor, f"version {version} with {line}")
        rules.hold(7, not (line.startswith("#EXT-X-") and _REMOVED.search(line)), line)
    rules.hold(8, content_type.partition(";")[0].strip() == MEDIA_TYPE, content_type)


def _hold_numbers(rules: _Rules, before: MediaPlaylist, after: MediaPlaylist) -> None:
    numbers = {segment.uri: segment.number for segment in after.segments}
    surviving = [segment for segment in before.segments if segment.uri in numbers]
    for segment in surviving:
        number = numbers[segment.uri]
        rules.hold(11, number == segment.number, f"{segment.uri}: {segment.number} became {number}")
    gone = next((i for i, uri in enumerate(before.uris) if uri in numbers), len(before.segments))
    risen = after.sequence - before.sequence
    right = risen == gone if surviving else risen >= gone
    rules.hold(10, right, f"rose by {risen} from {before.sequence}, {gone} removed")
    kept = after.uris[: len(before.segments) - gone]
    rules.hold(
        13, before.uris[gone:] == kept, f"changed within {after.sequence} to {after.sequence + len(kept)}"
    )


def _hold_progress(rules: _Rules, polls: Sequence[Poll]) -> None:
    news_s, newest = (polls[0].at_s, _newest(polls[0])) if polls else (0.0, 0)
    for poll in polls:
        limit_s = 1.5 * poll.playlist.target_s
        if _newest(poll) > newest or poll.playlist.ended:
            news_s, newest = poll.at_s, max(newest, _newest(poll))
        rules.hold(
            12, poll.at_s - news_s <= limit_s, f"{poll.at_s - news_s:.2f} s without one after {newest}"
        )


def _newest(poll: Poll) -> int:
    return poll.playlist.sequence + len(poll.playlist.segments) - 1


def _hold_dateranges(rules: _Rules, playlists: Iterable[MediaPlaylist]) -> None:
    starts: dict[str, datetime] = {}
    before: dict[str, DateRange] = {}
    for playlist in playlists:
        now = {tag.id: tag for tag in playlist.dateranges}
        first = next((segment.date for segment in playlist.segments if segment.date), None)
        for tag in now.values():
            again = tag.id in starts and (starts[tag.id] != tag.start or tag.id not in before)
            rules.hold(15, not again, f"{tag.id} is used again")
            starts[tag.id] = tag.start
        for tag in before.values():
            listed = first is not None and tag.end >= first
            rules.hold(15, tag.id in now or not listed, f"{tag.id} went while its dates are listed")
        before = now


def _hold_same_times(rules: _Rules, pair: str, one: MediaPlaylist, other: MediaPlaylist) -> None:
    theirs = {segment.number: segment for segment in other.segments}
    common = [(segment, theirs[segment.number]) for segment in one.segments if segment.number in theirs]
    rules.hold(17, common, f"{pair} have no number in common")
    for mine, its in common:
        same = mine.date == its.date and mine.duration_s == its.duration_s
        rules.hold(17, same, f"{pair} at {mine.number}: {mine.date} and {its.date}")
        rules.hold(17, mine.discontinuity == its.discontinuity, f"{pair} at {mine.number}: discontinuity")
    if one.sequence == other.sequence:
        rules.hold(
            17, one.discontinuity_sequence == other.discontinuity_sequence, f"{pair}: discontinuity sequence"
        )


def _edges(one: MediaPlaylist, other: MediaPlaylist) -> Iterator[tuple[str, float]]:
    for edge, index in (("heads", 0), ("tails", -1)):
        if one.segments and other.segments:
            mine, its = one.segments[index].date, other.segments[index].date
            if mine and its:
                yield edge, (mine - its).total_seconds()


def _hold_promises(rules: _Rules, multivariant: bytes, url: str, measured: Mapping[str, Measured]) -> None:
    parsed = m3u8.loads(multivariant.decode())
    groups: dict[str, list[Measured]] = {}
    for media in parsed.media:
        key = bare(urljoin(url, media.uri)) if media.uri else ""
        if key in measured:
            groups.setdefault(media.group_id, []).append(measured[key])
    for variant in parsed.playlists:
        own = measured.get(bare(urljoin(url, variant.uri)))
        sounds = groups.get(variant.stream_info.audio or "", [])
        parts = [part for part in (own, *sounds) if part]
        said = {codec.strip() for codec in (variant.stream_info.codecs or "").split(",")}
        needed = {part.codecs for part in parts}
        rules.hold(20, needed <= said, f"{variant.uri} says {said}, plays {needed}")
        peak_bps = (own.peak_bps if own else 0) + max((sound.peak_bps for sound in sounds), default=0)
        promised = variant.stream_info.bandwidth or 0
        rules.hold(21, peak_bps <= promised, f"{variant.uri} promises {promised}, measured {peak_bps:.0f}")
