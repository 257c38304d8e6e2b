"""Personalised live playlists over HTTP, against a bare Starlette response from an identical server.

Both servers are the product's own web process (uvicorn, httptools, uvloop) on one core; the client, and the
Redis with every vehicle's state renewed each second, have the other. 500 channels, each with a year's
loop, have 20 sessions each; every session's window holds a break with promotions of its own, and
each request is for another session. ``python benchmarks/serving.py``.
"""

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis
import redis.asyncio
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adserver.serving.avail import Card, ServedFill
from content.channels.lineup import ChannelLineup, Lineups
from kernel.signing import Signer
from media.house_format import position_at
from media.timeline import Loop, LoopItem, SlotKind
from players.adapters import redis_keys
from players.adapters.redis_sessions import RedisSessions
from players.feed.head_unit import Technique, Zone
from players.feed.vehicle_state import UNKNOWN, VehicleState
from players.playback import session
from players.playback.break_plan import PlannedBreak
from players.playback.session import Session
from server.chance import SystemClock
from server.settings import Settings

SECRET = {"ROADCAST_SECRET_KEYS": "b" * 32, "ROADCAST_DATA_DIR": "/nowhere"}
SIGNER = Signer(Settings.from_environ(SECRET).keys())
BREAK_EVERY, BREAK_SEGMENTS = 24, 12
"""Every window of 12 holds some of a break, and most hold ads."""

CHANNELS, SESSIONS = 500, 20
CONNECTIONS = 64
ROUNDS, ROUND_S = 3, 3.0
ENTRIES = 2_000


def channel(number: int, entries: int) -> ChannelLineup:
    """A loop with a break after each short programme."""
    pairs = entries // 2
    items = tuple(
        item
        for n in range(pairs)
        for item in (
            LoopItem(BREAK_EVERY, f"film{n % 40}", BREAK_EVERY, SlotKind.PROGRAMME, f"prg_{n % 40}"),
            LoopItem(BREAK_SEGMENTS, "slate", 1, SlotKind.BREAK),
        )
    )
    return ChannelLineup(f"ch{number}", f"Channel {number}", f"ch{number}", Loop(f"ch{number}", 0, items), {})


def vehicle(channel_number: int, number: int) -> str:
    """The vehicle of a session; one session each."""
    return f"veh_{channel_number:03}{number:02}"


def opened(channel_number: int, number: int, now_ms: int) -> Session:
    """A session that has been open for a while."""
    return Session(
        f"ses_{channel_number:03}{number:02}", vehicle(channel_number, number), "hu_1", f"ch{channel_number}",
        Zone.DRIVER, Technique.TWO_ELEMENT, "FR", "fr", True, now_ms - 600_000, now_ms + session.SESSION_MS,
    )  # fmt: skip


def plan(one: Session, start: int, salt: int) -> PlannedBreak:
    """Two promotions of the session's own in the break at ``start``."""
    fills = tuple(
        ServedFill(
            f"fill_{one.session_id}_{start}_{n}", f"li_{n}", f"cr_{n}", f"ad{(salt + n) % 200}", 5,
            "beacon-" + "x" * 80, Card("Coffee", "Two for one", "Café", distance_m=300), 5_000, "EUR",
        )
        for n in range(2)
    )  # fmt: skip
    return PlannedBreak(f"{one.channel_id}-{start}", start, BREAK_SEGMENTS, fills, (), "48.11,-1.68")


# -- the servers ---------------------------------------------------------------------------------


def bare_app(body: bytes) -> ASGIApp:
    """The yardstick: Starlette, one route, one body as long as a playlist."""

    async def answer(_request: Request) -> Response:
        return Response(body, media_type="application/vnd.apple.mpegurl")

    return Starlette(routes=[Route("/{path:path}", answer)])


def product_app(redis_url: str, channels: int, entries: int) -> ASGIApp:
    """The product's whole application by its own wiring, with a line-up of our making."""
    from server.app import build_app
    from server.records import migrate
    from server.snapshots import settle_memory
    from server.wiring.house import build

    lineup = {f"ch{n}": channel(n, entries) for n in range(channels)}
    settings = Settings.from_environ({**SECRET, **os.environ, "ROADCAST_REDIS_URL": redis_url})
    house = build(settings)
    migrate(house.engines.database)
    house.content.lineups._build = lambda: Lineups(lineup, "ch0", {})
    # Without what runs beside the requests: nothing here changes, and there are no tables to read.
    house.content.lineups()
    settle_memory()
    return build_app(settings, house.routes(), house.templates, house.sessions)


