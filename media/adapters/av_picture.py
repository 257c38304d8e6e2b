"""The picture of a source: decoded once, brought to 25 frames a second, laid onto every rendition.

One filter graph in one thread: turn, deinterlace, constant rate, then for each rendition scale to
BT.709 limited range and pad to 16:9. A source that changes its size midway gets a new graph.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media.acceptance import DURATION_LIMIT_MS, Refusal, Unpreparable
from media.adapters.av_package import VideoTrack
from media.adapters.av_source import open_source, starts_at
from media.house_format import FPS, Rendition
from media.ladder import fit, guessed_matrix
from media.poster import PosterChoice

_FRAMES_LIMIT = DURATION_LIMIT_MS * FPS // 1000
_UNSPECIFIED = 2
_TURNS = {90: (("transpose", "clock"),), 180: (("hflip", ""), ("vflip", "")), 270: (("transpose", "cclock"),)}
_HDR_TRANSFERS = {16, 18}
_TO_SDR = ":out_primaries=bt709:out_transfer=bt709:intent=perceptual"


def encode_picture(
    source: Path, index: int, tracks: Sequence[VideoTrack], progress: Callable[[float], None]
) -> VideoFrame:
    """Write every frame of stream ``index`` to all ``tracks``; the frame for the poster.

    ``progress`` is told the seconds done.

    Raises:
        Unpreparable: ``media-undecodable`` without a frame, ``media-too-long``.
    """
    poster: PosterChoice[VideoFrame] = PosterChoice()
    with open_source(source) as container:
        stream = container.streams.video[0]
        for candidate in container.streams.video:
            if candidate.index == index:
                stream = candidate
        stream.thread_type = "AUTO"
        graph: _LadderGraph | None = None
        for frame in _decoded(container.decode(stream)):
            _shift(frame, stream, starts_at(container))
            if graph is None or not graph.takes(frame):
                _write(graph.finish() if graph else (), tracks, poster)
                graph = _LadderGraph(frame, stream, [t.rendition for t in tracks], tracks[0].frames)
            _write(graph.push(frame), tracks, poster)
            progress(tracks[0].frames / FPS)
        _write(graph.finish() if graph else (), tracks, poster)
    if poster.chosen is None:
        raise Unpreparable(
            (Refusal("media-undecodable", "No picture could be decoded.", "Export it again."),)
        )
    return poster.chosen


def _decoded(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """Frames until the end; damaged packets are passed over."""
    while True:
        try:
            frame = next(frames)
        except (StopIteration, av.error.EOFError):
            return
        except av.error.InvalidDataError:
            continue
        yield frame


def _shift(frame: VideoFrame, stream: VideoStream, start: Fraction) -> None:
    if frame.pts is not None and frame.time_base:
        frame.pts -= round(start / frame.time_base)


def _write(
    pictures: Iterator[tuple[VideoFrame, ...]] | tuple[()],
    tracks: Sequence[VideoTrack],
    poster: PosterChoice[VideoFrame],
) -> None:
    for row in pictures:
        if tracks[0].frames >= _FRAMES_LIMIT:
            raise Unpreparable((Refusal("media-too-long", "It plays for more than 4 hours.", "Cut it."),))
        if poster.wants(tracks[0].frames):
            poster.offer(row[0], _brightness(row[0]), tracks[0].frames)
        for track, frame in zip(tracks, row, strict=True):
            track.write(frame)


def _brightness(frame: VideoFrame) -> float:
    plane = frame.planes[0]
    sample = bytes(plane)[:: max(1, plane.buffer_size // 4096)]
    return sum(sample) / len(sample)


class _LadderGraph:
    """One filter graph: a source frame in, a row of one frame for each rendition out."""

    def __init__(
        self, frame: VideoFrame, stream: VideoStream, renditions: Sequence[Rendition], done: int
    ) -> None:
        self._shape = _shape(frame)
        self._graph = Graph()
        self._source = self._graph.add("buffer", _describe(frame))
        last = self._source
        turn = -round(frame.rotation) % 360
        for name, options in (*_TURNS.get(turn, ()), *_common(frame, done)):
            last = self._chain(last, name, options)
        split = self._chain(last, "split", str(len(renditions)))
        sar = stream.sample_aspect_ratio
        self._sinks = [
            self._branch(split, number, _lay(frame, sar, turn in (90, 270), rendition))
            for number, rendition in enumerate(renditions)
        ]
        self._graph.configure()

    def takes(self, frame: VideoFrame) -> bool:
        """Whether ``frame`` has the shape that the graph was made for."""
        return _shape(frame) == self._shape

    def push(self, frame: VideoFrame) -> Iterator[tuple[VideoFrame, ...]]:
        """Rows that come out after ``frame`` went in."""
        self._source.push(frame)
        return self._rows()

    def finish(self) -> Iterator[tuple[VideoFrame, ...]]:
        """What is still inside."""
        self._source.push(None)
        return self._rows()

    def _rows(self) -> Iterator[tuple[VideoFrame, ...]]:
        while True:
            try:
                row = tuple(cast("VideoFrame", sink.pull()) for sink in self._sinks)
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield row

    def _chain(self, last: FilterContext, name: str, options: str) -> FilterContext:
        step = self._graph.add(name, options)
        last.link_to(step)
        return step

    def _branch(self, split: FilterContext, number: int, steps: Sequence[tuple[str, str]]) -> FilterContext:
        first = self._graph.add(*steps[0])
        split.link_to(first, output_idx=number)
        last = first
        for name, options in (*steps[1:], ("buffersink", "")):
            last = self._chain(last, name, options)
        return last


def _shape(frame: VideoFrame) -> tuple[Any, ...]:
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range


def _describe(frame: VideoFrame) -> str:
    return (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
        f":time_base={frame.time_base or Fraction(1, FPS)}:pixel_aspect=1/1"
        f":colorspace={int(frame.colorspace)}:range={int(frame.color_range)}"
    )


def _common(frame: VideoFrame, done: int) -> Iterator[tuple[str, str]]:
    if frame.interlaced_frame:
        yield "bwdif", "mode=send_frame:deint=interlaced"
    yield "fps", f"{FPS}:start_time={done / FPS}:round=near"


def _lay(
    frame: VideoFrame, sar: Fraction | None, turned: bool, rendition: Rendition
) -> tuple[tuple[str, str], ...]:
    place = fit(frame.width, frame.height, sar, rendition.width, rendition.height, turned=turned)
    scale = f"{place.width}:{place.height}:out_color_matrix=bt709:out_range=tv"
    if int(frame.colorspace) == _UNSPECIFIED and frame.format.name.startswith("yuv"):
        scale += f":in_color_matrix={guessed_matrix(frame.height)}"
    if int(frame.color_trc) in _HDR_TRANSFERS:
        scale += _TO_SDR
    return (
        ("scale", scale),
        ("format", "yuv420p"),
        ("pad", f"{rendition.width}:{rendition.height}:{place.x}:{place.y}:black"),
        ("setsar", "1"),
    )
