"""Cars with a screen that drive off again and again: when did the last picture come, when the push?

All by the client's clock, from before the first moving report is sent: longer than what is promised, which
begins when it is accepted. ``screens.py BASE`` in a process of its own, with a line of credentials for each
screen (its own, and its car's) on standard input.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from players.feed.trace import Point, samples
from players.feed.viss import encode_event
from server.chance import SystemClock
from server.fleet import where

DRIVES = 6
LOOK_S, CLOSELY_S = 0.25, 0.01
"""Between two pictures; about the moment when the car drives off, more closely than any player looks."""
LIMIT_S = 120.0
"""For all drives; what did not come by then is counted as missing, as where the machine does other things."""

CLOCK = SystemClock()


def report_of(car: int, moving: bool) -> str:
    """One report of a car, stamped now."""
    now_ms = CLOCK.now_ms()
    point = where(car, 25.0 if moving else 0.0)
    gear, speed = (127, 40.0) if moving else (126, 0.0)
    told = Point(0, point.latitude, point.longitude, speed, gear, not moving)
    return encode_event(samples(told, now_ms), now_ms).decode()


async def feed(base: str, credential: str) -> ClientConnection:
    """A car's socket; tried again while the server is on its way."""
    for attempt in range(300):
        try:
            return await connect(
                f"{base.replace('http', 'ws')}/v1/vehicle-state",
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


async def hear(one: ClientConnection) -> None:
    """Take whatever comes."""
    with suppress(ConnectionClosed):
        async for _ in one:
            pass


class Http:
    """One kept connection, and next to nothing of a client's own work."""

    def __init__(self, base: str) -> None:
        self._parts = urlsplit(base)

    async def open(self) -> "Http":
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        return self

    async def ask(self, path: str, credential: str = "", body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body."""
        await self.send(path, credential, body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    async def send(self, path: str, credential: str = "", body: bytes | None = None) -> None:
        """The request alone."""
        lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: bench"]
        lines += [f"Authorization: Bearer {credential}"] if credential else []
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        await self._writer.drain()

    async def lines(self):
        """Those of an endless answer."""
        while line := await self._reader.readline():
            yield line


@dataclass
class Screen:
    """A car, and what its screen was given.

    Args:
        last_picture_ms: from before the report was sent to the end of the last picture, for each drive.
        pushed_ms: to the push that took the picture away.
    """

    car: int
    base: str
    own: str
    of_car: str
    last_picture_ms: list[float] = field(default_factory=list)
    pushed_ms: list[float] = field(default_factory=list)
    pictures: int = 0
    closely: asyncio.Event = field(default_factory=asyncio.Event)
    _left_s: float = 0.0
    _last_s: float = 0.0
    _pushed_s: float = 0.0

    async def drive(self) -> None:
        """Park until there is a picture, drive off, look; so many times."""
        http = await Http(self.base).open()
        status, body = await http.ask("/v1/sessions", self.own, b"{}")
        assert status == 201, body
        urls = json.loads(body)["urls"]
        own = await feed(self.base, self.of_car)
        events = await Http(self.base).open()
        await events.send(urls["events"])
        tasks = [
            asyncio.create_task(one)
            for one in (hear(own), self._look(http, urls["multivariant"]), self._hear_events(events))
        ]
        await asyncio.sleep(self.car * 0.17)
        for _ in range(DRIVES):
            seen = self.pictures
            while self.pictures < seen + 3:
                await own.send(report_of(self.car, False))
                await asyncio.sleep(0.5)
            await self._leave(own)
        for task in tasks:
            task.cancel()
        await own.close()

    async def _leave(self, own: ClientConnection) -> None:
        self.closely.set()
        await asyncio.sleep(2 * LOOK_S)
        self._pushed_s, self._last_s = 0.0, 0.0
        self._left_s = time.perf_counter()
        await own.send(report_of(self.car, True))
        await asyncio.sleep(0.5)
        self.closely.clear()
        for _ in range(3):
            await own.send(report_of(self.car, True))
            await asyncio.sleep(0.5)
        while not self._pushed_s:
            await own.send(report_of(self.car, True))
            await asyncio.sleep(0.5)
        self.last_picture_ms.append(max(0.0, self._last_s - self._left_s) * 1000)
        self.pushed_ms.append((self._pushed_s - self._left_s) * 1000)
        self._left_s = 0.0

    async def _look(self, http: Http, multivariant: str) -> None:
        """Picture after picture: the newest of the playlist, by the newest lease."""
        url = multivariant.replace("multivariant", "v360")
        while True:
            try:
                status, body = await http.ask(url)
            except (OSError, asyncio.IncompleteReadError):
                # Kept for as long as the server likes, which is short of this machine's pauses.
                await http.open()
                continue
            segments = [line for line in body.decode().splitlines() if line.startswith("/segments/")]
            for segment in segments[-4:-1] if status == 200 else ():
                try:
                    status, _ = await http.ask(segment)
                except (OSError, asyncio.IncompleteReadError):
                    await http.open()
                    break
                if status == 200 and "/init/" not in segment:
                    self.pictures += 1
                    self._last_s = time.perf_counter()
                await self._wait()
            await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closely.wait(), LOOK_S)
        await asyncio.sleep(CLOSELY_S)

    async def _hear_events(self, events: Http) -> None:
        name = b""
        async for line in events.lines():
            if line.startswith(b"event:"):
                name = line[6:].strip()
            elif line.startswith(b"data:") and name == b"state":
                permitted = json.loads(line[5:])["video"]["permitted"]
                if not permitted and self._left_s and not self._pushed_s:
                    self._pushed_s = time.perf_counter()


async def drive_all(base: str, credentials: list[tuple[str, str]]) -> None:
    """Drive them all, and tell what they saw."""
    began_s, used_s = time.perf_counter(), time.process_time()
    screens = [Screen(n, base, own, of_car) for n, (own, of_car) in enumerate(credentials)]
    driving = [asyncio.create_task(one.drive()) for one in screens]
    ended, late = await asyncio.wait(driving, timeout=LIMIT_S)
    for one in late:
        one.cancel()
    for problem in {repr(one.exception()) for one in ended if one.exception()}:
        print(f"a screen was lost: {problem}")
    for name, values in (
        ("last picture after driving off", [ms for one in screens for ms in one.last_picture_ms]),
        ("push to the screen", [ms for one in screens for ms in one.pushed_ms]),
    ):
        ordered = sorted(values)
        if not ordered:
            raise SystemExit("no drive came to its end: the machine has not enough left for this")
        p50, p99 = ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))]
        print(
            f"{name:36}{p50:8.1f} ms p50 {p99:8.1f} ms p99 {ordered[-1]:8.1f} ms at most"
            f" ({len(ordered)} of {len(screens) * DRIVES})"
        )
    busy = (time.process_time() - used_s) / (time.perf_counter() - began_s)
    print(f"the screens' process was busy for {busy:.0%} of the time", flush=True)


if __name__ == "__main__":
    pairs = [line.split() for line in sys.stdin.read().splitlines()]
    uvloop.run(drive_all(sys.argv[1], [(own, of_car) for own, of_car in pairs]))
