"""The still of something that has only sound: its artwork, or a card painted from its waveform."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from media.adapters.av_source import open_source
from media.card import Card
from media.house_format import LADDER
from media.ladder import fit

_WIDTH, _HEIGHT = LADDER[0].width, LADDER[0].height
_ITU709 = "itu709"


def artwork(source: Path) -> VideoFrame | None:
    """The embedded cover, letterboxed to 1280x720, or None."""
    with open_source(source) as container:
        for stream in container.streams.video:
            if not stream.disposition & av.stream.Disposition.attached_pic:
                continue
            try:
                cover = next(container.decode(stream))
            except (StopIteration, av.error.FFmpegError):
                return None
            place = fit(cover.width, cover.height, None, _WIDTH, _HEIGHT)
            small = cover.reformat(place.width, place.height, "rgb24").to_ndarray()
            canvas = np.full((_HEIGHT, _WIDTH, 3), small.mean(axis=(0, 1)) * 0.35, np.uint8)
            canvas[place.y : place.y + place.height, place.x : place.x + place.width] = small
            return VideoFrame.from_ndarray(canvas, format="rgb24")
    return None


def paint(card: Card) -> VideoFrame:
    """A vertical gradient and a row of bars, 1280x720."""
    down = np.linspace(0.0, 1.0, _HEIGHT)[:, None, None]
    gradient = np.array(card.top) * (1 - down) + np.array(card.bottom) * down
    canvas = np.ascontiguousarray(np.broadcast_to(gradient, (_HEIGHT, _WIDTH, 3))).astype(np.uint8)
    middle, step = _HEIGHT // 2, _WIDTH * 3 // 4 // len(card.bars)
    left = (_WIDTH - step * len(card.bars)) // 2
    for number, height in enumerate(card.bars):
        half = max(3, height * _HEIGHT // 4 // 1000)
        x = left + number * step
        canvas[middle - half : middle + half, x : x + step * 3 // 5] = card.ink
    return VideoFrame.from_ndarray(canvas, format="rgb24")


def jpeg(frame: VideoFrame) -> bytes:
    """``frame`` as a JPEG file (JFIF) of its own size."""
    context = av.CodecContext.create("mjpeg", "w")
    full = frame.reformat(format="yuvj420p", src_colorspace=_ITU709, dst_colorspace="itu601")
    context.width, context.height, context.pix_fmt = full.width, full.height, "yuvj420p"
    context.time_base = Fraction(1, 25)
    context.options = {"q:v": "4"}
    full.pts = 0
    return b"".join(bytes(packet) for packet in (*context.encode(full), *context.encode(None)))


def black() -> VideoFrame:
    """A black picture, 1280x720."""
    return VideoFrame.from_ndarray(np.zeros((_HEIGHT, _WIDTH, 3), np.uint8), format="rgb24")


def laid(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """An RGB still in the house's colours at a rendition's size."""
    return frame.reformat(width, height, "yuv420p", dst_colorspace=_ITU709, dst_color_range="MPEG")
