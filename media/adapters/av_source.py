"""Opening a file that nobody can vouch for, its own clock, and pushing frames through a filter graph."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.filter import Graph
from av.stream import Stream

from media.file_clock import FileClock, numbered
from media.gaps import gone_s

FORMATS = (
    "mov,mp4,matroska,webm,mp3,flac,wav,aac,ogg,avi,mpegts,mpeg,ac3,eac3,aiff,asf,flv,mxf,w64,caf,amr,dv,ivf"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}


def open_source(path: Path) -> InputContainer:
    """The container; playlists and manifests, which name other files, are not among the formats.

    Nor are bare streams of pictures, which have no times and match anything.

    Raises:
        av.error.FFmpegError: where it cannot be opened.
    """
    return av.open(f"file:{path}", "r", options=_OPTIONS, metadata_errors="replace")


def starts_at(container: InputContainer) -> Fraction:
    """Seconds at which the file's own clock begins; picture and sound are both counted from there."""
    return Fraction(container.start_time or 0, av.time_base)


def seconds(packet: "av.Packet[Any]") -> float | None:
    """When a packet is decoded, by the file's own clock."""
    return None if packet.dts is None else float(packet.dts * packet.time_base)


def readable(container: InputContainer, stream: Stream, clock: FileClock) -> "Iterator[Any]":
    """Frames of ``stream`` until the end, from the file's start on, as it is played.

    Damaged packets are passed over; what came before a decoder gave up is kept.
    """
    start = starts_at(container)
    for packet, part in numbered(_packets(container, stream), lambda packet: packet.stream_index, seconds):
        shift = round(clock.shift_s(part) / packet.time_base)
        if packet.dts is not None:
            packet.dts += shift
        if packet.pts is not None:
            packet.pts += shift
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        except av.error.EOFError:
            return
        for frame in frames:
            if frame.pts is not None and frame.time_base:
                gone = gone_s(float(frame.pts * frame.time_base - start), clock.gaps)
                frame.pts -= round((start + gone) / frame.time_base)
            yield frame


def _packets(container: InputContainer, stream: Stream) -> "Iterator[av.Packet[Any]]":
    """Until the end, or to where the file is damaged; the last one, empty, flushes the decoder."""
    with suppress(av.error.InvalidDataError, av.error.EOFError):
        yield from container.demux(stream)


def chain(graph: Graph, last: Any, steps: Sequence[tuple[str, str]]) -> Any:
    """Link ``steps`` (filter and options) one after another behind ``last``; the last of them."""
    for name, options in steps:
        step = graph.add(name, options)
        last.link_to(step)
        last = step
    return last


def drain(graph: Graph, frame: Any) -> Iterator[Any]:
    """Push one frame (None at the end) and yield all that comes out of the graph's sink."""
    graph.push(frame)
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