def serve(what: str, fd: int, redis_url: str, channels: int, entries: int) -> None:
    """One web process on one core, until it is told to stop."""
    import uvicorn

    from server import logs
    from server.web_worker import configuration

    logs.configure("info")
    app = bare_app(b"#" * 2_200) if what == "bare" else product_app(redis_url, channels, entries)
    os.sched_setaffinity(0, {0})
    uvicorn.Server(configuration(app)).run(sockets=[socket.socket(fileno=fd)])


# -- the client ----------------------------------------------------------------------------------


@dataclass
class Seen:
    """What a round saw: how many answers, how long each took, and the processor time spent on them."""

    count: int = 0
    took_s: list[float] = field(default_factory=list)
    wall_s: float = 0.0
    processor_s: float = 0.0

    @property
    def rate(self) -> float:
        """Answers for each second of processor time: of one core that does nothing else."""
        return self.count / self.processor_s

    def percentile_ms(self, share: float) -> float:
        """How long the slowest but a ``share`` of the answers took."""
        return sorted(self.took_s)[int(share * (len(self.took_s) - 1))] * 1000


class Connection(asyncio.Protocol):
    """One player after another on one kept connection: the next request once the answer is whole."""

    def __init__(self, paths: list[bytes], seen: Seen, until: float) -> None:
        self.paths, self.seen, self.until = paths, seen, until
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer, self.wanted = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.began = time.perf_counter()
        if self.began > self.until:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        path = self.paths[random.randrange(len(self.paths))]
        self.transport.write(b"GET " + path + b" HTTP/1.1\r\nHost: bench\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        lower = self.buffer[:head].lower()
        at = lower.index(b"content-length: ") + 16
        length = int(lower[at:].split(b"\r", 1)[0])
        if len(self.buffer) < head + 4 + length:
            return
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            self.transport.close()
            if not self.done.done():
                self.done.set_exception(RuntimeError(self.buffer[-300:]))
            return
        self.seen.count += 1
        self.seen.took_s.append(time.perf_counter() - self.began)
        self.buffer = b""
        self._ask()


async def load(port: int, paths: list[bytes], pid: int) -> Seen:
    """One round of requests."""
    seen = Seen()
    loop = asyncio.get_running_loop()
    before, began = processor_s(pid), time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(paths, seen, began + ROUND_S), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    seen.wall_s = time.perf_counter() - began
    seen.processor_s = processor_s(pid) - before
    return seen


def processor_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    """Memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError


# -- the hot state -------------------------------------------------------------------------------


def parked_state(now_ms: int, salt: int) -> VehicleState:
    """A vehicle that has stood in Park for ten seconds and said so just now."""
    from players.feed import signals
    from players.feed.vehicle_state import Agreement, Reading

    at = now_ms - salt % 900
    values = {
        signals.SPEED: 0.0,
        signals.SELECTED_GEAR: 126,
        signals.PARKING_BRAKE: True,
        signals.IS_MOVING: False,
    }
    readings = {path: Reading(value, at, at) for path, value in values.items()}
    from msgspec.structs import replace

    return replace(UNKNOWN, readings=readings, agreement=Agreement(at - 10_000, at - 10_000), has_park=True)


def renew_states(client: redis.Redis, vehicles: list[str]) -> None:
    """Each vehicle's newest report."""
    now_ms = SystemClock().now_ms()
    for first in range(0, len(vehicles), 1000):
        some = vehicles[first : first + 1000]
        client.mset(
            {redis_keys.state(v): parked_state(now_ms, first + n).encode() for n, v in enumerate(some)}
        )


async def fill(url: str, sessions: list[Session], ahead_segments: int) -> None:
    """Sessions, and a plan for each break from now on."""
    client = redis.asyncio.Redis.from_url(url, max_connections=4000)
    kept = RedisSessions(client)
    first = position_at(SystemClock().now_ms()) - 30
    period = BREAK_EVERY + BREAK_SEGMENTS
    starts = [
        p * period + BREAK_EVERY for p in range(first // period - 1, (first + ahead_segments) // period + 1)
    ]
    for at in range(0, len(sessions), 200):
        some = sessions[at : at + 200]
        await asyncio.gather(*(kept.open(one) for one in some))
        await asyncio.gather(
            *(
                kept.keep_plan(one.vehicle_id, one.session_id, plan(one, start, at + n))
                for n, one in enumerate(some)
                for start in starts
            )
        )
    await client.aclose()


# -- the run -------------------------------------------------------------------------------------


class Server:
    """One of the two, in a process of its own."""

    def __init__(self, what: str, redis_url: str, channels: int = CHANNELS, entries: int = ENTRIES) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = listener.getsockname()[1]
        self.data = tempfile.TemporaryDirectory()
        command = [
            sys.executable,
            __file__,
            what,
            str(listener.fileno()),
            redis_url,
            str(channels),
            str(entries),
        ]
        env = {**os.environ, "ROADCAST_DATA_DIR": self.data.name}
        self.process = subprocess.Popen(command, pass_fds=[listener.fileno()], env=env)
        listener.close()
        self.pid = self.process.pid

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        self.data.cleanup()


def paths_of(sessions: list[Session], name: str) -> list[bytes]:
    """The address of each session's playlist."""
    return [
        f"/play/{s.channel_id}/{s.session_id}/{name}.m3u8?grant={session.sign_grant(SIGNER, s)}".encode()
        for s in sessions
    ]


async def wait_for(server: Server, path: bytes) -> None:
    """Until it answers."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")
            body = await reader.read()
            writer.close()
            assert body.startswith(b"HTTP/1.1 200"), body[:800]
            return
        except OSError:
            assert server.process.poll() is None, "the server ended"
            await asyncio.sleep(0.1)


async def measure(url: str) -> None:
    """Everything, printed as it comes."""
    now_ms = SystemClock().now_ms()
    sessions = [opened(c, n, now_ms) for c in range(CHANNELS) for n in range(SESSIONS)]
    began = time.perf_counter()
    await fill(url, sessions, 200)
    print(f"{len(sessions):,} sessions on {CHANNELS} channels made in {time.perf_counter() - began:.0f} s")
    client = redis.Redis.from_url(url)
    vehicles = [one.vehicle_id for one in sessions]
    renewing = asyncio.create_task(_renew(client, vehicles))
    bare, product = Server("bare", url), Server("product", url)
    small = Server("product", url, channels=1, entries=4)
    try:
        sound, picture = paths_of(sessions, "a128"), paths_of(sessions, "v720")
        await asyncio.sleep(1)
        for server, path in ((bare, b"/x"), (product, picture[0]), (small, picture[0])):
            await wait_for(server, path)
        empty_kb = resident_kb(product.pid)
        print(f"memory before any pull, {CHANNELS} channels: {empty_kb / 1024:.0f} MB")
        print(f"memory before any pull, one short channel: {resident_kb(small.pid) / 1024:.0f} MB")
        runs = {
            "bare Starlette response": (bare, sound),
            "media playlist, sound": (product, sound),
            "media playlist, video": (product, picture),
            "both, as players ask": (product, [*sound, *picture]),
            "both, one channel, short loop": (
                small,
                paths_of(sessions[:20], "a128") + paths_of(sessions[:20], "v720"),
            ),
            "multivariant": (product, paths_of(sessions, "multivariant")),
        }
        found: dict[str, list[Seen]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, (server, paths) in runs.items():
                found[name].append(await load(server.port, paths, server.pid))
        report(found)
        grown = resident_kb(product.pid) - empty_kb
        print(f"memory grown by serving {len(sessions):,} sessions: {grown / len(sessions):.1f} kB a session")
    finally:
        renewing.cancel()
        for server in (bare, product, small):
            server.stop()


async def _renew(client: redis.Redis, vehicles: list[str]) -> None:
    while True:
        await asyncio.to_thread(renew_states, client, vehicles)
        await asyncio.sleep(1)


def report(found: dict[str, list[Seen]]) -> None:
    """The best round of each, as a ratio to the best of the bare response."""
    best = {name: max(rounds, key=lambda one: one.rate) for name, rounds in found.items()}
    bare = best["bare Starlette response"]
    print(f"{'':32}{'a second':>10}{'×bare':>8}{'p50 ms':>9}{'p99 ms':>9}{'×bare p99':>11}{'core':>7}")
    for name, one in best.items():
        ratio, p99 = one.rate / bare.rate, one.percentile_ms(0.99)
        print(
            f"{name:32}{one.rate:10,.0f}{ratio:8.2f}{one.percentile_ms(0.5):9.2f}{p99:9.2f}"
            f"{p99 / bare.percentile_ms(0.99):11.2f}{one.processor_s / one.wall_s:7.0%}"
        )


def main() -> None:
    """Start a Redis, measure, print."""
    os.sched_setaffinity(0, {1} if (os.cpu_count() or 1) > 1 else {0})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "redis.sock"
        binary = Path(sys.executable).with_name("redis-server")
        command = [binary, "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not path.exists():
                time.sleep(0.01)
            uvloop.run(measure(f"unix://{path}"))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        what, fd, url, channels, entries = sys.argv[1:]
        serve(what, int(fd), url, int(channels), int(entries))
    else:
        main()
