import av
import pytest

from media.adapters.av_source import open_source, readable, starts_at
from media.file_clock import PLAIN, FileClock
from media.gaps import Gap
from tests.media.films import flash_and_beep, shifted


def test_both_streams_are_counted_from_the_files_own_start(tmp_path):
    path = shifted(flash_and_beep(tmp_path / "a.mp4", seconds=0.4, at=(0.1,)), tmp_path / "a.ts", -1, 10)
    with open_source(path) as container:
        assert starts_at(container) > 9
        frames = list(readable(container, container.streams.video[0], PLAIN))
    assert float(frames[0].pts * frames[0].time_base) == pytest.approx(0, abs=0.05)


def test_what_comes_after_a_gap_moves_up(tmp_path):
    source = flash_and_beep(tmp_path / "a.mp4", seconds=1.6, at=(0.1,))
    path = shifted(source, tmp_path / "b.mkv", 1.0, 3600)
    with open_source(path) as container:
        frames = list(readable(container, container.streams.video[0], FileClock((Gap(1, 3600),))))
    times = [float(frame.pts * frame.time_base) for frame in frames]
    assert times == sorted(times)
    assert times[-1] < 2


def test_damage_is_passed_over(tmp_path):
    path = flash_and_beep(tmp_path / "a.ts", seconds=2.0, at=(0.1,))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(data)
    with open_source(path) as container:
        assert len(list(readable(container, container.streams.video[0], PLAIN))) > 20


def test_a_name_is_never_taken_for_an_address(tmp_path):
    with pytest.raises(av.error.FFmpegError):
        open_source(tmp_path / "http:" / "127.0.0.1")
