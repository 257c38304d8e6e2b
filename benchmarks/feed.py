"""The vehicles' feed: reports a second against a bare echo, memory a car, and how fast a picture is gone.

``python benchmarks/feed.py``. First two identical web processes on one core: the product, and a Starlette
socket that echoes; the same messages on 200 sockets, for each second of processor time; and the memory of
2,000 cars. Then the whole service, with a web process for each of two cores, with 2,000 cars that report
twice a second, from a process of their own (benchmarks/cars.py); some cars more, in another, have a screen
that fetches picture after picture and hears its events (benchmarks/screens.py).
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load import processor_s, resident_kb
from benchmarks.screens import feed, hear, report_of
from content.channels.channel import ChannelDraft
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle
from server.engines.borrowed import engines_running
from server.settings import Settings
from server.wiring.house import House, build

SOCKETS, MESSAGES = 200, 100
CARS, RATE_HZ = 2_000, 2.0
SCREENS = 30
CORES = 2
"""As many web processes as the goal names cores; the cars and the screens share these with them."""

SETTLING_S = 10.0
"""All begin to report at once: what is measured is what they cost from then on."""
DRIVING_LIMIT_S = 180.0


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
    from server.web_worker import SWITCH_INTERVAL_S, configuration

    settings = Settings.from_environ(os.environ)
    logs.configure("error", beside=True)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
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
        return [await feed(f"http://127.0.0.1:{self.port}", one) for one in credentials]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(15)


async def reports_a_second(server: Server, credentials: list[str]) -> float:
    """Reports for each second of the process' time; what is not answered is waited for by its quiet."""
    feeds = await server.sockets(credentials)
    hearing = [asyncio.create_task(hear(one)) for one in feeds]
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


def motion_lock(base: str, cars: list[str], screens: list[tuple[str, str]], web: list[int]) -> None:
    """The fleet drives, in a process, for as long as the screens' cars drive off in another."""
    beside = [Path(__file__).with_name("cars.py"), base, str(SETTLING_S + DRIVING_LIMIT_S), str(RATE_HZ)]
    fleet = _beside(beside, "\n".join(cars), subprocess.PIPE)
    assert fleet.stdout
    print(fleet.stdout.readline().strip(), flush=True)
    time.sleep(SETTLING_S)
    before, began = [processor_s(one) for one in web], time.perf_counter()
    watching = _beside([Path(__file__).with_name("screens.py"), base], "\n".join(map(" ".join, screens)))
    failed = watching.wait(DRIVING_LIMIT_S)
    spent_s = time.perf_counter() - began
    busy = [(processor_s(one) - then) / spent_s for one, then in zip(web, before, strict=True)]
    print(
        f"the web processes were busy for {' and '.join(f'{one:.0%}' for one in busy)} of the time",
        flush=True,
    )
    fleet.terminate()
    print(fleet.communicate(timeout=30)[0].strip(), flush=True)
    if failed or fleet.returncode:
        raise SystemExit(1)


def _beside(command: list[str | Path], told: str, out: int | None = None) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE, stdout=out, text=True)
    assert process.stdin
    process.stdin.write(told)
    process.stdin.close()
    process.stdin = None
    return process


def web_processes(service: int) -> list[int]:
    """The process ids of the service's web processes."""
    children = map(int, Path(f"/proc/{service}/task/{service}/children").read_text().split())
    return [one for one in children if b"server.web_worker" in Path(f"/proc/{one}/cmdline").read_bytes()]


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
            env={**os.environ, **environ, "ROADCAST_WORKERS": str(CORES)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert service.stdout
        try:
            base = next(word for word in service.stdout.readline().split() if word.startswith("http"))
            motion_lock(base, feeds[SCREENS:], screens, web_processes(service.pid))
        finally:
            service.terminate()
            service.wait(30)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        main()
