"""Rules 16 to 21 across the renditions of one stream."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from players.guard.polls import Poll
from players.guard.reading import MediaPlaylist, Multivariant, Segment
from players.guard.rule import Breach, Findings

SAME_MS = 50.0
"""Two renditions' segments begin together if no more than this lies between: two frames of sound."""

Placed = tuple[Segment, datetime | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the segments of one media playlist really hold.

    Args:
        codecs: as CODECS names them (RFC 6381); a family alone, such as ``hvc1``, where no more is known.
        peak_bps: over any one segment.
    """

    codecs: frozenset[str]
    peak_bps: float


def check_renditions(polls: Mapping[str, Poll], where: str, *, same_numbers: bool = False) -> list[Breach]:
    """Rules 16 to 19.

    Args:
        polls: by name; pulled within a target duration of each other.
        where: named in the breaches.
        same_numbers: whether segments that begin together bear the same number, too. The RFC leaves
            that open; on Roadcast's grid the number is the clock.
    """
    findings = Findings(where)
    for (name, one), (other_name, other) in pairwise(polls.items()):
        _hold_pair(findings, f"{name} and {other_name}", one, other, same_numbers)
    return findings.found


def _hold_pair(findings: Findings, pair: str, one: Poll, other: Poll, same_numbers: bool) -> None:
    mine, its = one.playlist, other.playlist
    findings.hold(16, mine.target_s == its.target_s, f"{pair}: {mine.target_s} and {its.target_s}")
    dated = {any(segment.date for segment in playlist.segments) for playlist in (mine, its)}
    findings.hold(18, len(dated) == 1, pair)
    _hold_same_times(findings, pair, mine, its, same_numbers)
    if mine.live and its.live:
        # Between two pulls the later one's edges move on by the time that has passed.
        limit_s = max(mine.target_s or 0, its.target_s or 0) + abs(one.at_s - other.at_s)
        for edge, apart_s in _edges(mine, its):
            findings.hold(19, abs(apart_s) <= limit_s, f"{pair}: {edge} {apart_s:.3f} s apart")


def _hold_same_times(
    findings: Findings, pair: str, one: MediaPlaylist, other: MediaPlaylist, same_numbers: bool
) -> None:
    for (mine, date), (its, its_date) in _together(one, other):
        place = f"{pair} at {mine.number}"
        if date and its_date:
            off_ms = (its_date - date).total_seconds() * 1000
            findings.hold(17, abs(off_ms) <= SAME_MS, f"{place}: {off_ms:+.0f} ms apart")
        apart_ms = abs(mine.duration_s - its.duration_s) * 1000
        findings.hold(17, apart_ms <= SAME_MS, f"{place}: {mine.duration_s} s and {its.duration_s} s")
        findings.hold(17, mine.era == its.era, f"{place}: discontinuity numbers {mine.era}, {its.era}")
        numbered = not same_numbers or mine.number == its.number
        findings.hold(17, numbered, f"{place}: {its.number} in the other")


def _together(one: MediaPlaylist, other: MediaPlaylist) -> Iterator[tuple[Placed, Placed]]:
    """Segments that cover the same time, by date where both have dates, else by number."""
    mine = list(zip(one.segments, one.dates(), strict=True))
    its = list(zip(other.segments, other.dates(), strict=True))
    if not any(date for _, date in mine) or not any(date for _, date in its):
        numbered = {segment.number: (segment, None) for segment, _ in its}
        for segment, _ in mine:
            if segment.number in numbered:
                yield (segment, None), numbered[segment.number]
        return
    rest = iter([(segment, date) for segment, date in its if date])
    candidate = next(rest, None)
    for segment, date in mine:
        if date is None:
            continue
        half_s = segment.duration_s / 2
        while candidate and candidate[1] and (candidate[1] - date).total_seconds() < -half_s:
            candidate = next(rest, None)
        if candidate and candidate[1] and (candidate[1] - date).total_seconds() < half_s:
            yield (segment, date), candidate


def _edges(one: MediaPlaylist, other: MediaPlaylist) -> Iterator[tuple[str, float]]:
    if not one.segments or not other.segments:
        return
    mine, its = one.dates(), other.dates()
    if mine[0] and its[0]:
        yield "heads", (mine[0] - its[0]).total_seconds()
    tail, its_tail = one.segments[-1].ends_at(mine[-1]), other.segments[-1].ends_at(its[-1])
    if tail and its_tail:
        yield "tails", (tail - its_tail).total_seconds()


def check_promises(multivariant: Multivariant, measured: Mapping[str, Measured], where: str) -> list[Breach]:
    """Rules 20 and 21, where the segments of media playlists (by URI) were measured."""
    findings = Findings(where)
    groups: dict[tuple[str, str], list[Measured]] = {}
    for media in multivariant.alternatives:
        if media.uri in measured:
            groups.setdefault((media.kind.lower(), media.group_id), []).append(measured[media.uri])
    for variant in multivariant.variants:
        own = measured.get(variant.uri)
        joined = [groups.get(group, []) for group in variant.groups.items()]
        parts = [*([own] if own else []), *(one for group in joined for one in group)]
        needed = {codec for part in parts for codec in part.codecs}
        missing = sorted(codec for codec in needed if not _told(codec, variant.codecs))
        findings.hold(20, not missing, f"{variant.uri} says {variant.codecs}, and plays {missing}")
        peak_bps = (own.peak_bps if own else 0) + sum(
            max((one.peak_bps for one in group), default=0) for group in joined
        )
        promised = f"{variant.uri} promises {variant.bandwidth_bps}, measured {peak_bps:.0f}"
        findings.hold(21, peak_bps <= variant.bandwidth_bps, promised)
    return findings.found


def _told(codec: str, said: tuple[str, ...]) -> bool:
    """Whether a measured codec is among those that are said (RFC 6381; hexadecimal in either case).

    A family is told by any member; an AVC level by its own or a higher one of the same profile.
    """
    listed = [one.lower() for one in said]
    if "." not in codec:
        return codec.lower() in {one.partition(".")[0] for one in listed}
    family, _, rest = codec.lower().partition(".")
    if family == "avc1":
        profiles = [one.partition(".")[2] for one in listed if one.startswith(("avc1.", "avc3."))]
        return any(one[:2] == rest[:2] and one[4:] >= rest[4:] for one in profiles)
    return codec.lower() in listed
