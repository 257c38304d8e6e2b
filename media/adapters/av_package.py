"""Encoding one rendition into one file: init, then a moof+mdat pair for each segment.

PyAV's ``mp4`` muxer writes them; nothing here makes boxes by hand.
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

from media.adapters.track_file import read_back, repeat_last
from media.house_format import (
    AAC_FRAME_SAMPLES,
    AUDIO_TICKS_PER_SEGMENT,
    FPS,
    FRAMES_PER_SEGMENT,
    SAMPLE_RATE_HZ,
    VIDEO_TIMESCALE,
    Rendition,
)
from media.ladder import encoder_options
from media.ports import MadeTrack

_BT709 = 1
_LIMITED = 1
_FRAGMENTS = "empty_moov+default_base_moof+cmaf+skip_trailer"
_PLAIN = {"write_btrt": "0", "fflags": "bitexact"}
_PRE_ROLL = 2048
_SILENCE_SAMPLES = SAMPLE_RATE_HZ * 4

Pcm = NDArray[np.float32]


class VideoTrack:
    """One video rendition in the making.

    The encoder has one thread: the renditions are encoded beside each other (``av_lanes``), and the
    same source gives the same bytes on every machine, however many processors it has.
    """

    def __init__(self, rendition: Rendition, path: Path) -> None:
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
        context.thread_count = 1
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED

    def write(self, frame: VideoFrame) -> None:
        """Encode the next frame (of the rendition's size, yuv420p); its own time is not looked at."""
        frame.pts, frame.time_base = self.frames, Fraction(1, FPS)
        frame.pict_type = 0
        self._file.mux(self._stream.encode(frame))
        self.frames += 1
        self._last = frame

    def hold(self) -> None:
        """Hold the last picture to the end of its segment."""
        assert self._last is not None
        while self.frames % FRAMES_PER_SEGMENT:
            self.write(self._last)

    def finish(self, segments: int) -> MadeTrack:
        """Hold the last picture until ``segments`` are full, close the file and read it back.

        The segment that the picture ends in and one of stillness are encoded, the others are copies.
        """
        assert self._last is not None
        begun = -(-self.frames // FRAMES_PER_SEGMENT)
        still = begun + (self.frames > (begun - 1) * FRAMES_PER_SEGMENT + 1)
        while self.frames < min(segments, still) * FRAMES_PER_SEGMENT:
            self.write(self._last)
        self._file.mux(self._stream.encode(None))
        self._file.close()
        repeat_last(self.rendition, self.path, segments)
        return read_back(self.rendition, self.path, segments)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()


@dataclass
class AudioTrack:
    """The audio rendition in the making: AAC with 2048 samples of pre-roll that are dropped again."""

    rendition: Rendition
    path: Path
    written: int = 0
    _waiting: Pcm = field(default_factory=lambda: np.zeros((2, _PRE_ROLL), np.float32))
    _fed: int = 0
    _end: int = 1 << 62

    def __post_init__(self) -> None:
        options = {"movflags": _FRAGMENTS, "frag_duration": "1920000", **_PLAIN}
        self._file: OutputContainer = av.open(str(self.path), "w", format="mp4", options=options)
        self._stream = self._file.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        self._stream.codec_context.bit_rate = self.rendition.bitrate_bps

    def write(self, pcm: Pcm) -> None:
        """Encode the next samples: float32, shape (2, n), any n."""
        self.written += pcm.shape[1]
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
        for packet in self._stream.encode(frame):
            if packet.pts is None or not _PRE_ROLL <= packet.pts < self._end:
                continue
            packet.pts -= _PRE_ROLL
            packet.dts = packet.pts
            self._file.mux_one(packet)

    def hold(self, segments: int) -> None:
        """Silence until ``segments`` are full (more than that must not have been written)."""
        total = segments * AUDIO_TICKS_PER_SEGMENT
        while self.written < total:
            self.write(np.zeros((2, min(_SILENCE_SAMPLES, total - self.written)), np.float32))

    def finish(self, segments: int) -> MadeTrack:
        """Silence until ``segments`` are full (more than that must not have been written); close."""
        self.hold(segments)
        self._end = _PRE_ROLL + segments * AUDIO_TICKS_PER_SEGMENT
        self.write(np.zeros((2, AAC_FRAME_SAMPLES), np.float32))
        self._mux(None)
        self._file.close()
        return read_back(self.rendition, self.path, segments)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()
