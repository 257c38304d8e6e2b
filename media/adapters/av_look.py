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

from media.adapters.av_source import open_source, seconds, starts_at
from media.file_clock import PLAIN, FileClock, Span, numbered, parts_of, shifts
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
    scan.read(path, [stream.index for stream in chosen])
    return Source(
        kind=FoundKind.MEDIA,
        container=container.format.name,
        size_bytes=size,
        streams=len(container.streams),
        picture=_picture(path, film, scan.counts) if film else None,
        sound=_sound(path, sound, scan.counts) if sound else None,
        claimed_ms=container.duration // 1000 if container.duration else None,
        measured_ms=scan.measured_ms,
        reached_ms=scan.reached_ms,
        encrypted=scan.encrypted or any(_encrypted(stream) for stream in chosen),
        artwork=bool(covers),
        clock=scan.clock,
        torn=scan.torn,
    )


def _picture_rank(stream: VideoStream) -> tuple[bool, int]:
    return bool(stream.disposition & Disposition.default), stream.width * stream.height


def _sound_rank(stream: AudioStream) -> tuple[bool, int, int]:
    return bool(stream.disposition & Disposition.default), stream.rate or 0, -stream.index


@dataclass
class _Scan:
    """Every packet of the chosen streams: how many, how long they last, and what their clock is like."""

    limit_s: float
    alive: Callable[[], None]
    counts: dict[int, int] = field(default_factory=dict)
    measured_ms: int | None = None
    reached_ms: int | None = None
    clock: FileClock = PLAIN
    torn: bool = False
    encrypted: bool = False

    def read(self, path: Path, indexes: list[int]) -> None:
        """Read all, or up to the limit of time: then there is no length, and nothing is known of the clock.

        A file whose clock jumps back is read twice: gaps are looked for in the parts as they are played.
        """
        until = time.monotonic() + self.limit_s
        found = self._pass(path, indexes, PLAIN, until)
        parts = found and parts_of(found.spans)
        if found and parts is None:
            self.torn = True
        if found and parts and len(parts) > 1:
            moved = FileClock(shifts_s=shifts(parts))
            found = self._pass(path, indexes, moved, until)
            self.clock = moved
        if found is None:
            return
        gaps = find_gaps(found.busy_s)
        self.clock = FileClock(gaps, self.clock.shifts_s)
        self.reached_ms = round(1000 * found.reached_s)
        lengths = [_length_s(span, gaps) for span in found.by_stream().values()]
        self.measured_ms = round(1000 * max(lengths, default=0))

    def _pass(self, path: Path, indexes: list[int], clock: FileClock, until: float) -> "_Found | None":
        """What one reading finds; None where there was no time for it."""
        self.counts = dict.fromkeys(indexes, 0)
        with open_source(path) as container:
            found = _Found(float(starts_at(container)))
            packets = _packets(container)
            for number, (packet, part) in enumerate(numbered(packets, _stream_of, seconds)):
                if packet.stream_index in self.counts:
                    self.counts[packet.stream_index] += 1
                    self.encrypted = self.encrypted or packet.has_sidedata("encryption_info")
                found.note(packet, part, clock.shift_s(part), chosen=packet.stream_index in self.counts)
                if number % 256 == 255:
                    self.alive()
                    if time.monotonic() > until:
                        return None
        return found


@dataclass
class _Found:
    """Where the packets lie in time, counted from the file's start."""

    start_s: float
    reached_s: float = 0.0
    spans: dict[tuple[int, int], Span] = field(default_factory=dict)
    busy_s: set[int] = field(default_factory=set)

    def note(self, packet: "av.Packet[Any]", part: int, shift_s: float, *, chosen: bool) -> None:
        """Take one in; ``chosen`` if it is of a stream that is played."""
        if packet.pts is None or not packet.time_base or packet.is_discard:
            return
        at = float(packet.pts * packet.time_base) - self.start_s + shift_s
        end = at + min(GAP_LIMIT_S, float((packet.duration or 0) * packet.time_base))
        self.reached_s = max(self.reached_s, end)
        if chosen:
            key = packet.stream_index, part
            first, last = self.spans.get(key, (at, end))
            self.spans[key] = min(first, at), max(last, end)
            self.busy_s.update((math.floor(at), math.floor(end)))

    def by_stream(self) -> dict[int, Span]:
        """From the first to the last moment of each chosen stream, over all its parts."""
        found: dict[int, Span] = {}
        for (index, _), (first, last) in self.spans.items():
            known = found.get(index, (first, last))
            found[index] = min(known[0], first), max(known[1], last)
        return found


def _stream_of(packet: "av.Packet[Any]") -> int:
    return packet.stream_index


def _packets(container: InputContainer) -> "Iterator[av.Packet[Any]]":
    """Those with something in them; what could be read up to an error is what there is."""
    with suppress(av.error.FFmpegError):
        for packet in container.demux():
            if packet.size:
                yield packet


def _length_s(span: Span, gaps: tuple[Gap, ...]) -> float:
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
