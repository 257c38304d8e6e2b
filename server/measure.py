"""What a media segment really holds: codecs and times, read without decoding a picture or a sound."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import av

WRAP_S = 2**33 / 90_000
"""After so long the clock of MPEG-TS begins again."""

_OPTIONS = {"format_whitelist": "mov,mp4,mpegts,aac,mp3,ac3,eac3", "protocol_whitelist": ""}
_FAMILIES = {
    "hevc": "hvc1",
    "ac3": "ac-3",
    "eac3": "ec-3",
    "opus": "opus",
    "flac": "flac",
    "av1": "av01",
    "vp9": "vp09",
    "mp3": "mp4a",
}
_PACKETS_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Content:
    """What is in one segment.

    Args:
        codecs: as RFC 6381 names them, or a family alone where no more can be told.
        start_s: the first presentation time on the segment's own clock; None in packed audio, which has none
            that is read here (RFC 8216bis 3.1.4).
        wraps: whether that clock is one that wraps (MPEG-TS).
    """

    codecs: frozenset[str]
    start_s: float | None
    wraps: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a segment could not be read."""

    reason: str


def measure(init: bytes, segment: bytes) -> Content | Unread:
    """Read ``segment`` behind its ``init`` (empty for MPEG-TS)."""
    try:
        with av.open(
            io.BytesIO(init + segment), "r", options=_OPTIONS, metadata_errors="replace"
        ) as container:
            starts: dict[int, float] = {}
            for count, packet in enumerate(container.demux()):
                if count >= _PACKETS_LIMIT:
                    return Unread(f"more than {_PACKETS_LIMIT} packets")
                if packet.pts is not None and packet.time_base is not None:
                    start_s = float(packet.pts * packet.time_base)
                    starts[packet.stream_index] = min(starts.get(packet.stream_index, start_s), start_s)
            codecs = frozenset(_codecs(container.streams))
            form = container.format.name
    except (av.error.FFmpegError, ValueError) as error:
        return Unread(f"{type(error).__name__}: {error}")
    if not starts:
        return Unread("no media in it")
    timed = "mp4" in form or "mpegts" in form
    return Content(codecs, min(starts.values()) if timed else None, "mpegts" in form)


def _codecs(streams: Iterable[Any]) -> Iterable[str]:
    for stream in streams:
        if stream.type in ("video", "audio") and stream.codec_context is not None:
            name, extra = stream.codec_context.name, stream.codec_context.extradata or b""
            if name == "h264":
                # ISO/IEC 14496-15, 5.3.3.1: avcC begins with its version, profile, constraints and level.
                yield f"avc1.{extra[1:4].hex()}" if extra[:1] == b"\1" and len(extra) > 3 else "avc1"
            elif name == "aac":
                # ISO/IEC 14496-3, 1.6.2.1: the object type is the first five bits.
                yield f"mp4a.40.{extra[0] >> 3}" if extra else "mp4a"
            elif name in _FAMILIES:
                yield _FAMILIES[name]


def apart_s(one: Content, one_at_s: float, other: Content, other_at_s: float) -> float:
    """How far two segments' clocks are apart, where they are listed at these times; 0 without clocks."""
    if one.start_s is None or other.start_s is None:
        return 0.0
    off_s = (other.start_s - other_at_s) - (one.start_s - one_at_s)
    if one.wraps and other.wraps:
        off_s = (off_s + WRAP_S / 2) % WRAP_S - WRAP_S / 2
    return off_s
