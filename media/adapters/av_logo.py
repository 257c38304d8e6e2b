"""A small picture that somebody brings, decoded and drawn anew: nothing of its file is kept."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from media.acceptance import Refusal, Unpreparable

PIXELS = 256
SIDE_LIMIT = 4096
_HEAD_BYTES = 12


def redraw(source: Path, target: Path) -> None:
    """Write ``source``, a PNG, JPEG or WebP, to ``target`` as a PNG of 256 x 256, transparent around it.

    Raises:
        media.acceptance.Unpreparable: ``logo-unreadable`` or ``logo-too-wide``.
    """
    try:
        picture = _decoded(source)
    except (av.error.FFmpegError, StopIteration, IndexError):
        raise _refused("logo-unreadable", "It is no PNG, JPEG or WebP that can be read.") from None
    scale = PIXELS / max(picture.width, picture.height)
    width, height = (max(1, round(side * scale)) for side in (picture.width, picture.height))
    small = picture.reformat(width, height, "rgba", interpolation="AREA").to_ndarray()
    canvas = np.zeros((PIXELS, PIXELS, 4), np.uint8)
    x, y = (PIXELS - width) // 2, (PIXELS - height) // 2
    canvas[y : y + height, x : x + width] = small
    target.write_bytes(_png(VideoFrame.from_ndarray(canvas, format="rgba")))


def _decoded(source: Path) -> VideoFrame:
    with source.open("rb") as file:
        demuxer = _demuxer(file.read(_HEAD_BYTES))
    with av.open(f"file:{source}", format=demuxer, options={"protocol_whitelist": "file"}) as container:
        stream = container.streams.video[0]
        if max(stream.width, stream.height) > SIDE_LIMIT:
            raise _refused("logo-too-wide", f"It is wider or higher than {SIDE_LIMIT} pixels.")
        return next(container.decode(stream))


def _demuxer(head: bytes) -> str:
    """What reads the file, by its first bytes; never one that reads drawings, or names other files."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png_pipe"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg_pipe"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp_pipe"
    raise _refused("logo-unreadable", "It is neither a PNG nor a JPEG nor a WebP.")


def _png(frame: VideoFrame) -> bytes:
    context = av.CodecContext.create("png", "w")
    context.width, context.height, context.pix_fmt = frame.width, frame.height, "rgba"
    context.time_base = Fraction(1, 25)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in (*context.encode(frame), *context.encode(None)))


def _refused(code: str, detail: str) -> Unpreparable:
    fix = f"Choose a PNG, JPEG or WebP of at most {SIDE_LIMIT} pixels a side."
    return Unpreparable((Refusal(code, detail, fix),))
