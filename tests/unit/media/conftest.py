"""The media room on real engines, and one film that several tests look at."""

import pytest

from tests.media.films import Prepared, flash_and_beep, prepared
from tests.media.house import MediaHouse


@pytest.fixture
def house(database, tmp_path, clock, new_id) -> MediaHouse:
    return MediaHouse(database, tmp_path, clock, new_id)


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> Prepared:
    """4 s at 25 frames a second: flashes and beeps at 1 s and 3 s."""
    folder = tmp_path_factory.mktemp("film")
    return prepared(flash_and_beep(folder / "source.mp4"), folder / "made")


@pytest.fixture(scope="session")
def short_film(tmp_path_factory):
    """The file of a film of half a second."""
    return flash_and_beep(tmp_path_factory.mktemp("short") / "short.mp4", seconds=0.5, at=(0.2,))
