"""Fixtures on the real embedded engines; every test room uses these."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
import redis.asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, event

from adserver.adapters.siv_sealer import SivSealer
from kernel.clock import to_ms
from kernel.signing import Signer
from players.adapters.batches import Batches

# No example is too slow, as the machine may be; a failure tells how to have it again.
settings.register_profile(
    "roadcast", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("roadcast")

TESTS = Path(__file__).parent
TRIED_ONCE = (TESTS / "properties", TESTS / "cases")
"""They wait for nobody: what fails there once is broken, and the next draw would hide it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in TRIED_ONCE):
            item.add_marker(pytest.mark.flaky(reruns=0))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is tried once more is tried from the beginning: a reading that others look at too is made anew."""
    if getattr(item, "execution_count", 1) == 1 or not isinstance(item, pytest.Function):
        return
    for fixtures in item._fixtureinfo.name2fixturedefs.values():
        for fixture in fixtures:
            if fixture.scope in {"module", "package"}:
                fixture.finish(item._request)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class SetClock:
    """A clock that a test sets and moves."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def now_ms(self) -> int:
        return to_ms(self.moment)

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 6, 15, 10, 0, tzinfo=UTC))


@pytest.fixture
def new_id():
    counter = itertools.count(1)
    return lambda prefix: f"{prefix}_{next(counter):016d}"


@pytest.fixture
def signer() -> Signer:
    return Signer([b"t" * 32], SivSealer([b"t" * 32]))


@pytest.fixture(scope="session")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real Redis as a child on a unix socket, for the whole test session."""
    folder = tmp_path_factory.mktemp("redis")
    socket = folder / "redis.sock"
    binary = Path(sys.executable).with_name("redis-server")
    process = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--daemonize", "no"],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(unix_socket_path=str(socket))
    for _ in range(5000):
        try:
            if client.ping():
                break
        except redis.ConnectionError:
            process.poll()
            if process.returncode is not None:
                raise RuntimeError(f"redis-server ended with {process.returncode}") from None
    client.close()
    yield socket
    process.terminate()
    process.wait(10)


@pytest.fixture
async def aredis(redis_socket: Path) -> AsyncIterator[redis.asyncio.Redis]:
    """An empty Redis, asyncio client, bytes in and out."""
    client = redis.asyncio.Redis(unix_socket_path=str(redis_socket))
    await client.flushall()
    yield client
    # Positions are told a moment later; a command that is on its way would open the client again.
    telling = {
        task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == Batches._run.__qualname__
    }
    if telling:
        await asyncio.wait(telling, timeout=5)
    await client.aclose()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database in WAL mode; a test makes the tables it needs with ``create_all``."""
    engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}")

    @event.listens_for(engine, "connect")
    def _pragmas(connection, _record) -> None:
        connection.execute("PRAGMA synchronous=OFF")  # nobody pulls the plug here
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")

    yield engine
    engine.dispose()
