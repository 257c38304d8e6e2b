"""Personalised live playlists over HTTP, against a bare Starlette response from an identical server.

Both servers are the product's own web process (uvicorn, httptools, uvloop) on one core; the client, and the
Redis with every vehicle's state renewed each second, have the other. 500 channels, each with a loop of
2,000 entries, have 20 sessions each; every session's window holds a break with promotions of its own, and
each request is for another session, drawn at random. Before each round each playlist is asked for once:
players ask every two seconds, and what a process must read of a break it reads when that comes near.
``python -m benchmarks serving``.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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

from adserver.adapters.siv_sealer import SivSealer
from benchmarks.hot_state import channel, fill, opened, renew_states, vehicle
from benchmarks.load import Seen, load, resident_kb
from content.channels.lineup import Lineups
from kernel.signing import Signer
from players.playback import session
from players.playback.session import Session
from server.chance import SystemClock
from server.settings import Settings

SECRET = {"ROADCAST_SECRET_KEYS": "b" * 32, "ROADCAST_DATA_DIR": "/nowhere"}
KEYS = Settings.from_environ(SECRET).keys()
SIGNER = Signer(KEYS, SivSealer(KEYS))
CHANNELS, SESSIONS = 500, 20
ROUNDS = 3
ENTRIES = 2_000


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
    # Nothing here changes, and there are no tables to read again: snapshots need not be kept fresh.
    house.content.lineups()
    settle_memory()

    @asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        """What listens, counts what was listed, and checks a sample of what is served."""
        listening = asyncio.ensure_future(house.players.listen())
        yield
        listening.cancel()

    return build_app(settings, house.routes(), house.templates, house.sessions, beside)


def serve(what: str, fd: int, redis_url: str, channels: int, entries: int) -> None:
    """One web process on one core, until it is told to stop."""
    import uvicorn

    from server import logs
    from server.web_worker import configuration

    logs.configure("info")
    app = bare_app(b"#" * 2_600) if what == "bare" else product_app(redis_url, channels, entries)
    os.sched_setaffinity(0, {0})
    uvicorn.Server(configuration(app)).run(sockets=[socket.socket(fileno=fd)])


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
        # Counters in a folder that the processes of a service share, as the supervisor has them.
        env = {
            **os.environ, "ROADCAST_DATA_DIR": self.data.name, "PROMETHEUS_MULTIPROC_DIR": self.data.name,
        }  # fmt: skip
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
    """Until it answers, and knows that the vehicle is parked."""
    body = b""
    while not body.startswith(b"HTTP/1.1 200"):
        assert server.process.poll() is None, "the server ended"
        await asyncio.sleep(0.1)
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")
            body = await reader.read()
            writer.close()


async def measure(url: str) -> None:
    """Everything, printed as it comes."""
    now_ms = SystemClock().now_ms()
    sessions = [opened(c, n, now_ms) for c in range(CHANNELS) for n in range(SESSIONS)]
    began = time.perf_counter()
    await fill(url, sessions, 200)
    print(f"{len(sessions):,} sessions on {CHANNELS} channels made in {time.perf_counter() - began:.0f} s")
    renewing = in_a_process(url)
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
        renewing.terminate()
        renewing.wait(10)
        for server in (bare, product, small):
            server.stop()


def in_a_process(url: str) -> subprocess.Popen[bytes]:
    """:func:`renew` in a process of its own: the client is to measure, not to wait for itself."""
    return subprocess.Popen([sys.executable, __file__, url])


def renew(url: str) -> None:
    """Each vehicle's report, every second, until it is told to stop."""
    client = redis.Redis.from_url(url)
    vehicles = [vehicle(c, n) for c in range(CHANNELS) for n in range(SESSIONS)]
    while True:
        renew_states(client, vehicles)
        time.sleep(1)


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
    if len(sys.argv) == 2:
        renew(sys.argv[1])
    elif len(sys.argv) > 2:
        what, fd, url, channels, entries = sys.argv[1:]
        serve(what, int(fd), url, int(channels), int(entries))
    else:
        main()
