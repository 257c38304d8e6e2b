import av
import pytest

from players.playback.resume_point import near_end
from server.demo.films import HEIGHT, ITEMS, PROGRAMMES, SPOTS, WIDTH

FILMS = (*PROGRAMMES, *ITEMS, *SPOTS)


def resumable(seconds: float) -> bool:
    """Whether half a minute of it can be heard, and it is gone on with then."""
    return not near_end(30_000, round(seconds * 1000))


def test_there_is_enough_to_watch():
    assert len(PROGRAMMES) >= 4
    assert [bool(film.picture) for film in ITEMS] == [True, False, False]
    assert any(resumable(film.seconds) for film in ITEMS)
    assert len({film.asset_id for film in FILMS}) == len(FILMS)
    assert all(film.segments in {8, 16} for film in SPOTS)


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.key)
def test_every_recipe_can_be_cooked(film):
    if film.picture:
        with av.open(film.picture, format="lavfi") as source:
            frame = next(source.decode(video=0))
            assert (frame.width, frame.height, frame.format.name) == (WIDTH, HEIGHT, "yuv420p")
    with av.open(film.sound, format="lavfi") as source:
        samples = [next(source.decode(audio=0)) for _ in range(20)]
        assert samples[0].sample_rate == 48_000
        assert samples[0].layout.name == "stereo"
        assert max(abs(frame.to_ndarray()).max() for frame in samples) > 0.01
