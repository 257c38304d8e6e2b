import io

import av

from media.adapters.av_strip import strip
from tests.media.films import luma


def test_every_frame_of_a_segment_in_order(film):
    (track,) = (track for track in film.made.tracks if track.rendition == "v360")
    data = (film.folder / track.path).read_bytes()
    stills = strip(data[: track.offsets[0]] + data[track.offsets[1] : track.offsets[2]])
    assert len(stills) == 48
    seen = []
    for still in stills:
        with av.open(io.BytesIO(still), format="mjpeg") as container:
            frame = next(container.decode(video=0))
        assert (frame.width, frame.height) == (320, 180)
        seen.append(luma(frame) > 120)
    assert [n + 48 for n in range(48) if seen[n]] == [75, 76, 77]  # the flash at 3 s
