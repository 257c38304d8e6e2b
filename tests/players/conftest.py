"""One reading by five players at once; each test looks at what it left."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.players.listening import Listener, listening
from tests.players.product import Product, running
from tests.players.reading import PLAYERS, Reading, read_all

SECONDS = 80.0
"""Eight splices and more: a loop of the channel lasts 58 s."""
# Our own page is of the cooperating kind; players that know nothing of us are given slate.
TECHNIQUE = dict.fromkeys(PLAYERS, "slate") | {"hls_js": "two-element", "shaka": "two-element"}
POLLED = "poller"
PLAYED = "played"
ORDER = (
    *("test_dash", "test_two_hours", "test_hls_parser", "test_ignition", PLAYED, "test_interstitials"),
    *("test_withdrawn", "test_ride", "test_long_run", "test_on_demand"),
)
"""What needs much of the machine is read beside what needs little."""


@dataclass(frozen=True)
class Played:
    """The reading, and what stood in each player's session meanwhile."""

    reading: Reading
    listener: Listener
    server_log: str


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where two share the work (``--dist loadgroup``), one of them has all that look at a reading."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_reading(item)))
    items.sort(key=lambda item: ORDER.index(_reading(item)) if _reading(item) in ORDER else len(ORDER))


def _reading(item: pytest.Item) -> str:
    return PLAYED if PLAYED in getattr(item, "fixturenames", ()) else item.path.stem


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Roadcast with a channel that can be measured; one vehicle is parked, the other moves."""
    with running(tmp_path_factory.mktemp("product")) as product:
        yield product


@pytest.fixture(scope="package")
def played(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Five players read the channel at once, each in a session of its own."""
    folder = tmp_path_factory.mktemp("read")
    urls = {name: product.open(TECHNIQUE[name])["multivariant"] for name in PLAYERS}
    polled = product.open("two-element")["multivariant"]
    before = product.log.stat().st_size
    with ExitStack() as stack:
        listener = stack.enter_context(listening({**urls, POLLED: polled}, POLLED))
        reading = read_all(urls, folder, SECONDS)
    with product.log.open() as log:
        log.seek(before)
        said = log.read()
    return Played(reading, listener, said)


@pytest.fixture
def folder(played: Played) -> Path:
    """What the players wrote."""
    return played.reading.folder
