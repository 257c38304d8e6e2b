"""Looking into a file, in the process that may be ended for it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from media.adapters.av_source import open_source, starts_at
from media.gaps import GAP_LIMIT_S, Gap, find_gaps, gone_s
from media.source import FoundKind, Picture, Sound, Source
from media.upload import LENGTH_LIMIT_BYTES

SCAN_S = 8.0
_TRY_PACKETS = 400


def look(path: Path, scan_s: float = SCAN_S, alive: Callable[[], None] = lambda: None) -> Source:
    """What is in the file. May take long or crash on a hostile one: see ``av_transcode``.

    Args:
        path: the file.
        scan_s: after that long the packets are no longer counted.
        alive: called now and then while they are.
    """
    size = path.stat().st_size
    if not 0 < size <= LENGTH_LIMIT_BYTES:
        return Source(FoundKind.NO_MEDIA, size_bytes=size)
    try:
        with open_source(path) as container:
            return _describe(path, container, size, _Scan(scan_s, alive))
    except (av.error.FFmpegError, ValueError, UnicodeError) as error:
        return Source(FoundKind.NO_MEDIA, size_bytes=size, detail=str(error)[:200])


def _describe(path: Path, container: InputContainer, size: int, scan: "_Scan") -> Source:
    covers = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
    films = [s for s in container.streams.video if s not in covers and s.codec_context is not None]
    sounds = [s for s in container.streams.audio if s.codec_context is not None]
    film = max(films, key=_picture_rank, default=None)
    sound = max(sounds, key=_sound_rank, default=None)
    chosen = [stream for stream in (film, sound) if stream is not None]
    scan.read(container, [stream.index for stream in chosen])
    return Source(
        kind=FoundKind.MEDIA,
        container=container.format.name,
        size_bytes=size,
        streams=len(container.streams),
        picture=_picture(path, film, scan.counts) if film else None,
        sound=_sound(path, sound, scan.counts) if sound else None,
        claimed_ms=container.duration // 1000 if container.duration else None,
        measured_ms=scan.measured_ms,
        encrypted=scan.encrypted or any(_encrypted(stream) for stream in chosen),
        artwork=bool(covers),
        gaps=scan.gaps,
    )


def _picture_rank(stream: VideoStream) -> tuple[bool, int]:
    return bool(stream.disposition & Disposition.default), stream.width * stream.height


def _sound_rank(stream: AudioStream) -> tuple[bool, int, int]:
    return bool(stream.disposition & Disposition.default), stream.rate or 0, -stream.index


@dataclass
class _Scan:
    """Every packet of the chosen streams: how many, how long they last, and where there are none."""

    limit_s: float
    alive: Callable[[], None]
    counts: dict[int, int] = field(default_factory=dict)
    measured_ms: int | None = None
    gaps: tuple[Gap, ...] = ()
    encrypted: bool = False

    def read(self, container: InputContainer, indexes: list[int]) -> None:
        """Read all, or up to the limit of time: then there is no length and no gap."""
        self.counts = dict.fromkeys(indexes, 0)
        start, until = float(starts_at(container)), time.monotonic() + self.limit_s
        spans: dict[int, tuple[float, float]] = {}
        busy_s: set[int] = set()
        for number, packet in enumerate(_packets(container, indexes)):
            index = packet.stream_index
            self.counts[index] += 1
            self.encrypted = self.encrypted or packet.has_sidedata("encryption_info")
            if packet.pts is not None and packet.time_base and not packet.is_discard:
                at = float(packet.pts * packet.time_base) - start
                end = at + min(GAP_LIMIT_S, float((packet.duration or 0) * packet.time_base))
                first, last = spans.get(index, (at, end))
                spans[index] = min(first, at), max(last, end)
                busy_s.update((math.floor(at), math.floor(end)))
            if number % 256 == 255:
                self.alive()
                if time.monotonic() > until:
                    return
        self.gaps = find_gaps(busy_s)
        self.measured_ms = round(
            1000 * max((_length_s(span, self.gaps) for span in spans.values()), default=0)
        )


def _packets(container: InputContainer, indexes: list[int]) -> "Iterator[av.Packet[Any]]":
    """Those with something in them; what could be read up to an error is what there is."""
    with suppress(av.error.FFmpegError):
        for packet in container.demux([container.streams[i] for i in indexes]):
            if packet.size:
                yield packet


def _length_s(span: tuple[float, float], gaps: tuple[Gap, ...]) -> float:
    return span[1] - gone_s(span[1], gaps) - (span[0] - gone_s(span[0], gaps))


def _picture(path: Path, stream: VideoStream, counts: dict[int, int]) -> Picture:
    return Picture(
        index=stream.index,
        codec=stream.codec_context.name,
        width=stream.width,
        height=stream.height,
        decodable=stream.width > 0 and _decodes(path, stream.index),
        declared_frames=_declared(stream),
        packets=counts[stream.index],
    )


def _sound(path: Path, stream: AudioStream, counts: dict[int, int]) -> Sound:
    return Sound(
        index=stream.index,
        codec=stream.codec_context.name,
        rate_hz=stream.rate or 0,
        channels=stream.channels or 0,
        decodable=_decodes(path, stream.index),
        declared_frames=_declared(stream),
        packets=counts[stream.index],
    )


def _decodes(path: Path, index: int) -> bool:
    """Whether a frame comes out of the first packets."""
    with open_source(path) as container:
        stream = container.streams[index]
        tried = 0
        try:
            for packet in container.demux(stream):
                tried += 1
                try:
                    if packet.decode():
                        return True
                except av.error.InvalidDataError:
                    pass
                if tried > _TRY_PACKETS:
                    return False
        except (av.error.FFmpegError, NotImplementedError):
            return False
    return False


def _declared(stream: VideoStream | AudioStream) -> int:
    """What the index promises. An edit list (a film that was trimmed) takes packets out of it."""
    return min(stream.frames, len(stream.index_entries))


def _encrypted(stream: VideoStream | AudioStream) -> bool:
    return stream.codec_context.codec_tag in ("encv", "enca")
