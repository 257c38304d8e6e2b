"""From text to playlists, by the parser of ``m3u8``.

That parser is lenient (it reads what it can, keeps unknown attributes, and orders nothing), which is what
judging a stranger's playlist needs; what it passes over in silence, ``playlist_form`` looks for in the lines.
URIs are compared without their query: a lease there changes at each pull, the segment does not. Where that
leaves two segments of one playlist alike, the query is part of the name.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from m3u8 import parser

from players.guard.reading import (
    Alternative,
    DateRange,
    MediaPlaylist,
    Multivariant,
    Reading,
    Segment,
    Unreadable,
    Variant,
    aware,
)

BODY_LIMIT_BYTES = 4 * 1024 * 1024
LINE_LIMIT = 16 * 1024
SEGMENTS_LIMIT = 20_000
_DAY_S = 86_400


def bare(uri: str) -> str:
    """``uri`` without query and fragment."""
    return urlsplit(uri)._replace(query="", fragment="").geturl()


def read(reading: Reading) -> MediaPlaylist | Multivariant | Unreadable:
    """The playlist, unless it is too large, none at all, or has values that cannot be."""
    if len(reading.body) > BODY_LIMIT_BYTES:
        return Unreadable(f"more than {BODY_LIMIT_BYTES} bytes")
    text = reading.body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.splitlines()
    if not any(line.startswith("#EXT") for line in lines):
        return Unreadable("no tag of HLS in it")
    if any(len(line) > LINE_LIMIT for line in lines):
        return Unreadable(f"a line of more than {LINE_LIMIT} characters")
    if sum(line.startswith("#EXTINF") for line in lines) > SEGMENTS_LIMIT:
        return Unreadable(f"more than {SEGMENTS_LIMIT} segments")
    try:
        parsed, late = _parsed(text)
        if parsed["is_variant"] or (parsed["media"] and not parsed["segments"]):
            return _multivariant(parsed, text, reading.url)
        return _media(parsed, late, text, reading.url)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        return Unreadable(f"a value that cannot be: {error}")


def _parsed(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the parser found, and the date ranges behind the last segment, which it leaves lying."""
    states: list[dict[str, Any]] = []

    def keep(_line: str, _number: int, _data: object, state: dict[str, Any]) -> bool:
        states[:] = [state]
        return False

    data: dict[str, Any] = parser.parse(text, custom_tags_parser=keep)
    return data, (states[0].get("dateranges") or []) if states else []


def _media(parsed: dict[str, Any], late: list[dict[str, Any]], text: str, url: str) -> MediaPlaylist:
    whole = [segment for segment in parsed["segments"] if "uri" in segment]
    ranges = [tag for segment in parsed["segments"] for tag in _tags_of(segment)]
    target = parsed.get("targetduration")
    return MediaPlaylist(
        text=text,
        target_s=None if target is None else int(target),
        sequence=int(parsed["media_sequence"] or 0),
        discontinuity_sequence=int(parsed.get("discontinuity_sequence") or 0),
        kind=str(parsed["playlist_type"] or "").upper(),
        ended=bool(parsed["is_endlist"]),
        independent=bool(parsed["is_independent_segments"]),
        pictures_only=bool(parsed["is_i_frames_only"]),
        # A part of the next segment may well stand last (RFC 8216bis 4.4.4.9); its EXTINF may not.
        cut_short=any("uri" not in segment and "duration" in segment for segment in parsed["segments"]),
        segments=tuple(_segments(whole, parsed, url)),
        dateranges=tuple(_dateranges([*ranges, *late])),
    )


