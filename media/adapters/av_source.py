"""Opening a file that nobody can vouch for, and pushing frames through a filter graph."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.filter import Graph

FORMATS = (
    "mov,mp4,matroska,webm,mp3,flac,wav,aac,ogg,avi,mpegts,mpeg,mpegvideo,h264,hevc,ac3,eac3,aiff,asf,flv,"
    "mxf,w64,caf,amr,opus,m4v,dv,obu,ivf"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}


def open_source(path: Path) -> InputContainer:
    """The container; playlists and manifests, which name other files, are not among the formats.

    Raises:
        av.error.FFmpegError: where it cannot be opened.
    """
    return av.open(f"file:{path}", "r", options=_OPTIONS, metadata_errors="replace")


def drain(graph: Graph, frame: Any) -> Iterator[Any]:
    """Push one frame (None at the end) and yield all that comes out of the graph's sink."""
    graph.push(frame)
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def starts_at(container: InputContainer) -> Fraction:
    """Seconds at which the file's own clock begins; picture and sound are both counted from there."""
    return Fraction(container.start_time or 0, av.time_base)
