"""Rules 2, 5 and 9 to 15 across the polls of one media playlist, in bounded memory."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from players.guard.one_playlist import DATE_SLACK_MS
from players.guard.reading import DateRange, MediaPlaylist, Segment
from players.guard.rule import Breach, Findings

IDS_LIMIT = 1_000
OWED_LIMIT = 500
_FIXED = ("start_date", "class", "end_date", "duration", "scte35_out")
"""Attributes of a DATERANGE that never change once they are said."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One pull of a media playlist.

    Args:
        at_s: when it came.
        playlist: what came.
        asked_s: when it was asked for, if that is known to be earlier.
    """

    at_s: float
    playlist: MediaPlaylist
    asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A removed segment, and until when it must be fetchable."""

    segment: Segment
    until_s: float


@dataclass(slots=True)
class Polls:
    """One media playlist, poll after poll, oldest first.

    Args:
        where: named in the breaches.
    """

    where: str
    last: Poll | None = None
    _news_s: float = 0.0
    _longest_s: float = 0.0
    _ids: dict[str, DateRange] = field(default_factory=dict)
    _gone: dict[str, None] = field(default_factory=dict)
    _owed: dict[str, Owed] = field(default_factory=dict)

    def take(self, poll: Poll) -> list[Breach]:
        """What the newest poll breaks, seen against those before it."""
        findings = Findings(self.where)
        self._longest_s = max(self._longest_s, poll.playlist.duration_s)
        self._hold_dateranges(findings, poll.playlist)
        if self.last is None:
            self._news_s = poll.at_s
        else:
            before, after = self.last.playlist, poll.playlist
            seen = f"{before.target_s} became {after.target_s}"
            findings.hold(9, before.target_s == after.target_s, seen)
            _hold_numbers(findings, before, after)
            _hold_same_dates(findings, before, after)
            _hold_same_map(findings, before, after)
            self._hold_news(findings, before.newest, poll)
            self._owe(before, after, self.last.at_s)
        self.last = poll
        return findings.found

    def owed(self, at_s: float) -> tuple[Owed, ...]:
        """Rule 14: segments that are listed no more, and must be fetchable at ``at_s`` all the same.

        Nobody sees the moment of a removal: a segment's time is counted from the last poll that listed it.
        """
        return tuple(one for one in self._owed.values() if at_s <= one.until_s)

    def _hold_news(self, findings: Findings, newest: int, poll: Poll) -> None:
        target_s = poll.playlist.target_s
        if poll.playlist.newest > newest or poll.playlist.ended:
            self._news_s = poll.at_s
            return
        silent_s = (poll.at_s if poll.asked_s is None else poll.asked_s) - self._news_s
        held = target_s is None or silent_s <= 1.5 * target_s
        findings.hold(12, held, f"{silent_s:.2f} s without one after {newest}")

    def _owe(self, before: MediaPlaylist, after: MediaPlaylist, listed_s: float) -> None:
        listed = set(after.uris)
        for uri in listed & self._owed.keys():
            del self._owed[uri]
        for segment in before.segments:
            if segment.uri not in listed and segment.number < after.sequence:
                until_s = listed_s + segment.duration_s + self._longest_s
                self._owed[segment.uri] = Owed(segment, until_s)
        for uri in [uri for uri, one in self._owed.items() if one.until_s < listed_s]:
            del self._owed[uri]
        _forget(self._owed, OWED_LIMIT)

    def _hold_dateranges(self, findings: Findings, playlist: MediaPlaylist) -> None:
        now = {tag.id: tag for tag in playlist.dateranges}
        first = next((date for date in playlist.dates() if date), None)
        for tag in now.values():
            known = self._ids.get(tag.id)
            same = tag.id not in self._gone and (known is None or _agree(known, tag))
            findings.hold(15, same, f"“{tag.id}” is used again")
        for tag in self._ids.values():
            findings.hold(15, tag.id in now or not _listed(tag, first), f"“{tag.id}” went too early")
            if tag.id not in now:
                self._gone[tag.id] = None
        self._ids = now
        _forget(self._gone, IDS_LIMIT)


