"""The picture of a source: decoded once, brought to 25 frames a second, laid onto every rendition.

One filter graph: turn, deinterlace, constant rate, scale to BT.709 limited range and pad to 16:9 for the
largest rendition, and from that picture to each smaller one. A source that changes its size midway gets
a new graph.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from media.acceptance import DURATION_LIMIT_MS, Refusal, Unpreparable
from media.adapters.av_cues import BLACKDETECT, Spans
from media.adapters.av_lanes import Lanes
from media.adapters.av_source import chain, open_source, readable
from media.cue import SAMPLES_PER_FRAME, Span
from media.file_clock import FileClock
from media.house_format import FPS, Rendition
from media.ladder import fit, guessed_matrix
from media.poster import PosterChoice

_FRAMES_LIMIT = DURATION_LIMIT_MS * FPS // 1000
_UNSPECIFIED = 2
_TURNS = {90: (("transpose", "clock"),), 180: (("hflip", ""), ("vflip", "")), 270: (("transpose", "cclock"),)}
_HDR_TRANSFERS = {16, 18}
_TO_SDR = "out_primaries=bt709:out_transfer=bt709:intent=perceptual"

Row = tuple[VideoFrame, ...]


@dataclass(frozen=True)
class Shown:
    """What was seen while writing: the frame for the poster, and where it is black."""

    poster: VideoFrame
    black: Sequence[Span]


def encode_picture(
    source: Path, index: int, clock: FileClock, lanes: Lanes, progress: Callable[[float], None]
) -> Shown:
    """Write every frame of stream ``index`` to all ``lanes``; what was seen.

    ``progress`` is told the seconds done.

    Raises:
        Unpreparable: ``media-undecodable`` without a frame, ``media-too-long``.
    """
    poster: PosterChoice[VideoFrame] = PosterChoice()
    black = Spans("black")
    with open_source(source) as container:
        stream = cast("VideoStream", container.streams[index])
        stream.thread_type = "AUTO"
        graph: _LadderGraph | None = None
        for frame in readable(container, stream, clock):
            if graph is None or not graph.takes(frame):
                _write(graph.finish() if graph else (), lanes, poster, black, progress)
                black.close(lanes.frames * SAMPLES_PER_FRAME)
                graph = _LadderGraph(frame, stream.sample_aspect_ratio, lanes.renditions, lanes.frames)
            _write(graph.push(frame), lanes, poster, black, progress)
        _write(graph.finish() if graph else (), lanes, poster, black, progress)
    if poster.chosen is None:
        raise Unpreparable(
            (Refusal("media-undecodable", "No picture could be decoded.", "Export it again."),)
        )
    black.close(lanes.frames * SAMPLES_PER_FRAME)
    return Shown(poster.chosen, black.found)


def _write(
    rows: Iterable[Row],
    lanes: Lanes,
    poster: PosterChoice[VideoFrame],
    black: Spans,
    progress: Callable[[float], None],
) -> None:
    for row in rows:
        if lanes.frames >= _FRAMES_LIMIT:
            raise Unpreparable((Refusal("media-too-long", "It plays for more than 4 hours.", "Cut it."),))
        if poster.wants(lanes.frames):
            poster.offer(row[0], _brightness(row[0]), lanes.frames)
        black.note(row[-1].metadata)
        lanes.write(row)
        progress(lanes.frames / FPS)


def _brightness(frame: VideoFrame) -> float:
    plane = frame.planes[0]
    sample = bytes(plane)[:: max(1, plane.buffer_size // 4096)]
    return sum(sample) / len(sample)


class _LadderGraph:
    """One filter graph: a source frame in, a row of one frame for each rendition out.

    Args:
        frame: the first of its shape.
        sar: sample aspect ratio of the stream.
        renditions: largest first.
        done: how many frames were written before.
    """

    def __init__(
        self, frame: VideoFrame, sar: Fraction | None, renditions: Sequence[Rendition], done: int
    ) -> None:
        self._shape = _shape(frame)
        self._graph = Graph()
        self._source = self._graph.add("buffer", _describe(frame))
        turn = -round(frame.rotation) % 360
        largest = _lay(frame, sar, turn in (90, 270), renditions[0])
        steps = (*_TURNS.get(turn, ()), *_common(frame, done), *largest, ("split", str(len(renditions))))
        split = chain(self._graph, self._source, steps)
        ends = [(("buffersink", ""),)] * (len(renditions) - 1) + [(BLACKDETECT, ("buffersink", ""))]
        self._sinks = [
            self._branch(split, number, rendition, end)
            for number, (rendition, end) in enumerate(zip(renditions, ends, strict=True))
        ]
        self._graph.configure()

    def takes(self, frame: VideoFrame) -> bool:
        """Whether ``frame`` has the shape that the graph was made for."""
        return _shape(frame) == self._shape

    def push(self, frame: VideoFrame) -> Iterator[Row]:
        """Rows that come out after ``frame`` went in."""
        self._source.push(frame)
        return self._rows()

    def finish(self) -> Iterator[Row]:
        """What is still inside."""
        self._source.push(None)
        return self._rows()

    def _rows(self) -> Iterator[Row]:
        while True:
            try:
                row = tuple(cast("VideoFrame", sink.pull()) for sink in self._sinks)
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield row

    def _branch(self, split: Any, number: int, rendition: Rendition, end: Sequence[tuple[str, str]]) -> Any:
        first = self._graph.add("scale", f"{rendition.width}:{rendition.height}")  # the same size: passes
        split.link_to(first, output_idx=number)
        return chain(self._graph, first, end)


def _shape(frame: VideoFrame) -> tuple[Any, ...]:
    return (
        frame.width,
        frame.height,
        frame.format.name,
        frame.colorspace,
        frame.color_range,
        frame.rotation,
    )


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
    size, colours = f"{place.width}:{place.height}", "out_color_matrix=bt709:out_range=tv"
    if int(frame.colorspace) == _UNSPECIFIED and frame.format.name.startswith("yuv"):
        colours += f":in_color_matrix={guessed_matrix(frame.height)}"
    scale = [("scale", f"{size}:{colours}")]
    if int(frame.color_trc) in _HDR_TRANSFERS:  # costs most by far, so it is done on the smaller picture
        scale = [("scale", size), ("scale", f"{colours}:{_TO_SDR}")]
    return (
        *scale,
        ("format", "yuv420p"),
        ("pad", f"{rendition.width}:{rendition.height}:{place.x}:{place.y}:black"),
        ("setsar", "1"),
    )
