import pytest

from media.acceptance import Unpreparable
from media.adapters.track_file import read_back, repeat_last
from media.house_format import VIDEO_RENDITIONS

V360 = VIDEO_RENDITIONS[-1]


@pytest.fixture
def track(film, tmp_path):
    path = tmp_path / "v360.mp4"
    path.write_bytes((film.folder / "v360.mp4").read_bytes())
    return path


def refused(path, segments=3) -> str:
    with pytest.raises(Unpreparable) as unfit:
        read_back(V360, path, segments)
    assert unfit.value.refusals[0].code == "media-off-grid"
    return unfit.value.refusals[0].detail


def test_where_each_segment_lies(film, track):
    made = read_back(V360, track, 3)
    assert made == film.made.tracks[2]
    assert made.offsets[-1] == track.stat().st_size


def test_copies_of_the_last_segment_follow_on_the_grid(track):
    repeat_last(V360, track, 6)
    assert len(read_back(V360, track, 6).offsets) == 7
    size = track.stat().st_size
    repeat_last(V360, track, 2)
    assert track.stat().st_size == size


def test_too_few_segments(track):
    assert "3 segments instead of 4" in refused(track, 4)


@pytest.mark.parametrize("cut", [1, 40_000])
def test_a_file_that_ends_early(track, cut):
    data = track.read_bytes()
    track.write_bytes(data[: max(30, len(data) - cut)])
    assert refused(track)


def test_a_segment_at_the_wrong_time(film, track):
    offsets, data = film.made.tracks[2].offsets, track.read_bytes()
    second = data[offsets[1] : offsets[2]]
    track.write_bytes(data[: offsets[1]] + second + second + data[offsets[3] :])
    assert "instead of 48 at 345600" in refused(track)


def test_sound_is_held_to_other_numbers(film):
    with pytest.raises(Unpreparable):
        read_back(V360, film.folder / "a128.mp4", 3)
