from itertools import pairwise

import av
import numpy as np
import pytest

from media.acceptance import Unpreparable
from media.adapters.av_look import look
from media.adapters.av_make import make, make_slate
from media.house_format import VIDEO_RENDITIONS
from tests.media.films import (
    flash_and_beep,
    joined_end_to_end,
    lavfi,
    loudness,
    luma,
    prepared,
    shifted,
    sound,
)

SLACK_S = 0.020


def test_every_rendition_is_whole_segments_and_equally_long(film):
    assert film.made.segments == 3  # 4 s
    assert film.made.duration_ms == pytest.approx(4000, abs=30)
    assert (film.made.has_picture, film.made.has_sound) == (True, True)
    assert [track.rendition for track in film.made.tracks] == ["v720", "v540", "v360", "a128"]
    assert all(len(track.offsets) == 4 for track in film.made.tracks)
    for rendition in VIDEO_RENDITIONS:
        frames = film.frames(rendition.name)
        assert len(frames) == 3 * 48
        assert {(frame.width, frame.height) for frame in frames} == {(rendition.width, rendition.height)}
    assert film.pcm().shape == (2, 3 * 92_160)


def test_picture_and_sound_keep_step(film):
    assert film.flashes_s() == pytest.approx([1.0, 3.0])
    assert film.beeps_s() == pytest.approx([1.0, 3.0], abs=SLACK_S)


@pytest.mark.parametrize(
    ("name", "fps", "rate", "codecs"),
    [
        ("broadcast.ts", 25, 44_100, ("libx264", "aac")),
        ("old.avi", 25, 44_100, ("mpeg4", "libmp3lame")),
        ("fast.mkv", 60, 48_000, ("libx264", "libopus")),
    ],
)
def test_other_containers_keep_step_too(tmp_path, name, fps, rate, codecs):
    source = flash_and_beep(tmp_path / name, seconds=1.6, at=(1.0,), fps=fps, rate=rate, codecs=codecs)
    if name == "broadcast.ts":  # its clock begins anywhere
        source = shifted(source, tmp_path / "later.ts", -1, 5000)
    made = prepared(source, tmp_path / "made")
    assert made.beeps_s() == pytest.approx(made.flashes_s(), abs=SLACK_S)
    assert made.flashes_s() == pytest.approx([1.0], abs=0.05)


def test_recordings_that_were_joined_are_made_whole_and_keep_step(tmp_path):
    """Each part's clock begins anew; nothing is lost, and nothing is held between them."""
    made = prepared(joined_end_to_end(tmp_path, 4.0, 3.0, at=(1.0,)), tmp_path / "made")
    assert made.made.duration_ms == pytest.approx(7000, abs=150)
    assert made.flashes_s() == pytest.approx([1.0, 5.0], abs=0.1)
    assert made.beeps_s() == pytest.approx(made.flashes_s(), abs=SLACK_S)


@pytest.mark.parametrize("level", [0.0, 2**-15])
def test_a_track_in_which_nothing_can_be_heard_is_no_sound(tmp_path, level):
    film = flash_and_beep(
        tmp_path / "film.mkv", seconds=0.5, at=(0.1,), codecs=("libx264", "flac"), level=level
    )
    made = prepared(film, tmp_path / "made")
    assert (made.made.has_picture, made.made.has_sound) == (True, False)


def test_progress_never_falls_and_tells_of_the_work(film):
    assert list(film.told) == sorted(film.told)
    assert len(set(film.told)) > 20
    assert film.told[-1] <= 1000


def test_the_last_picture_is_held_and_the_sound_is_silent_after_the_end(film):
    frames = film.frames("v360")
    assert all(luma(frame) < 30 for frame in frames[100:])
    assert np.abs(film.pcm()[:, 4 * 48_000 + 4800 :]).max() < 1e-3


