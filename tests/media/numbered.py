"""A film whose every frame bears its number as black and white squares, in Gray code."""

from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from tests.media.films import _frames, luma

BITS = 12
WIDTH, HEIGHT = 192, 108
SQUARE = WIDTH // BITS
SAMPLES = 1920


def numbered(path: Path, frames: int, black: Collection[int] = (), *, heard: int | None = None) -> Path:
    """``frames`` frames at 25 a second; those in ``black`` are black and silent.

    The sound of 48 kHz lasts for ``heard`` frames, as long as the picture by default: a tone that rises.
    """
    with av.open(str(path), "w") as target:
        video = target.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "10"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = target.add_stream("pcm_f32le", rate=48_000, layout="stereo")
        for number in range(frames):
            target.mux(video.encode(_picture(number, number in black)))
        for frame in _frames(_tone(frames if heard is None else heard, black), 48_000, audio):
            target.mux(audio.encode(frame))
        target.mux(video.encode(None))
        target.mux(audio.encode(None))
    return path


def _picture(number: int, black: bool) -> VideoFrame:
    y = np.full((HEIGHT, WIDTH), 16 if black else 110, np.uint8)
    gray = number ^ number >> 1
    for bit in range(0 if black else BITS):
        y[30:78, bit * SQUARE : (bit + 1) * SQUARE] = 230 if gray >> bit & 1 else 20
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, value in zip(frame.planes, (0, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    stride = frame.planes[0].line_size
    rows = np.zeros((HEIGHT, stride), np.uint8)
    rows[:, :WIDTH] = y
    frame.planes[0].update(rows.tobytes())
    frame.pts, frame.time_base = number, Fraction(1, 25)
    return frame


def _tone(frames: int, black: Collection[int]) -> np.ndarray:
    t = np.arange(frames * SAMPLES) / 48_000
    ear = np.sin(2 * np.pi * (300 * t + 10 * t * t)) / 4
    for number in black:
        ear[number * SAMPLES : (number + 1) * SAMPLES] = 0
    return np.stack([ear, ear]).astype(np.float32)


def number_of(frame: VideoFrame) -> int:
    """The number on a frame; -1 where it is black."""
    if luma(frame, 0.5, 0.1) < 60:
        return -1
    gray = sum((luma(frame, (bit + 0.5) / BITS, 0.5) > 125) << bit for bit in range(BITS))
    number = 0
    while gray:
        number, gray = number ^ gray, gray >> 1
    return number
