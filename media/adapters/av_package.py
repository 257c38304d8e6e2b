"""Encoding one rendition into one file: init, then a moof+mdat pair for each segment.

PyAV's ``mp4`` muxer writes them; nothing here makes boxes by hand. What it wrote is then read back and
held against the grid: a track that is not exactly on it is never published.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from kernel.errors import Invalid
from media.acceptance import Refusal, Unpreparable
from media.boxes import HEADER_BYTES, Box, children, decode_time, header, sample_count, top_level
from media.house_format import (
    AAC_FRAME_SAMPLES,
    AAC_FRAMES_PER_SEGMENT,
    FPS,
    FRAMES_PER_SEGMENT,
    SAMPLE_RATE_HZ,
    VIDEO_TIMESCALE,
    Medium,
    Rendition,
)
from media.ladder import encoder_options
from media.ports import MadeTrack

_BT709 = 1
_LIMITED = 1
_FRAGMENTS = "empty_moov+default_base_moof+cmaf+skip_trailer"
_PLAIN = {"write_btrt": "0", "fflags": "bitexact"}
_PRE_ROLL = 2048
_FIRST_KEPT_PTS = _PRE_ROLL
_HEADERS_LIMIT = 1 << 20

Pcm = NDArray[np.float32]


class VideoTrack:
    """One video rendition in the making.

    Args:
        path: where it is written.
        threads: of the encoder.
    """

    def __init__(self, rendition: Rendition, path: Path, threads: int) -> None:
        self.rendition = rendition
        self.path = path
        self.frames = 0
        self._last: VideoFrame | None = None
        options = {
            "movflags": f"frag_keyframe+{_FRAGMENTS}",
            "video_track_timescale": str(VIDEO_TIMESCALE),
            **_PLAIN,
        }
        self._file: OutputContainer = av.open(str(path), "w", format="mp4", options=options)
        self._stream = self._file.add_stream("libx264", rate=FPS, options=encoder_options(rendition))
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = rendition.width, rendition.height, "yuv420p"
        context.time_base = Fraction(1, FPS)
        context.sample_aspect_ratio = Fraction(1)
        context.gop_size = FRAMES_PER_SEGMENT
        context.thread_count = threads
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED

    def write(self, frame: VideoFrame) -> None:
        """Encode the next frame (of the rendition's size, yuv420p); its own time is not looked at."""
        frame.pts, frame.time_base = self.frames, Fraction(1, FPS)
        frame.pict_type = 0
        self._file.mux(self._stream.encode(frame))
        self.frames += 1
        self._last = frame

    def hold(self, segments: int) -> None:
        """Repeat the last picture until ``segments`` are full."""
        assert self._last is not None
        while self.frames < segments * FRAMES_PER_SEGMENT:
            self.write(self._last)

    def finish(self) -> MadeTrack:
        """Close the file and read it back."""
        self._file.mux(self._stream.encode(None))
        self._file.close()
        return read_back(self.rendition, self.path, self.frames // FRAMES_PER_SEGMENT)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()


@dataclass
class AudioTrack:
    """The audio rendition in the making: AAC with 2048 samples of pre-roll that are dropped again."""

    rendition: Rendition
    path: Path
    _waiting: Pcm = field(default_factory=lambda: np.zeros((2, _PRE_ROLL), np.float32))
    _fed: int = 0

    def __post_init__(self) -> None:
        options = {"movflags": _FRAGMENTS, "frag_duration": "1920000", **_PLAIN}
        self._file: OutputContainer = av.open(str(self.path), "w", format="mp4", options=options)
        self._stream = self._file.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        self._stream.codec_context.bit_rate = self.rendition.bitrate_bps

    def write(self, pcm: Pcm) -> None:
        """Encode the next samples: float32, shape (2, n), any n."""
        self._waiting = np.concatenate((self._waiting, pcm), axis=1)
        whole = self._waiting.shape[1] // AAC_FRAME_SAMPLES * AAC_FRAME_SAMPLES
        for start in range(0, whole, AAC_FRAME_SAMPLES):
            self._encode(self._waiting[:, start : start + AAC_FRAME_SAMPLES])
        self._waiting = self._waiting[:, whole:]

    def _encode(self, pcm: Pcm) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts, frame.time_base = self._fed, Fraction(1, SAMPLE_RATE_HZ)
        self._fed += AAC_FRAME_SAMPLES
        self._mux(frame)

    def _mux(self, frame: AudioFrame | None) -> None:
        end = self._end
        for packet in self._stream.encode(frame):
            if packet.pts is None or not _FIRST_KEPT_PTS <= packet.pts < end:
                continue
            packet.pts -= _FIRST_KEPT_PTS
            packet.dts = packet.pts
            self._file.mux_one(packet)

    _end: int = 1 << 62

    def finish(self, segments: int) -> MadeTrack:
        """Close the file after ``segments`` whole segments, which must have been written."""
        self._end = _FIRST_KEPT_PTS + segments * AAC_FRAMES_PER_SEGMENT * AAC_FRAME_SAMPLES
        self.write(np.zeros((2, AAC_FRAME_SAMPLES), np.float32))
        self._mux(None)
        self._file.close()
        return read_back(self.rendition, self.path, segments)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()


def read_back(rendition: Rendition, path: Path, segments: int) -> MadeTrack:
    """Where each segment lies, once the whole track was found to be on the grid.

    Raises:
        media.acceptance.Unpreparable: ``media-off-grid``.
    """
    video = rendition.medium is Medium.VIDEO
    wanted = FRAMES_PER_SEGMENT if video else AAC_FRAMES_PER_SEGMENT
    offsets: list[int] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at < size:
            file.seek(at)
            length, kind = header(file.read(HEADER_BYTES), 0)
            if length < HEADER_BYTES or at + length > size:
                raise _off_grid(rendition, f"box {kind!r} at {at}")
            if kind == b"moof":
                file.seek(at)
                moof = file.read(min(length, _HEADERS_LIMIT))
                _check(rendition, moof, len(offsets) * rendition.ticks_per_segment, wanted)
                offsets.append(at)
            at += length
    if len(offsets) != segments:
        raise _off_grid(rendition, f"{len(offsets)} segments instead of {segments}")
    return MadeTrack(rendition.name, path.name, (*offsets, size))


def _check(rendition: Rendition, moof: bytes, decode_ticks: int, wanted: int) -> None:
    try:
        outer = next(iter(top_level(moof)))
        times = [decode_time(moof, tfdt) for tfdt in _tfdts(moof, outer)]
        count = sample_count(moof, outer)
    except (Invalid, StopIteration):
        raise _off_grid(rendition, "a fragment that cannot be read") from None
    if times != [decode_ticks] or count != wanted:
        raise _off_grid(rendition, f"{count} samples at {times} instead of {wanted} at {decode_ticks}")


def _tfdts(data: bytes, moof: Box) -> list[Box]:
    return [t for traf in children(data, moof, b"traf") for t in children(data, traf, b"tfdt")]


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
