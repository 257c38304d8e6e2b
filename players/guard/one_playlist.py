"""Rules 1 to 8, 20 to 23, as far as one playlist alone shows them."""

from itertools import pairwise

from players.guard.playlist_form import check_form
from players.guard.reading import (
    INTERSTITIAL,
    DateRange,
    MediaPlaylist,
    Multivariant,
    Reading,
    Unreadable,
)
from players.guard.rule import Breach, Findings

DATE_SLACK_MS = 20.0
"""How far a written date may lie from what the segments before it add up to."""
_PICTURES = {"avc1", "avc3", "hvc1", "hev1", "av01", "vp09", "dvh1", "dvhe"}


def check_one(
    reading: Reading,
    playlist: MediaPlaylist | Multivariant | Unreadable,
    where: str,
    *,
    independent: bool = False,
) -> list[Breach]:
    """What a playlist breaks by itself; what cannot be read at all breaks rule 7.

    Args:
        reading: as it came.
        playlist: what was read in it.
        where: named in the breaches.
        independent: whether its multivariant playlist says so for all.
    """
    findings = Findings(where)
    check_form(reading, findings)
    if isinstance(playlist, Unreadable):
        findings.hold(7, False, playlist.reason)
    elif isinstance(playlist, Multivariant):
        _hold_multivariant(playlist, findings)
    else:
        findings.hold(6, independent or playlist.independent, "EXT-X-INDEPENDENT-SEGMENTS is missing")
        _hold_media(playlist, findings)
    return findings.found


def _hold_media(playlist: MediaPlaylist, findings: Findings) -> None:
    target_s = playlist.target_s
    findings.hold(1, target_s is not None, "EXT-X-TARGETDURATION is missing")
    for segment in playlist.segments:
        rounded = int(segment.duration_s + 0.5)
        findings.hold(1, target_s is None or rounded <= target_s, f"{segment.duration_s} s of {segment.uri}")
    for before, after in pairwise(playlist.segments):
        same = before.map_uri == after.map_uri or after.discontinuity
        findings.hold(2, same, f"{before.map_uri} becomes {after.map_uri} at {after.number}")
    findings.hold(13, not playlist.cut_short, "it ends with an EXTINF without a URI")
    if playlist.live:
        # What only grows from its first segment on may say so: a film started over while it is on air.
        grows = playlist.kind == "EVENT" and playlist.sequence == 0
        findings.hold(3, not playlist.kind or grows, f"PLAYLIST-TYPE:{playlist.kind}")
        listed = f"{playlist.duration_s:g} s listed"
        findings.hold(4, playlist.duration_s >= 3 * (target_s or 0) and playlist.segments, listed)
        findings.hold(5, any(segment.date for segment in playlist.segments), "no date")
    _hold_dates(playlist, findings)
    for tag in playlist.dateranges:
        _hold_daterange(tag, playlist, findings)
    _hold_cues(playlist, findings)


def _hold_dates(playlist: MediaPlaylist, findings: Findings) -> None:
    for segment in playlist.segments:
        zoned = segment.date is None or segment.date.tzinfo is not None
        findings.hold(5, zoned, f"{segment.date} of {segment.number} has no zone")
    expected = None
    for segment, date in zip(playlist.segments, playlist.dates(), strict=True):
        if segment.date and date and expected and not segment.discontinuity:
            off_ms = (date - expected).total_seconds() * 1000
            findings.hold(5, abs(off_ms) <= DATE_SLACK_MS, f"{off_ms:+.0f} ms at {segment.number}")
        expected = segment.ends_at(date)


def _hold_daterange(tag: DateRange, playlist: MediaPlaylist, findings: Findings) -> None:
    findings.hold(15, tag.id and tag.start, f"DATERANGE “{tag.id}” without ID or START-DATE")
    dated = any(segment.date for segment in playlist.segments)
    findings.hold(15, dated or not playlist.segments, f"DATERANGE “{tag.id}”, and no PROGRAM-DATE-TIME")
    if tag.attributes.get("class") == INTERSTITIAL:
        assets = [name for name in ("x_asset_uri", "x_asset_list") if name in tag.attributes]
        findings.hold(22, len(assets) == 1, f"“{tag.id}” has {len(assets)} of them")
    has = tag.attributes.keys()
    findings.hold(23, "scte35_in" not in has or "scte35_out" in has, f"“{tag.id}” has an IN and no OUT")
    if "scte35_out" in has and "scte35_in" not in has and not tag.closed:
        findings.hold(23, not _is_over(tag, playlist), f"“{tag.id}” is over, and has no IN")


def _is_over(tag: DateRange, playlist: MediaPlaylist) -> bool:
    """Whether its planned end lies more than a target duration before what is listed ends."""
    dates = playlist.dates()
    last = playlist.segments[-1].ends_at(dates[-1]) if dates else None
    if playlist.ended:
        return True
    if tag.start is None or tag.end is None or tag.end == tag.start or last is None:
        return False
    return (last - tag.end).total_seconds() > (playlist.target_s or 0)


def _hold_cues(playlist: MediaPlaylist, findings: Findings) -> None:
    """EXT-X-CUE-OUT and EXT-X-CUE-IN; what stood before the head is not known in a live playlist."""
    opened: float | None = None
    elapsed_s, known = 0.0, playlist.ended
    for segment in playlist.segments:
        if segment.cue_in:
            findings.hold(23, opened is not None or not known, f"IN at {segment.number} without an OUT")
            opened, known = None, True
        if segment.cue_out_s is not None:
            findings.hold(23, opened is None, f"OUT at {segment.number} within another")
            opened, elapsed_s, known = segment.cue_out_s, 0.0, True
        elapsed_s += segment.duration_s
    late = opened is not None and elapsed_s > opened + (playlist.target_s or 0)
    never = opened is not None and playlist.ended
    findings.hold(23, not (late or never), f"OUT of {opened} s, and no IN after {elapsed_s:g} s")


def _hold_multivariant(playlist: Multivariant, findings: Findings) -> None:
    findings.hold(6, playlist.independent, "EXT-X-INDEPENDENT-SEGMENTS is missing")
    captions = {one.group_id for one in playlist.alternatives if one.kind == "CLOSED-CAPTIONS"}
    for variant in playlist.variants:
        findings.hold(20, variant.codecs, f"{variant.uri} has no CODECS")
        rates = f"average {variant.average_bps}, peak {variant.bandwidth_bps}"
        findings.hold(21, 0 < variant.average_bps <= variant.bandwidth_bps, f"{variant.uri}: {rates}")
        if any(codec.partition(".")[0] in _PICTURES for codec in variant.codecs):
            seen = f"{variant.uri} has no RESOLUTION or no FRAME-RATE"
            findings.hold(21, variant.resolution and variant.frame_rate, seen)
            told = variant.captions == "NONE" or variant.captions in captions
            findings.hold(21, told, f"{variant.uri}: CLOSED-CAPTIONS={variant.captions}")
