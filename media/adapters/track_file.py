"""A finished track in its file: init, then a moof+mdat pair for each segment.

What the muxer wrote is held against the grid here: a track that is not exactly on it is never published.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kernel.errors import Invalid
from media.acceptance import Refusal, Unpreparable
from media.boxes import HEADER_BYTES, children, decode_time, header, sample_count, top_level
from media.house_format import AAC_FRAMES_PER_SEGMENT, FRAMES_PER_SEGMENT, Medium, Rendition
from media.ports import MadeTrack
from media.retime import retime

_HEADERS_LIMIT = 1 << 20


def repeat_last(rendition: Rendition, path: Path, segments: int) -> None:
    """Lengthen the track to ``segments`` by copies of its last one, each with its own time.

    Every segment begins with a keyframe, so one in which nothing moves can follow itself for ever.
    """
    starts = [at for at, kind, _length in _boxes(path) if kind == b"moof"]
    if len(starts) >= segments:
        return
    with path.open("rb+") as file:
        file.seek(starts[-1])
        last = file.read()
        for index in range(len(starts), segments):
            file.write(retime(last, rendition.ticks_per_segment, index))


def read_back(rendition: Rendition, path: Path, segments: int) -> MadeTrack:
    """Where each segment lies, once the whole track was found to be on the grid.

    Raises:
        media.acceptance.Unpreparable: ``media-off-grid``.
    """
    wanted = FRAMES_PER_SEGMENT if rendition.medium is Medium.VIDEO else AAC_FRAMES_PER_SEGMENT
    try:
        found = list(_fragments(path))
    except (Invalid, StopIteration) as broken:
        raise _off_grid(rendition, "its boxes cannot be read") from broken
    for number, (_at, times, count) in enumerate(found):
        ticks = number * rendition.ticks_per_segment
        if times != [ticks] or count != wanted:
            raise _off_grid(rendition, f"{count} samples at {times} instead of {wanted} at {ticks}")
    if len(found) != segments:
        raise _off_grid(rendition, f"{len(found)} segments instead of {segments}")
    return MadeTrack(rendition.name, path.name, (*(at for at, _, _ in found), path.stat().st_size))


def _fragments(path: Path) -> Iterator[tuple[int, list[int], int]]:
    """Offset, decode times and number of samples of each movie fragment."""
    with path.open("rb") as file:
        for at, kind, length in _boxes(path):
            if kind == b"moof":
                file.seek(at)
                moof = file.read(min(length, _HEADERS_LIMIT))
                outer = next(iter(top_level(moof)))
                tracks = children(moof, outer, b"traf")
                times = [decode_time(moof, tfdt) for traf in tracks for tfdt in children(moof, traf, b"tfdt")]
                yield at, times, sample_count(moof, outer)


def _boxes(path: Path) -> Iterator[tuple[int, bytes, int]]:
    """Offset, type and length of each outermost box."""
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at < size:
            length, kind = _header(file, at)
            if length < HEADER_BYTES or at + length > size:
                raise Invalid("segment-malformed", f"Box {kind!r} at {at} does not fit.")
            yield at, kind, length
            at += length


def _header(file: BinaryIO, at: int) -> tuple[int, bytes]:
    file.seek(at)
    data = file.read(HEADER_BYTES)
    return header(data, 0) if len(data) == HEADER_BYTES else (0, data)


def _off_grid(rendition: Rendition, detail: str) -> Unpreparable:
    return Unpreparable(
        (
            Refusal(
                "media-off-grid",
                f"Rendition {rendition.name} came out off the grid: {detail}.",
                "Try again; if it stays so, export the file with another program.",
            ),
        )
    )
