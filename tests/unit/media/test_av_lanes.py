import pytest

from media.adapters.av_lanes import Lanes
from media.adapters.av_package import VideoTrack
from media.adapters.av_still import black, laid
from media.house_format import VIDEO_RENDITIONS


class Broken(VideoTrack):
    def write(self, frame) -> None:
        raise ValueError("the encoder broke")


def row():
    return [laid(black(), one.width, one.height) for one in VIDEO_RENDITIONS[1:]]


def test_all_tracks_get_every_frame(tmp_path):
    with Lanes([VideoTrack(one, tmp_path / f"{one.name}.mp4") for one in VIDEO_RENDITIONS[1:]]) as lanes:
        for _ in range(50):
            lanes.write(row())
        assert lanes.frames == 50
        made = lanes.finish(2)
    assert [track.rendition for track in made] == ["v540", "v360"]
    assert all(len(track.offsets) == 3 for track in made)


def test_what_breaks_in_a_lane_reaches_whoever_fills_it(tmp_path):
    with Lanes([Broken(VIDEO_RENDITIONS[-1], tmp_path / "v.mp4")]) as lanes:
        lanes.write(row()[1:])
        with pytest.raises(ValueError, match="the encoder broke"):
            lanes.finish(1)


def test_a_lane_that_is_far_behind_makes_the_others_wait_and_tell(tmp_path):
    def fill(lanes) -> None:
        for _ in range(100):
            lanes.write(row()[1:])

    with Lanes([Broken(VIDEO_RENDITIONS[-1], tmp_path / "v.mp4")]) as lanes:
        with pytest.raises(ValueError, match="the encoder broke"):
            fill(lanes)
        assert lanes.frames < 20