def _forget(kept: dict[str, Any], limit: int) -> None:
    while len(kept) > limit:
        del kept[next(iter(kept))]


def _agree(known: DateRange, tag: DateRange) -> bool:
    both = known.attributes.keys() & tag.attributes.keys() & set(_FIXED)
    return all(known.attributes[name] == tag.attributes[name] for name in both)


def _listed(tag: DateRange, first: datetime | None) -> bool:
    return first is not None and tag.end is not None and tag.end > first


def _hold_same_map(findings: Findings, before: MediaPlaylist, after: MediaPlaylist) -> None:
    """Rule 2 where a segment that was listed already is told another map."""
    maps = {one.number: one.map_uri for one in before.segments}
    for one in after.segments:
        told = maps.get(one.number, one.map_uri)
        if told != one.map_uri and not one.discontinuity:
            findings.hold(2, False, f"{told} becomes {one.map_uri} at {one.number}")
            return


def _hold_numbers(findings: Findings, before: MediaPlaylist, after: MediaPlaylist) -> None:
    """Rules 10, 11 and 13: one fault is told once, by the rule that names it best."""
    risen = after.sequence - before.sequence
    kept = before.uris[risen:] if risen >= 0 else None
    if kept is not None and kept == after.uris[: len(kept)]:
        _hold_no_survivors(findings, before, after, risen)
        return
    removed = _slid(before, after)
    if removed is not None or risen < 0:
        removal = "" if removed is None else f", {removed} removed"
        findings.hold(10, False, f"{before.sequence} became {after.sequence}{removal}")
        return
    moved = _moved(before, after)
    for uri, (was, became) in moved.items():
        findings.hold(11, False, f"{uri}: {was} became {became}")
    numbered = {segment.number: segment.uri for segment in after.segments}
    changed = [
        segment.number
        for segment in before.segments[risen:]
        if numbered.get(segment.number) != segment.uri and segment.uri not in moved
    ]
    findings.hold(13, not changed or moved, f"changed or gone: {changed[:20]}")


def _hold_no_survivors(findings: Findings, before: MediaPlaylist, after: MediaPlaylist, risen: int) -> None:
    """Where the client was away longer than the window, nothing of it may come back under a new number."""
    if risen >= len(before.segments):
        for uri, (was, became) in _moved(before, after).items():
            findings.hold(11, False, f"{uri}: {was} became {became}")


def _slid(before: MediaPlaylist, after: MediaPlaylist) -> int | None:
    """How many segments went at the head, where that and appending is all that was done to the list."""
    for removed in range(len(before.uris)):
        kept = before.uris[removed:]
        if kept == after.uris[: len(kept)]:
            return removed
    return None


def _moved(before: MediaPlaylist, after: MediaPlaylist) -> dict[str, tuple[int, int]]:
    """Segments that are listed once before and after, under different numbers."""
    once = {uri for uri, count in Counter(after.uris).items() if count == 1}
    once &= {uri for uri, count in Counter(before.uris).items() if count == 1}
    numbers = {segment.uri: segment.number for segment in after.segments if segment.uri in once}
    return {
        segment.uri: (segment.number, numbers[segment.uri])
        for segment in before.segments
        if segment.uri in once and numbers[segment.uri] != segment.number
    }


def _hold_same_dates(findings: Findings, before: MediaPlaylist, after: MediaPlaylist) -> None:
    dated = {
        segment.number: (segment.uri, date)
        for segment, date in zip(before.segments, before.dates(), strict=True)
    }
    for segment, date in zip(after.segments, after.dates(), strict=True):
        uri, was = dated.get(segment.number, ("", None))
        if uri == segment.uri and was and date:
            off_ms = (date - was).total_seconds() * 1000
            findings.hold(5, abs(off_ms) <= DATE_SLACK_MS, f"{segment.number} moved by {off_ms:+.0f} ms")
