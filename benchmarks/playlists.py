"""Playlists a second: rendered in process, and pulled over ASGI, against a bare Starlette response.

Everything runs in one process in one run, so that the ratios mean something whatever the machine.
Needs the redis-server that the development requirements bring. ``python benchmarks/playlists.py``.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis.asyncio
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import create_engine

from kernel.clock import to_ms
from kernel.signing import Signer
from media.house_format import SEGMENT_MS
from media.timeline import window
from players.playback.playlist import Media, media
from players.web import playlists
from tests.players.house import PARKED, PlayersHouse, lineups

ROUNDS, ROUND_S = 6, 0.3


class _Clock:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 6, 15, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def now_ms(self) -> int:
        return to_ms(self.moment)

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


async def rate(call: Callable[[], Awaitable[object]]) -> float:
    """Calls a second, one after the other, in the best of several rounds (others use the machine too)."""
    return max([await _round(call) for _ in range(ROUNDS)])


async def _round(call: Callable[[], Awaitable[object]]) -> float:
    count, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < ROUND_S:
        await call()
        count += 1
    return count / passed


async def get(app: Starlette, path: str, query: str = "") -> bytes:
    """One GET through the application, without a client in between."""
    sent: list[bytes] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message
        else:
            sent.append(message["body"])  # type: ignore[arg-type]

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [], "server": ("bench", 80), "client": ("bench", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return b"".join(sent)


async def measure(client: redis.asyncio.Redis) -> dict[str, float]:
    """Calls a second of each way."""
    ids = iter(range(10**9))
    clock = _Clock()
    house = PlayersHouse(
        client, create_engine("sqlite://"), clock, Signer([b"b" * 32]), lambda prefix: f"{prefix}_{next(ids)}"
    )
    opened, feed = await house.opened(), house.feed()
    for _ in range(5):
        clock.advance(1)
        await house.tell(feed, PARKED)
    clock.advance(0.5)
    body = await house.pull_audio(opened)

    async def bare(_request: Request) -> Response:
        return Response(body, media_type="application/vnd.apple.mpegurl")

    app = Starlette(routes=[*playlists.routes(house.pull), Route("/bare", bare)])
    listing = Media("v720", window(lineups(0).channels["ch1"].schedule, clock.now_ms()).positions)

    async def cached() -> None:
        media(listing, "lease")

    k = [0]

    async def uncached() -> None:
        k[0] += 1
        found = window(house.lineups.channels["ch1"].schedule, clock.now_ms() + k[0] * SEGMENT_MS).positions
        media(Media("v720", found), "lease")

    def pulled(name: str) -> Callable[[], Awaitable[object]]:
        path = f"/play/ch1/{opened.session_id}/{name}.m3u8"
        return lambda: get(app, path, f"grant={opened.grant}")

    return {
        "bare Starlette response": await rate(lambda: get(app, "/bare")),
        "one Redis round trip (PING)": await rate(client.ping),
        "media playlist, video": await rate(pulled("v720")),
        "media playlist, sound": await rate(pulled("a128")),
        "multivariant playlist": await rate(pulled("multivariant")),
        "rendered in process, as cached": await rate(cached),
        "rendered in process, a new window": await rate(uncached),
    }


async def run(socket: Path) -> dict[str, float]:
    """Measure against the Redis at ``socket``."""
    client = redis.asyncio.Redis(unix_socket_path=str(socket))
    try:
        return await measure(client)
    finally:
        await client.aclose()


def main() -> None:
    """Start a Redis, measure on the event loop that the service uses, print."""
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        binary = Path(sys.executable).with_name("redis-server")
        command = [binary, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                time.sleep(0.01)
            rates = uvloop.run(run(socket))
        finally:
            server.terminate()
            server.wait()
    first = rates["bare Starlette response"]
    for what, found in rates.items():
        print(f"{what:36} {found:10,.0f} /s   {first / found:6.2f} × the bare response's time")


if __name__ == "__main__":
    main()
