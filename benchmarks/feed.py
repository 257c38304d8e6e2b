"""The vehicles' feed: reports a second against a bare echo, memory a car, and how fast a picture is gone.

``python benchmarks/feed.py``. First two identical web processes on one core: the product, and a Starlette
socket that echoes; the same messages on 200 sockets, for each second of processor time; and the memory of
2,000 cars. Then the whole service on both cores with 500 cars that report twice a second; 20 cars more have
a screen that fetches picture after picture and hears its events. When they drive off: when did the last
picture come, when the push? All by the client's clock, from before the first moving report is sent: longer
than what is promised, which begins when it is accepted.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load import processor_s, resident_kb
from content.channels.channel import ChannelDraft
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle
from players.feed.trace import Point, samples
from players.feed.viss import encode_event
from server.chance import SystemClock
from server.engines.borrowed import engines_running
from server.fleet import Load, run, where
from server.settings import Settings
from server.wiring.house import House, build

SOCKETS, MESSAGES = 200, 100
CARS, SECONDS, RATE_HZ = 2_000, 45.0, 2.0
DRIVEN = 500
"""As many of the cars as one web process bears at present; 2,000 are the goal."""
SCREENS, DRIVES = 20, 4
CLOCK = SystemClock()


def report_of(car: int, moving: bool) -> str:
    """One report of a car, stamped now."""
    now_ms = CLOCK.now_ms()
    point = where(car, 25.0 if moving else 0.0)
    gear, speed = (127, 40.0) if moving else (126, 0.0)
    told = Point(0, point.latitude, point.longitude, speed, gear, not moving)
    return encode_event(samples(told, now_ms), now_ms).decode()


# -- a web process, alone ------------------------------------------------------------------------


def echo_app() -> ASGIApp:
    """The yardstick: each message is sent back."""

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept(websocket.scope["subprotocols"][0])
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            return

    return Starlette(routes=[WebSocketRoute("/v1/vehicle-state", echo)])


def serve(what: str, fd: int) -> None:
    """One web process on one core, until it is told to stop."""
    import uvicorn

    from server import logs
    from server.web_worker import configuration

    settings = Settings.from_environ(os.environ)
    logs.configure("error")
    app = echo_app() if what == "echo" else build(settings).app()
    os.sched_setaffinity(0, {0})
    uvicorn.Server(configuration(app)).run(sockets=[socket.socket(fileno=fd)])


class Server:
    """One of the two, in a process of its own."""

    def __init__(self, what: str, environ: dict[str, str]) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = listener.getsockname()[1]
        command = [sys.executable, __file__, what, str(listener.fileno())]
        # Each switch of a car is told in its log, whatever the level.
        self.process = subprocess.Popen(
            command,
            pass_fds=[listener.fileno()],
            env={**os.environ, **environ},
            stderr=subprocess.DEVNULL,
        )
        listener.close()

    async def sockets(self, credentials: list[str]) -> list[ClientConnection]:
        """A feed for each credential."""
        return [await feed(f"ws://127.0.0.1:{self.port}", one) for one in credentials]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(15)


async def feed(base: str, credential: str) -> ClientConnection:
    """A car's socket; tried again while the server is on its way."""
    for attempt in range(300):
        try:
            return await connect(
                f"{base}/v1/vehicle-state",
                subprotocols=["VISSv3"],  # type: ignore[list-item]
                additional_headers={"Authorization": f"Bearer {credential}"},
                ping_interval=None,
                compression=None,
            )
        except OSError:
            if attempt == 299:
                raise
            await asyncio.sleep(0.1)
    raise AssertionError


async def reports_a_second(server: Server, credentials: list[str]) -> float:
    """Reports for each second of the process' time; what is not answered is waited for by its quiet."""
    feeds = await server.sockets(credentials)
    hearing = [asyncio.create_task(_hear(one)) for one in feeds]
    pid = server.process.pid
    await _quiet(pid)
    before = processor_s(pid)
    for turn in range(MESSAGES):
        await asyncio.gather(*(one.send(report_of(n, turn % 20 > 10)) for n, one in enumerate(feeds)))
        await asyncio.sleep(0.002)
    await _quiet(pid)
    spent = processor_s(pid) - before
    for task in hearing:
        task.cancel()
    await asyncio.gather(*(one.close() for one in feeds))
    return len(feeds) * MESSAGES / spent


