"""The parent of all: hands the listening socket down and watches over Redis and all other processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from kernel.errors import Unavailable
from server import progress
from server.engines import open_files
from server.engines.children import spawn, stop
from server.engines.data_folder import SERVICE, claim
from server.engines.embedded_redis import EmbeddedRedis
from server.engines.listener import handed_down, listen, port_of
from server.settings import Settings

BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 60.0
GRACE_S = 8.0
PATIENCE_S = 2.0
"""While a preparation takes longer, as at a first start, newcomers are told so, and wait no longer."""
GATE = "ROADCAST_GATE"
_HEARD = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}

log = structlog.get_logger("server.supervisor")


@dataclass
class Child:
    """One process that is kept alive.

    Args:
        name: for the logs.
        start: starts it.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    failures: int = 0
    restart_at_s: float = 0.0

    def watch(self, now_s: float) -> None:
        """Start it when it is due; note its end, and when to try again."""
        if self.process is not None and self.process.poll() is not None:
            steady = now_s - self.started_s > STEADY_S
            self.failures = 0 if steady else self.failures + 1
            wait_s = BACKOFF_S[min(self.failures, len(BACKOFF_S) - 1)]
            self.restart_at_s = now_s + wait_s
            log.error("a process ended", child=self.name, code=self.process.returncode, again_in_s=wait_s)
            self.process = None
        if self.process is None and now_s >= self.restart_at_s:
            self.started_s = now_s
            self.process = self.start()

    def end(self, grace_s: float) -> None:
        """Stop it."""
        if self.process is not None:
            stop(self.process, grace_s)


@dataclass
class Supervisor:
    """Runs the service until told to stop.

    Args:
        settings: handed to the children through their environment.
        prepare: what to run once, after Redis is up and before anyone is served; a command.
        announce: told the address once someone is being served.
    """

    settings: Settings
    prepare: Sequence[str] = ()
    announce: Callable[[str], None] = print
    children: list[Child] = field(default_factory=list)

    def run(self) -> int:
        """Serve; the exit code.

        Raises:
            Conflict: ``data-folder-in-use``, ``address-unusable`` or ``socket-unusable``.
            Unavailable: where Redis does not start, or the preparation fails.
        """
        lock = claim(self.settings.data_dir, SERVICE)
        open_files.raise_limit()
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        try:
            with handed_down(os.environ) or listen(self.settings.host, self.settings.port) as listener:
                self._start(lock, listener)
                self._watch()
        except _Stopped:
            pass
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
            os.close(lock)
        return 0

    def _start(self, lock: int, listener: socket.socket) -> None:
        environ = self._environ(listener)
        if self.settings.embedded_redis:
            redis = EmbeddedRedis(self.settings.data_dir / "redis", self.settings.redis_socket)
            self._add("redis", lambda: redis.start(pass_fds=[lock]))
        gate, opener = os.pipe()  # children get ready meanwhile, and serve once it is closed

        def python(*arguments: str, fds: Sequence[int] = ()) -> Callable[[], subprocess.Popen[bytes]]:
            return lambda: spawn(
                [sys.executable, "-m", *arguments],
                death_signal=signal.SIGKILL,
                pass_fds=[lock, gate, *fds],
                environ={**environ, GATE: str(gate)},
            )

        socket_fd = listener.fileno()
        for number in range(self.settings.workers):
            web = python("server.web_worker", "--fd", str(socket_fd), fds=[socket_fd])
            self._add(f"web-{number}", web)
        if self.prepare:
            waiting_room = python("server.waiting_room", "--fd", str(socket_fd), fds=[socket_fd])
            self._prepare(lock, environ, waiting_room)
        os.close(opener)
        self._add("jobs", python("server.job_worker"))
        if self.settings.mqtt_url:
            self._add("mqtt", python("server.mqtt_worker"))
        self.announce(environ["ROADCAST_BASE_URL"])

    def _add(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        child = Child(name, start)
        self.children.append(child)
        child.watch(time.monotonic())

    def _environ(self, listener: socket.socket) -> dict[str, str]:
        metrics = self.settings.metrics_dir
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir(parents=True)
        progress.forget(self.settings.data_dir)
        environ = {**os.environ, **self.settings.to_environ(), "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        port, told = port_of(listener), self.settings.port
        if port not in (0, told):  # picked, or a socket that was held for us
            environ["ROADCAST_PORT"] = str(port)
            if self.settings.base_url.endswith(f":{told}"):
                environ["ROADCAST_BASE_URL"] = self.settings.base_url.removesuffix(f":{told}") + f":{port}"
        return environ

    def _prepare(
        self, lock: int, environ: dict[str, str], waiting_room: Callable[[], subprocess.Popen[bytes]]
    ) -> None:
        """Run the preparation; whoever comes while it takes long is told how far it is.

        The waiting room closes before the web processes open: between the two newcomers wait in the
        socket's queue, so that none is refused, and none is told to wait once it is ready.
        """
        process = spawn(self.prepare, death_signal=signal.SIGKILL, pass_fds=[lock], environ=environ)
        room, opens_s = None, time.monotonic() + PATIENCE_S
        try:
            while process.poll() is None:
                if room is None and time.monotonic() >= opens_s:
                    room = waiting_room()
                    log.info("preparing; newcomers are told so", url=environ["ROADCAST_BASE_URL"])
                self._hear(PATIENCE_S / 4)
        finally:
            stop(process, GRACE_S)
            if room is not None:
                stop(room, GRACE_S)
            progress.forget(self.settings.data_dir)
        if process.returncode:
            raise Unavailable("preparation-failed", "Roadcast could not be prepared.", fix="See above.")

    def _watch(self) -> None:
        while True:
            now_s = time.monotonic()
            for child in self.children:
                self._keep(child, now_s)
            self._hear(1.0 if all(child.process for child in self.children) else 0.1)

    @staticmethod
    def _keep(child: Child, now_s: float) -> None:
        try:
            child.watch(now_s)
        except (Unavailable, OSError) as error:
            child.failures += 1
            child.restart_at_s = now_s + BACKOFF_S[min(child.failures, len(BACKOFF_S) - 1)]
            log.error("a process did not start", child=child.name, error=str(error))

    @staticmethod
    def _hear(timeout_s: float) -> None:
        heard = signal.sigtimedwait(_HEARD, timeout_s)
        if heard is not None and heard.si_signo != signal.SIGCHLD:
            raise _Stopped

    def _stop(self) -> None:
        """End all: those who serve at once together, Redis last."""
        redis, others = self._split()
        for child in others:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        for child in (*others, *redis):
            child.end(GRACE_S)

    def _split(self) -> tuple[list[Child], list[Child]]:
        redis = [child for child in self.children if child.name == "redis"]
        return redis, [child for child in self.children if child.name != "redis"]


def await_gate() -> None:
    """Called by a child once it is ready: returns when everything has been prepared."""
    if gate := os.environ.get(GATE):
        os.read(int(gate), 1)


class _Stopped(Exception):
    """A signal asked for the end."""