def test_sound_only_shows_one_card_throughout_and_stores_copies_of_one_segment(tmp_path):
    noise = np.random.default_rng(1).normal(0, 0.05, (2, 48_000 * 8)) * np.linspace(0.1, 1, 48_000 * 8)
    made = prepared(sound(tmp_path / "noise.flac", noise, codec="flac"), tmp_path / "made")
    assert (made.made.has_picture, made.made.segments) == (False, 5)
    offsets = made.made.tracks[0].offsets
    data = (made.folder / "v720.mp4").read_bytes()
    payloads = {data[start:end].partition(b"mdat")[2] for start, end in pairwise(offsets)}
    assert len(payloads) == 1
    frames = made.frames("v720")
    assert len(frames) == 5 * 48
    assert abs(luma(frames[0], 0.3, 0.2) - luma(frames[-1], 0.3, 0.2)) < 4
    assert luma(frames[-1], 0.5, 0.02) > luma(frames[-1], 0.5, 0.98) + 10  # a gradient, not a hole


def test_a_picture_without_sound_gets_silence(tmp_path):
    made = prepared(lavfi(tmp_path / "mute.mp4", "testsrc2=size=320x180:rate=25", 20), tmp_path / "made")
    assert made.made.has_sound is False
    assert made.made.duration_ms == 800
    assert np.abs(made.pcm()).max() == 0
    assert made.pcm().shape == (2, 92_160)


def test_a_sound_much_longer_than_its_picture_holds_the_picture(tmp_path):
    picture = lavfi(tmp_path / "p.mp4", "testsrc2=size=320x180:rate=25", 10)
    tone = sound(tmp_path / "s.wav", np.sin(np.arange(48_000 * 7) / 20)[None].repeat(2, 0) / 4)
    both = tmp_path / "both.mkv"
    with av.open(str(picture)) as one, av.open(str(tone)) as two, av.open(str(both), "w") as target:
        streams = [
            target.add_stream_from_template(one.streams[0]),
            target.add_stream_from_template(two.streams[0]),
        ]
        for source, stream in zip((one, two), streams, strict=True):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    made = prepared(both, tmp_path / "made")
    frames = made.frames("v360")
    assert (made.made.segments, len(frames)) == (4, 4 * 48)
    assert luma(frames[9], 0.3, 0.3) == pytest.approx(luma(frames[-1], 0.3, 0.3), abs=4)


def test_the_same_source_gives_the_same_bytes(short_film, tmp_path):
    first, second = prepared(short_film, tmp_path / "1"), prepared(short_film, tmp_path / "2")
    assert first.made == second.made
    for track in first.made.tracks:
        assert (first.folder / track.path).read_bytes() == (second.folder / track.path).read_bytes()


def test_the_slate_is_black_silent_and_has_the_init_of_everything(film, tmp_path):
    slate = make_slate(tmp_path)
    assert (slate.segments, slate.has_picture, slate.has_sound) == (1, False, False)
    for own, other in zip(slate.tracks, film.made.tracks, strict=True):
        init = (tmp_path / own.path).read_bytes()[: own.offsets[0]]
        assert init == (film.folder / other.path).read_bytes()[: other.offsets[0]]
    with av.open(str(tmp_path / "v360.mp4")) as container:
        assert {luma(frame) for frame in container.decode(video=0)} == {16}


def test_a_sound_that_never_comes_is_refused(tmp_path):
    path = sound(tmp_path / "a.wav", np.zeros((2, 4800)))
    found = look(path)
    path.write_bytes(path.read_bytes().partition(b"data")[0] + b"data\0\0\0\0")
    (tmp_path / "made").mkdir()
    with pytest.raises(Unpreparable) as refused:
        make(path, found, tmp_path / "made", "x", lambda permille: None)
    assert refused.value.refusals[0].code == "media-undecodable"


def test_the_poster_is_a_jpeg_of_the_largest_rendition(film):
    with av.open(str(film.folder / film.made.poster)) as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == (1280, 720)
    assert luma(frame) > 200  # the flash is brighter than the black before it


def test_loudness_is_the_houses(film):
    assert loudness(film.pcm())[0] == pytest.approx(-23, abs=1)
