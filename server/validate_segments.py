"""Fetching and measuring a sample of a stream's segments: codecs, rates, and clocks against each other."""

import asyncio
import re
from dataclasses import dataclass, field

from players.guard.reading import MediaPlaylist, Segment
from players.guard.rule import Breach
from server.hls_client import Answer, HlsClient, Silent
from server.measure import Content, apart_s, measure
from server.validate_report import Report

SEGMENT_LIMIT_BYTES = 64 * 1024 * 1024
INIT_LIMIT_BYTES = 1024 * 1024
INITS_LIMIT = 32
MEASURED_LIMIT = 5_000
SAMPLED = 4
"""Of so many segments in a row, the first two are measured."""
ON_DEMAND_PAIRS = 5
SAME_S = 0.1
"""Clocks of two renditions may differ so much: what reordered pictures shift, and no more."""
_BYTE_RANGE = re.compile(r"(\d{1,12})@(\d{1,12})")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A measured segment, and the second at which it is listed."""

    name: str
    number: int
    at_s: float
    content: Content


@dataclass(slots=True)
class Rendition:
    """One media playlist of the stream, and what was measured of it; ``media`` False for subtitles."""

    name: str
    href: str
    uri: str
    media: bool = True
    codecs: frozenset[str] = frozenset()
    peak_bps: float = 0.0
    measured: set[int] = field(default_factory=set)
    asked: dict[str, float] = field(default_factory=dict)
    inits: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Segments:
    """Measures segments.

    Args:
        client: fetches them.
        until_s: when to stop, on the event loop's clock.
        report: what is found.
    """

    client: HlsClient
    until_s: float
    report: Report
    _first: dict[object, _Placed] = field(default_factory=dict)

    async def take(self, rendition: Rendition, playlist: MediaPlaylist) -> None:
        """Measure those of a newly read playlist that belong to the sample."""
        if not rendition.media or "#EXT-X-KEY" in playlist.text:
            return
        dates = playlist.dates()
        for index in sample(playlist):
            segment, date = playlist.segments[index], dates[index]
            if (
                segment.gap
                or segment.number in rendition.measured
                or asyncio.get_running_loop().time() > self.until_s
            ):
                continue
            rendition.measured.add(segment.number)
            content = await self._measure(rendition, playlist, segment)
            if content is not None and content.start_s is not None:
                at_s = date.timestamp() if date else float("nan")
                self._hold_times(_Placed(rendition.name, segment.number, at_s, content), segment)
        while len(rendition.measured) > MEASURED_LIMIT:
            rendition.measured.remove(min(rendition.measured))

    async def _measure(
        self, rendition: Rendition, playlist: MediaPlaylist, segment: Segment
    ) -> Content | None:
        init = await self._init(rendition, segment)
        span = span_of(segment.byte_range)
        if init is None or span is None:
            return None
        answer = await self.client.get(segment.href, SEGMENT_LIMIT_BYTES, span)
        if isinstance(answer, Silent) or not answer.good:
            self.report.fail(f"segment of {rendition.name}: {why(answer)}")
            return None
        found = await asyncio.to_thread(measure, init, answer.body)
        if not isinstance(found, Content):
            self.report.fail(f"segment of {rendition.name}: {found.reason}")
            return None
        self.report.segments += 1
        rendition.codecs |= found.codecs
        # RFC 8216bis 4.4.6.2: over any stretch of half a target duration or more.
        if segment.duration_s >= (playlist.target_s or 0) / 2:
            rate_bps = len(answer.body) * 8 / max(segment.duration_s, 0.001)
            rendition.peak_bps = max(rendition.peak_bps, rate_bps)
        return found

    async def _init(self, rendition: Rendition, segment: Segment) -> bytes | None:
        if not segment.map_href:
            return b""
        if segment.map_uri not in rendition.inits:
            span = span_of(segment.map_uri.rpartition("#")[2] if "#" in segment.map_uri else "")
            if span is None:
                return None
            answer = await self.client.get(segment.map_href, INIT_LIMIT_BYTES, span)
            if isinstance(answer, Silent) or not answer.good:
                self.report.fail(f"init of {rendition.name}: {why(answer)}")
                return None
            if len(rendition.inits) >= INITS_LIMIT:
                rendition.inits.clear()
            rendition.inits[segment.map_uri] = answer.body
        return rendition.inits[segment.map_uri]

    def _hold_times(self, placed: _Placed, segment: Segment) -> None:
        """Each segment's clock against the first one's that was measured, of the rendition and of all."""
        dated = placed.at_s == placed.at_s
        key: object = segment.era if dated else ("number", segment.number)
        if not dated:
            placed = _Placed(placed.name, placed.number, 0.0, placed.content)
        for rule, known in ((2, (placed.name, key)), (17, key)):
            first = self._first.setdefault(known, placed)
            off_s = apart_s(first.content, first.at_s, placed.content, placed.at_s)
            if abs(off_s) > SAME_S:
                seen = f"{placed.number} is {off_s * 1000:+.0f} ms off {first.number} of {first.name}"
                self.report.add([Breach(rule, placed.name, seen)])
                return
        while len(self._first) > MEASURED_LIMIT:
            del self._first[next(iter(self._first))]


def sample(playlist: MediaPlaylist) -> list[int]:
    """Indices of the segments to measure, in pairs; by number, so that all renditions' are the same."""
    count = len(playlist.segments)
    if playlist.ended:
        step = max(2, count // ON_DEMAND_PAIRS)
        return sorted(
            {index for first in range(0, count, step) for index in (first, first + 1) if index < count}
        )
    listed = [index for index in range(count) if playlist.segments[index].number % SAMPLED < 2]
    return listed[-2:]


def span_of(byte_range: str) -> str | None:
    """As an HTTP header; empty for the whole, None where it goes on from another that is not known."""
    if not byte_range:
        return ""
    match = _BYTE_RANGE.fullmatch(byte_range)
    return f"bytes={match[2]}-{int(match[2]) + int(match[1]) - 1}" if match else None


def why(answer: Answer | Silent) -> str:
    """What is wrong with an answer, in few words."""
    return answer.reason if isinstance(answer, Silent) else f"status {answer.status}"
