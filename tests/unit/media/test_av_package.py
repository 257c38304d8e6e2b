import av
import numpy as np
import pytest

from media.adapters.av_package import AudioTrack, VideoTrack
from media.adapters.av_still import black, laid
from media.house_format import AUDIO_RENDITION, VIDEO_RENDITIONS

V360 = VIDEO_RENDITIONS[-1]


def decoded(path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(container.streams[0]))


@pytest.mark.parametrize(
    ("frames", "segments"), [(1, 1), (1, 3), (48, 1), (48, 3), (49, 2), (60, 2), (60, 5)]
)
def test_the_last_picture_is_held_to_the_end(tmp_path, frames, segments):
    track = VideoTrack(V360, tmp_path / "v.mp4")
    still = laid(black(), V360.width, V360.height)
    for _ in range(frames):
        track.write(still)
    made = track.finish(segments)
    seen = decoded(tmp_path / "v.mp4")
    assert len(made.offsets) == segments + 1
    assert len(seen) == segments * 48
    assert [frame.pts for frame in seen] == [number * 3600 for number in range(segments * 48)]
    assert [n for n, frame in enumerate(seen) if frame.key_frame] == list(range(0, segments * 48, 48))


@pytest.mark.parametrize("chunk", [1, 1000, 100_000])
def test_sound_arrives_where_it_was_put_however_it_was_cut(tmp_path, chunk):
    pcm = np.zeros((2, 50_000), np.float32)
    pcm[:, 30_000:30_050] = 0.5
    track = AudioTrack(AUDIO_RENDITION, tmp_path / "a.mp4")
    step = max(chunk, 500)
    for start in range(0, 50_000, step):
        track.write(pcm[:, start : start + step])
    track.finish(1)
    heard = np.concatenate([frame.to_ndarray() for frame in decoded(tmp_path / "a.mp4")], axis=1)
    assert heard.shape == (2, 92_160)
    assert np.abs(heard[0]).argmax() == pytest.approx(30_025, abs=60)
