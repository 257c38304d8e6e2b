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


@dataclass(frozen=True)
class Played:
    """The reading, and what stood in each player's session meanwhile."""

    reading: Reading
    listener: Listener
    server_log: str


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
