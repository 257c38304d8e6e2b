"""Opening a file that nobody can vouch for, its own clock, and pushing frames through a filter graph."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.filter import Graph
from av.video.frame import VideoFrame

from media.gaps import Gap, gone_s

FORMATS = (
    "mov,mp4,matroska,webm,mp3,flac,wav,aac,ogg,avi,mpegts,mpeg,ac3,eac3,aiff,asf,flv,mxf,w64,caf,amr,dv,ivf"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}

Frame = TypeVar("Frame", VideoFrame, AudioFrame)


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


def readable(frames: Iterator[Frame], start: Fraction, gaps: Sequence[Gap]) -> Iterator[Frame]:
    """Frames until the end, counted from the file's ``start``, without the ``gaps``.

    Damaged packets are passed over; what came before a decoder gave up is kept.
    """
    while True:
        try:
            frame = next(frames)
        except (StopIteration, av.error.EOFError):
            return
        except av.error.InvalidDataError:
            continue
        if frame.pts is not None and frame.time_base:
            gone = gone_s(float(frame.pts * frame.time_base - start), gaps)
            frame.pts -= round((start + gone) / frame.time_base)
        yield frame


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
