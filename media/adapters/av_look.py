"""Looking into a file, in the process that may be ended for it."""

import time
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from media.adapters.av_source import open_source
from media.source import FoundKind, Picture, Sound, Source
from media.upload import LENGTH_LIMIT_BYTES

_SCAN_S = 8.0
_TRY_PACKETS = 400


def look(path: Path) -> Source:
    """What is in the file. May take long or crash on a hostile one: see ``av_probe``."""
    size = path.stat().st_size
    if not 0 < size <= LENGTH_LIMIT_BYTES:
        return Source(FoundKind.NO_MEDIA, size_bytes=size)
    try:
        with open_source(path) as container:
            return _describe(path, container, size)
    except (av.error.FFmpegError, ValueError, UnicodeError) as error:
        return Source(FoundKind.NO_MEDIA, size_bytes=size, detail=str(error)[:200])


def _describe(path: Path, container: InputContainer, size: int) -> Source:
    covers = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
    films = [s for s in container.streams.video if s not in covers and s.codec_context is not None]
    sounds = [s for s in container.streams.audio if s.codec_context is not None]
    film = max(films, key=_picture_rank, default=None)
    sound = max(sounds, key=_sound_rank, default=None)
    chosen = [stream for stream in (film, sound) if stream is not None]
    counts, measured_ms = _scan(container, [stream.index for stream in chosen])
    return Source(
        kind=FoundKind.MEDIA,
        container=container.format.name,
        size_bytes=size,
        streams=len(container.streams),
        picture=_picture(path, film, counts) if film else None,
        sound=_sound(path, sound, counts) if sound else None,
        claimed_ms=container.duration // 1000 if container.duration else None,
        measured_ms=measured_ms,
        encrypted=any(_encrypted(stream) for stream in chosen),
        artwork=bool(covers),
    )


def _picture_rank(stream: VideoStream) -> tuple[bool, int]:
    return bool(stream.disposition & Disposition.default), stream.width * stream.height


def _sound_rank(stream: AudioStream) -> tuple[bool, int]:
    return bool(stream.disposition & Disposition.default), -stream.index


def _scan(container: InputContainer, indexes: list[int]) -> tuple[dict[int, int], int | None]:
    """Packets of each stream, and how long they last; no length where the scan was cut short."""
    counts = dict.fromkeys(indexes, 0)
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    until = time.monotonic() + _SCAN_S
    try:
        for packet in container.demux([container.streams[i] for i in indexes]):
            if not packet.size:
                continue
            index = packet.stream_index
            counts[index] += 1
            if packet.pts is not None and packet.time_base:
                at = float(packet.pts * packet.time_base)
                first[index] = min(first.get(index, at), at)
                end = at + float((packet.duration or 0) * packet.time_base)
                last[index] = max(last.get(index, end), end)
            if counts[index] % 256 == 0 and time.monotonic() > until:
                return counts, None
    except av.error.FFmpegError:
        pass  # What could be read up to here is what there is.
    spans = [last[index] - first[index] for index in last]
    return counts, round(max(spans) * 1000) if spans else 0


def _picture(path: Path, stream: VideoStream, counts: dict[int, int]) -> Picture:
    return Picture(
        index=stream.index,
        codec=stream.codec_context.name,
        width=stream.width,
        height=stream.height,
        decodable=stream.width > 0 and _decodes(path, stream.index),
        declared_frames=stream.frames,
        packets=counts[stream.index],
    )


def _sound(path: Path, stream: AudioStream, counts: dict[int, int]) -> Sound:
    return Sound(
        index=stream.index,
        codec=stream.codec_context.name,
        rate_hz=stream.rate or 0,
        channels=stream.channels or 0,
        decodable=_decodes(path, stream.index),
        declared_frames=stream.frames,
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


def _encrypted(stream: VideoStream | AudioStream) -> bool:
    return stream.codec_context.codec_tag in ("encv", "enca")
