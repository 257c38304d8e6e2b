"""The service as a process, and a car that speaks to it, for the walks."""

import asyncio
import base64
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from players.feed import signals
from players.feed.acceptance import Sample
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role as UnitRole
from players.feed.head_unit import Technique, Vehicle
from players.feed.viss import encode_event
from server.account import Role
from server.chance import new_id
from server.settings import Settings
from server.wiring.house import House, build

ROADCAST = Path(sys.executable).with_name("roadcast")
PATIENCE_S = 150
OPEN_FILES = 1_024
PASSWORD = "a password for walks"
RENNES = (48.1173, -1.6778)
QUIMPER = (47.9960, -4.1024)
"""Far from Rennes: two walks' campaigns in one town would compete for each other's breaks."""


HANDING_DOWN = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Becomes a program that is given the socket: the protocol of sd_listen_fds(3)."""


def eventually(look: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing came of it in {patience_s} s: {look}")


def few_open_files() -> None:
    """As most systems begin, whatever this machine does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))


class Service:
    """One installation that can be started, stopped, killed, and started again."""

    def __init__(self, data_dir: Path, log: Path) -> None:
        self.data_dir = data_dir
        self.log = log
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ROADCAST_")},
            "ROADCAST_DATA_DIR": str(data_dir),
        }
        self.port = 0
        self.held: socket.socket | None = None
        """A listening socket that lives longer than the service, as systemd holds one."""
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it serves; the port stays the same from the second start on."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._run(),
                env=self.environ,
                pass_fds=[self.held.fileno()] if self.held else [],
                preexec_fn=few_open_files,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.process.stdout.readline()
        assert "Roadcast is at" in line, self.log.read_text()
        self.port = int(line.split()[3].rsplit(":", 1)[1])
        answer = httpx.get(f"{self.url}/readyz", timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text

    def _run(self) -> list[str | Path]:
        if self.held is None:
            return [ROADCAST, "run", "--port", str(self.port)]
        return [sys.executable, "-c", HANDING_DOWN, str(self.held.fileno()), ROADCAST, "run"]

    def tree(self) -> list[psutil.Process]:
        """The parent and all its descendants."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def child(self, name: str) -> psutil.Process | None:
        """The process whose command line has ``name`` in it."""
        return next((one for one in self.tree() if name in " ".join(one.cmdline())), None)

    def kill_tree(self) -> None:
        """kill -9 of everything, the parent first."""
        known = self.tree()
        for one in known:
            one.kill()
        psutil.wait_procs(known, PATIENCE_S)
        self.reap()

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """The exit code after a signal to the parent alone; asserts that nothing is left."""
        known = self.tree()
        self.process.send_signal(with_signal)
        self.process.wait(PATIENCE_S)
        _, alive = psutil.wait_procs(known, 5)
        assert not alive
        return self.reap()

    def reap(self) -> int:
        """The exit code of a parent that has ended."""
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.process = None
        return code

    def close(self) -> None:
        """Stop it, if it runs."""
        if self.process is not None:
            self.stop()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``roadcast`` on this installation."""
        return subprocess.run(
            [ROADCAST, *arguments], env=self.environ, capture_output=True, text=True, check=False
        )

    def add_accounts(self) -> None:
        """One of each role; the advertiser's belongs to a garage."""

        def add(house: House) -> None:
            garage = house.adserver.register_advertiser("Garage")
            for role in Role:
                organisation = garage.advertiser_id if role is Role.ADVERTISER else ""
                house.create_account(role.value, PASSWORD, role, organisation_id=organisation)

        self.in_house(add)

    @contextmanager
    def client(self, name: str = "") -> Iterator[httpx.Client]:
        """A browser, signed in as ``name`` if given."""
        with httpx.Client(base_url=self.url, timeout=30) as found:
            if name:
                answer = found.post("/sign-in", data={"name": name, "password": PASSWORD, "next": "/"})
                assert answer.status_code == 303, answer.text
            yield found

    def in_house(self, use: Callable[[House], Any]) -> Any:
        """What ``use`` gives on a house of this process, built on the running engines."""
        settings = Settings.from_environ(self.environ)

        async def visit() -> Any:
            house = build(settings)
            try:
                house.geotarget.index.refresh()
                found = await asyncio.to_thread(use, house)
                return await found if asyncio.iscoroutine(found) else found
            finally:
                await house.engines.close()

        return asyncio.run(visit())

    def rows(self) -> dict[str, int]:
        """How many records there are in each table."""
        from sqlalchemy import func, select

        from server.records import all_metadata

        def count(house: House) -> dict[str, int]:
            with house.engines.reads.connect() as connection:
                return {
                    table.name: connection.scalar(select(func.count()).select_from(table))
                    for metadata in all_metadata()
                    for table in metadata.tables.values()
                }

        return self.in_house(count)


def open_upload(client: httpx.Client, path: Path) -> str:
    """The address of a new upload for ``path``."""
    filename = base64.b64encode(path.name.encode()).decode()
    length = str(path.stat().st_size)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": length, "Upload-Metadata": f"filename {filename}"}
    answer = client.post("/v1/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def offset_of(client: httpx.Client, location: str) -> int:
    """How much of it the server has."""
    answer = client.head(location, headers={"Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def send(client: httpx.Client, location: str, offset: int, data: bytes) -> httpx.Response:
    """One piece."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    return client.patch(location, headers=headers, content=data)


def upload(client: httpx.Client, path: Path) -> str:
    """The id of a finished upload of ``path``, sent in two pieces."""
    location, data = open_upload(client, path), path.read_bytes()
    half = len(data) // 2
    for offset, piece in ((0, data[:half]), (half, data[half:])):
        answer = send(client, location, offset, piece)
        assert answer.status_code == 204, answer.text
    return location.rsplit("/", 1)[1]


class Car:
    """A vehicle with a two-element screen and a feed."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.vehicle_id = new_id("veh")
        self.client = httpx.Client(base_url=service.url, timeout=30)
        codes = service.in_house(self._register)
        self.screen, self.feed = (self._enrol(code) for code in codes)
        self.values: dict[str, str] = {}
        self._parked = threading.Event()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def _register(self, house: House) -> list[str]:
        house.players.register_vehicle(Vehicle(self.vehicle_id, "Walk", location_consent=True))
        return [
            house.players.issue_code(CodeTerms(self.vehicle_id, role=role, technique=Technique.TWO_ELEMENT))
            for role in (UnitRole.SCREEN, UnitRole.FEED)
        ]

    def _enrol(self, code: str) -> str:
        answer = self.client.post("/v1/head-units", json={"code": code})
        assert answer.status_code == 201, answer.text
        return answer.json()["credential"]

    def open_session(self, channel_id: str) -> dict[str, Any]:
        """A session of the screen."""
        headers = {"Authorization": f"Bearer {self.screen}"}
        answer = self.client.post("/v1/sessions", headers=headers, json={"channel_id": channel_id})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def park(self, latitude: float, longitude: float) -> None:
        """Stand there, and say so until closed."""
        self.values = {
            signals.SPEED: "0",
            signals.IS_MOVING: "false",
            signals.SELECTED_GEAR: str(signals.GEAR_PARK),
            signals.PARKING_BRAKE: "true",
            signals.LATITUDE: str(latitude),
            signals.LONGITUDE: str(longitude),
        }
        self._thread = threading.Thread(target=self._report)
        self._thread.start()

    def _report(self) -> None:
        url = self.service.url.replace("http", "ws") + "/v1/vehicle-state"
        headers = {"Authorization": f"Bearer {self.feed}"}
        # What the server asks is left unread; a bounded queue of it would hold up the goodbye.
        feed = connect(url, subprotocols=["VISSv3"], additional_headers=headers, max_queue=None)
        with suppress(ConnectionClosed), feed:  # the server may be killed
            while not self._end.is_set():
                now_ms = time.time_ns() // 1_000_000
                samples = tuple(Sample(path, value, now_ms) for path, value in self.values.items())
                feed.send(encode_event(samples, now_ms).decode())
                self._end.wait(0.5)

    def close(self) -> None:
        """Leave."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        self.client.close()