def _tags_of(segment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from segment.get("dateranges") or ()
    for part in segment.get("parts") or ():
        yield from part.get("dateranges") or ()


def _segments(whole: list[dict[str, Any]], parsed: dict[str, Any], url: str) -> Iterator[Segment]:
    era = int(parsed.get("discontinuity_sequence") or 0)
    hrefs = [urljoin(url, str(segment["uri"])) for segment in whole]
    names = [
        bare(href) + (f"#{segment['byterange']}" if segment.get("byterange") else "")
        for href, segment in zip(hrefs, whole, strict=True)
    ]
    twice = {name for name, count in Counter(names).items() if count > 1}
    for offset, segment in enumerate(whole):
        section = segment.get("init_section") or {}
        map_href = urljoin(url, section["uri"]) if section.get("uri") else ""
        era += bool(segment.get("discontinuity"))
        yield Segment(
            number=int(parsed["media_sequence"] or 0) + offset,
            uri=hrefs[offset] if names[offset] in twice else names[offset],
            href=hrefs[offset],
            duration_s=_length_s(segment["duration"]),
            date=_sane(segment.get("program_date_time")),
            map_uri=bare(map_href) + (f"#{section['byterange']}" if section.get("byterange") else ""),
            map_href=map_href,
            byte_range=str(segment.get("byterange") or ""),
            discontinuity=bool(segment.get("discontinuity")),
            era=era,
            cue_out_s=_cue_length_s(segment) if segment.get("cue_out_start") else None,
            cue_in=bool(segment.get("cue_in")),
            gap=bool(segment.get("gap_tag")),
        )


def _cue_length_s(segment: dict[str, Any]) -> float:
    try:
        return float(segment.get("scte35_duration") or "inf")
    except ValueError:
        return float("inf")


def _dateranges(tags: list[dict[str, Any]]) -> Iterator[DateRange]:
    merged: dict[str, dict[str, str]] = {}
    for tag in tags:
        merged.setdefault(str(tag.get("id", "")), {}).update({name: str(v) for name, v in tag.items()})
    for tag_id, attributes in merged.items():
        start, end = _date(attributes.get("start_date")), _date(attributes.get("end_date"))
        length = attributes.get("duration") or attributes.get("planned_duration")
        if end is None and start is not None:
            end = start + timedelta(seconds=float(length or 0))
        closed = bool({"end_date", "duration"} & attributes.keys())
        yield DateRange(tag_id, start, end, closed, attributes)


def _date(text: str | None) -> datetime | None:
    date = _sane(datetime.fromisoformat(text)) if text else None
    return aware(date) if date else None


def _sane(date: datetime | None) -> datetime | None:
    if date is not None and not 1900 < date.year < 9000:
        raise ValueError(f"the year {date.year}")
    return date


def _length_s(value: object) -> float:
    length_s = float(str(value))
    if not 0 <= length_s <= _DAY_S:
        raise ValueError(f"a segment of {length_s} s")
    return length_s


def _multivariant(parsed: dict[str, Any], text: str, url: str) -> Multivariant:
    return Multivariant(
        text=text,
        independent=bool(parsed["is_independent_segments"]),
        variants=tuple(_variant(one, url) for one in parsed["playlists"]),
        alternatives=tuple(_alternative(one, url) for one in parsed["media"]),
    )


def _variant(parsed: dict[str, Any], url: str) -> Variant:
    info, href = parsed["stream_info"], urljoin(url, str(parsed["uri"]))
    return Variant(
        uri=bare(href),
        href=href,
        bandwidth_bps=int(info.get("bandwidth") or 0),
        average_bps=int(info.get("average_bandwidth") or 0),
        codecs=tuple(codec.strip() for codec in (info.get("codecs") or "").split(",") if codec.strip()),
        resolution=str(info.get("resolution") or ""),
        frame_rate=float(info.get("frame_rate") or 0),
        captions=str(info.get("closed_captions") or "").strip('"'),
        groups={kind: info[kind] for kind in ("audio", "video", "subtitles") if info.get(kind)},
    )


def _alternative(parsed: dict[str, Any], url: str) -> Alternative:
    href = urljoin(url, parsed["uri"]) if parsed.get("uri") else ""
    return Alternative(
        kind=str(parsed.get("type") or ""),
        group_id=str(parsed.get("group_id") or ""),
        name=str(parsed.get("name") or ""),
        uri=bare(href),
        href=href,
    )
