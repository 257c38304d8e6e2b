"""Pictures as people bring them."""

from fractions import Fraction

import av
import numpy as np
from av import VideoFrame


def picture(codec: str, pixels: str, width: int, height: int) -> bytes:
    """A red picture as a file."""
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[..., 0] = 255
    frame = VideoFrame.from_ndarray(canvas, format="rgb24").reformat(format=pixels)
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = width, height, pixels
    context.time_base, frame.pts = Fraction(1, 25), 0
    return b"".join(bytes(packet) for packet in (*context.encode(frame), *context.encode(None)))
