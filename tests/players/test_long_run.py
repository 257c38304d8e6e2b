"""The long run, short: with ``kill -9`` of every web process in its middle."""

import pytest

from tests.players import long_run
from tests.players.long_run import PAGES, PLAYERS, Found
from tests.players.product import Product

pytestmark = pytest.mark.timeout(300)
SECONDS = 40.0


@pytest.fixture(scope="module")
def found(product: Product, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    return long_run.run(product, tmp_path_factory.mktemp("long"), SECONDS, kill_at=SECONDS / 2)


@pytest.mark.parametrize("player", PLAYERS)
def test_nothing_stands_still_drifts_or_dies(found: dict[str, Found], player: str) -> None:
    assert found[player].breaches(SECONDS) == [], found[player]


@pytest.mark.parametrize("page", PAGES)
def test_drift_was_measured(found: dict[str, Found], page: str) -> None:
    assert found[page].drift_ms is not None


def test_what_is_out_of_bounds_is_told() -> None:
    ill = Found(20.0, ((0, 300),), ((0, 400),), -41.0, ("died",), ("died",), 1)
    assert ill.breaches(60) == ["played too little", "stalled", "was silent", "drifted", "died", "jumped"]
    assert Found(50.0, drift_ms=-39.0).breaches(60) == []