async def _hear(one: ClientConnection) -> None:
    async for _ in one:
        pass


async def _quiet(pid: int) -> None:
    """Until the process has had next to nothing to do for half a second."""
    while True:
        before = processor_s(pid)
        await asyncio.sleep(0.5)
        if processor_s(pid) - before < 0.03:
            return


async def ingestion(environ: dict[str, str], credentials: list[str]) -> None:
    """The two in turn, thrice; then the memory of idle cars."""
    echo, product = Server("echo", environ), Server("product", environ)
    try:
        found: dict[str, list[float]] = {"echo": [], "product": []}
        for _ in range(3):
            for name, server in (("echo", echo), ("product", product)):
                found[name].append(await reports_a_second(server, credentials[:SOCKETS]))
        best = {name: max(rates) for name, rates in found.items()}
        print(f"bare echo, messages a second and core       {best['echo']:10,.0f}")
        print(f"reports a second and core                   {best['product']:10,.0f}")
        print(f"ratio                                       {best['product'] / best['echo']:10.2f}")
        pid = product.process.pid
        before = resident_kb(pid)
        feeds = await product.sockets(credentials)
        await asyncio.gather(*(one.send(report_of(n, False)) for n, one in enumerate(feeds)))
        await _quiet(pid)
        grown = resident_kb(pid) - before
        print(f"memory of {len(feeds):,} connected cars             {grown / len(feeds):10.1f} kB a car")
        await asyncio.gather(*(one.close() for one in feeds))
    finally:
        echo.stop()
        product.stop()


# -- the whole service ---------------------------------------------------------------------------


@dataclass
class Screen:
    """A car that drives off again and again, and what its screen was given meanwhile.

    Args:
        last_picture_ms: from before the report was sent to the end of the last picture, for each drive.
        pushed_ms: to the push that took the picture away.
    """

    car: int
    base: str
    credentials: tuple[str, str]
    last_picture_ms: list[float] = field(default_factory=list)
    pushed_ms: list[float] = field(default_factory=list)
    pictures: int = 0
    _left_s: float = 0.0
    _last_s: float = 0.0
    _pushed_s: float = 0.0

    async def drive(self) -> None:
        """Park until there is a picture, drive off, look; so many times."""
        import httpx

        limits = httpx.Limits(max_connections=4)
        async with httpx.AsyncClient(base_url=self.base, timeout=30, limits=limits) as http:
            bearer = {"Authorization": f"Bearer {self.credentials[0]}"}
            opened = (await http.post("/v1/sessions", json={}, headers=bearer)).raise_for_status().json()
            own = await feed(self.base.replace("http", "ws"), self.credentials[1])
            tasks = [
                asyncio.create_task(_hear(own)),
                asyncio.create_task(self._look(http, opened)),
                asyncio.create_task(self._hear_events(http, opened)),
            ]
            await asyncio.sleep(self.car % SCREENS * 0.35)
            for _ in range(DRIVES):
                seen = self.pictures
                while self.pictures < seen + 3:
                    await own.send(report_of(self.car, False))
                    await asyncio.sleep(0.5)
                self._pushed_s, self._last_s = 0.0, 0.0
                self._left_s = time.perf_counter()
                await own.send(report_of(self.car, True))
                for _ in range(4):
                    await asyncio.sleep(0.5)
                    await own.send(report_of(self.car, True))
                self.last_picture_ms.append(max(0.0, self._last_s - self._left_s) * 1000)
                self.pushed_ms.append((self._pushed_s - self._left_s) * 1000)
                self._left_s = 0.0
            for task in tasks:
                task.cancel()
            await own.close()

    async def _look(self, http, opened) -> None:
        """Picture after picture: the newest of the playlist, by the newest lease."""
        url = opened["urls"]["multivariant"].replace("multivariant", "v360")
        while True:
            playlist = await http.get(url)
            if playlist.status_code != 200:
                await asyncio.sleep(0.02)
                continue
            segments = [line for line in playlist.text.splitlines() if line.startswith("/segments/")]
            for segment in segments[-4:-1]:
                picture = await http.get(segment)
                if picture.status_code == 200 and "/init/" not in segment:
                    self.pictures += 1
                    self._last_s = time.perf_counter()
                await asyncio.sleep(0.005)

    async def _hear_events(self, http, opened) -> None:
        async with http.stream("GET", opened["urls"]["events"]) as stream:
            name = ""
            async for line in stream.aiter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:") and name == "state":
                    permitted = json.loads(line[5:])["video"]["permitted"]
                    if not permitted and self._left_s and not self._pushed_s:
                        self._pushed_s = time.perf_counter()


