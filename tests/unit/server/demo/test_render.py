from dataclasses import replace

import av

from server.demo.films import ITEMS, SPOTS
from server.demo.render import render, suffix_of


def test_a_film_has_its_length_and_both_streams(tmp_path):
    film = replace(SPOTS[0], segments=1)
    render(film, tmp_path / "spot.mp4")
    with av.open(str(tmp_path / "spot.mp4")) as made:
        video, audio = made.streams.video[0], made.streams.audio[0]
        assert video.frames == 47
        assert 1.85 < float(audio.duration * audio.time_base) < 1.92
        first = next(made.decode(video=0)).to_ndarray(format="gray")
        assert (first > 200).sum() > 500  # the lettering


def test_sound_alone(tmp_path):
    film = replace(ITEMS[1], segments=1)
    assert suffix_of(film) == ".wav"
    render(film, tmp_path / "song.wav")
    with av.open(str(tmp_path / "song.wav")) as made:
        assert not made.streams.video
        assert made.streams.audio[0].codec_context.name == "pcm_s16le"
