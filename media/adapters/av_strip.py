"""The frames of one of our own segments as small JPEGs."""

import io

import av

from media.adapters.av_still import jpeg

WIDTH, HEIGHT = 320, 180


def strip(segment: bytes) -> tuple[bytes, ...]:
    """Each frame of ``segment`` (an init, then one moof+mdat) as a JPEG of 320x180, in order."""
    with av.open(io.BytesIO(segment), "r", format="mp4") as container:
        container.streams.video[0].thread_count = 1
        return tuple(jpeg(frame.reformat(WIDTH, HEIGHT)) for frame in container.decode(video=0))