async def motion_lock(base: str, cars: dict[int, str], screens: list[Screen]) -> None:
    """The fleet drives; meanwhile the screens' cars drive off."""
    fleet = asyncio.create_task(run(Load(len(cars), SECONDS, RATE_HZ), base, cars, lambda _: None))
    await asyncio.sleep(8)
    await asyncio.gather(*(screen.drive() for screen in screens))
    seen = await fleet
    print(
        f"{seen.connected + len(screens):,} cars, {seen.sent / SECONDS:,.0f} reports a second, "
        f"lost {sum(seen.lost.values())}, errors {sum(seen.complaints.values())}, "
        f"the client's latest {seen.late_ms:,.0f} ms late"
    )
    for name, values in (
        ("last picture after driving off", [ms for one in screens for ms in one.last_picture_ms]),
        ("push to the screen", [ms for one in screens for ms in one.pushed_ms]),
    ):
        ordered = sorted(values)
        p50, p99 = ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))]
        print(f"{name:36}{p50:8.1f} ms p50 {p99:8.1f} ms p99 {ordered[-1]:8.1f} ms at most ({len(ordered)})")


async def stock(settings: Settings) -> tuple[list[str], list[tuple[str, str]]]:
    """A channel that plays the slate, and vehicles: credentials of feeds, and of screens with their feeds."""
    house = build(settings)
    await house.prepare()
    await asyncio.to_thread(house.content.create_channel, "bench", ChannelDraft("Bench", "bench"))
    feeds, screens = await asyncio.to_thread(enrol, house)
    await house.engines.close()
    return feeds, screens


def enrol(house: House) -> tuple[list[str], list[tuple[str, str]]]:
    """The vehicles, the first of which have screens."""
    players, feeds, screens = house.players, [], []
    for number in range(CARS + SCREENS):
        name = f"veh_bench{number:05}"
        players.register_vehicle(Vehicle(name, name, location_consent=True))
        feeds.append(players.enrol(players.issue_code(CodeTerms(name, Role.FEED))).credential)
        if number < SCREENS:
            terms = CodeTerms(name, Role.SCREEN, technique=Technique.TWO_ELEMENT)
            screens.append((players.enrol(players.issue_code(terms)).credential, feeds[-1]))
    return feeds, screens


def main() -> None:
    """Stock a service, measure one process, then all."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"ROADCAST_DATA_DIR": folder, "ROADCAST_PORT": "0", "ROADCAST_LOG_LEVEL": "error"}
        settings = Settings.from_environ({**os.environ, **environ})
        began = time.perf_counter()
        with engines_running(settings):
            feeds, screens = asyncio.run(stock(settings))
        print(f"{len(feeds):,} vehicles were enrolled in {time.perf_counter() - began:.0f} s")
        with engines_running(settings):
            uvloop.run(ingestion(environ, feeds))
        command = [Path(sys.executable).with_name("roadcast"), "run"]
        service = subprocess.Popen(
            command,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert service.stdout
        try:
            base = next(word for word in service.stdout.readline().split() if word.startswith("http"))
            cars = dict(enumerate(feeds[SCREENS : SCREENS + DRIVEN], SCREENS))
            watching = [Screen(n, base, pair) for n, pair in enumerate(screens)]
            uvloop.run(motion_lock(base, cars, watching))
        finally:
            service.terminate()
            service.wait(30)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        main()
