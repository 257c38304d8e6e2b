"""Playlists as they were read (RFC 8216bis)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

INTERSTITIAL = "com.apple.hls.interstitial"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What was read is no playlist, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer to a request for a playlist.

    Args:
        body: as it came.
        content_type: the header, empty if there was none.
        at_s: when it came, on any clock that does not jump.
        url: where from; makes its URIs absolute.
        asked_s: when it was asked for, if that is known to be earlier.
    """

    body: bytes
    content_type: str
    at_s: float = 0.0
    url: str = ""
    asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One listed segment.

    Args:
        number: its media sequence number.
        uri: its name: absolute, without the query where that is name enough, with its byte range.
        href: what to fetch, as it was listed.
        date: only where it is written.
        era: its discontinuity sequence number.
        gap: whether it is said not to be there (EXT-X-GAP).
        cue_out_s: the length of a break that EXT-X-CUE-OUT opens before it; infinite if it does not say.
    """

    number: int
    uri: str
    href: str
    duration_s: float
    date: datetime | None
    map_uri: str
    map_href: str
    byte_range: str
    discontinuity: bool
    era: int
    cue_out_s: float | None
    cue_in: bool
    gap: bool

    def ends_at(self, date: datetime | None) -> datetime | None:
        """When it ends, if it begins at ``date``."""
        return date + timedelta(seconds=self.duration_s) if date else None


@dataclass(frozen=True, slots=True)
class DateRange:
    """One EXT-X-DATERANGE, or several of one id together.

    Args:
        start: None if no tag of the id says it, or it is no date.
        end: by END-DATE, DURATION or PLANNED-DURATION; the start where nothing is said.
        closed: whether its end is more than a plan.
        attributes: as written, quotes taken off, names in lower case with underscores.
    """

    id: str
    start: datetime | None
    end: datetime | None
    closed: bool
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """One media playlist."""

    text: str
    target_s: int | None
    sequence: int
    discontinuity_sequence: int
    kind: str
    ended: bool
    independent: bool
    pictures_only: bool
    cut_short: bool
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

    @property
    def newest(self) -> int:
        """The number of the last segment."""
        return self.sequence + len(self.segments) - 1

    def dates(self) -> tuple[datetime | None, ...]:
        """When each segment begins: as written, or counted on from the last date before it."""
        found: list[datetime | None] = []
        date: datetime | None = None
        for segment in self.segments:
            date = aware(segment.date) if segment.date else date
            found.append(date)
            date = segment.ends_at(date)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Variant:
    """One EXT-X-STREAM-INF. What is missing is 0 or empty."""

    uri: str
    href: str
    bandwidth_bps: int
    average_bps: int
    codecs: tuple[str, ...]
    resolution: str
    frame_rate: float
    captions: str
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One EXT-X-MEDIA; ``uri`` is empty where it lies in the variants themselves."""

    kind: str
    group_id: str
    name: str
    uri: str
    href: str


@dataclass(frozen=True, slots=True)
class Multivariant:
    """One multivariant playlist."""

    text: str
    independent: bool
    variants: tuple[Variant, ...]
    alternatives: tuple[Alternative, ...]


def aware(date: datetime) -> datetime:
    """``date``, in UTC where it names no zone."""
    return date if date.tzinfo else date.replace(tzinfo=UTC)
