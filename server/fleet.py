"""Simulated cars by the thousand, each with a socket of its own: load for a service that one runs oneself."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from kernel.errors import Invalid
from players.feed.signals import GEAR_DRIVE, GEAR_PARK
from players.feed.trace import Point, samples
from players.feed.viss import encode_event
from server.chance import SystemClock
from server.drive import reason_of

CARS_LIMIT = 10_000
SECONDS_LIMIT = 3_600
RATE_LIMIT_HZ = 10.0
CONNECTING_AT_A_TIME = 50
CONNECT_TIMEOUT_S = 60.0
PROGRESS_S = 0.25
OTHER_FILES = 32
"""What a process has open besides."""

STANDS_S, DRIVES_S = 20.0, 40.0
"""What a car does, over and over; each begins somewhere else in it."""
_RENNES = 48.1113, -1.6800
_CIRCLE_M = 3_000.0
_METRES_PER_DEGREE = 111_320.0
_SPEED_KMH = 50.0


@dataclass(frozen=True, slots=True)
class Load:
    """How much.

    Args:
        cars: how many sockets.
        seconds: for how long each reports once all are connected.
        rate_hz: reports a second of each car.
    """

    cars: int
    seconds: float
    rate_hz: float = 2.0

    def __post_init__(self) -> None:
        """Refuse what has no bounds.

        Raises:
            Invalid: ``fleet-out-of-range``.
        """
        within = 0 < self.cars <= CARS_LIMIT and 0 < self.seconds <= SECONDS_LIMIT
        if not (within and 0 < self.rate_hz <= RATE_LIMIT_HZ):
            raise Invalid(
                "fleet-out-of-range",
                f"A fleet has up to {CARS_LIMIT} cars, reports for up to {SECONDS_LIMIT} s, and each car up "
                f"to {RATE_LIMIT_HZ:g} times a second.",
            )


def check_open_files(load: Load, limit: int) -> None:
    """Refuse more cars than a process may have sockets.

    Args:
        load: how much.
        limit: of open files.

    Raises:
        Invalid: ``open-files-too-few``.
    """
    if load.cars > limit - OTHER_FILES:
        raise Invalid(
            "open-files-too-few",
            f"Each car needs a socket, and this process may open {limit} files in all.",
            fix="Drive fewer cars, or raise the hard limit (ulimit -Hn).",
        )


@dataclass(slots=True)
class Seen:
    """What came of it.

    Args:
        connected: cars that had a feed when the reports began.
        sent: reports.
        complaints: answers that were errors, by their reason.
        lost: feeds that the server closed before the end, by its reason.
        late_ms: the longest that a report was sent after its time: the machine that drives was too busy.
    """

    connected: int = 0
    sent: int = 0
    complaints: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    late_ms: float = 0.0


def where(car: int, at_s: float) -> Point:
    """Where a car of the fleet is, and what it does, ``at_s`` seconds after the beginning."""
    cycle_s = STANDS_S + DRIVES_S
    laps, into_s = divmod(at_s + car * 7.3, cycle_s)
    drives = into_s >= STANDS_S
    driven_s = laps * DRIVES_S + max(0.0, into_s - STANDS_S)
    angle = car + driven_s * _SPEED_KMH / 3.6 / _CIRCLE_M
    north, east = _CIRCLE_M * math.sin(angle), _CIRCLE_M * math.cos(angle)
    latitude = _RENNES[0] + north / _METRES_PER_DEGREE
    longitude = _RENNES[1] + east / _METRES_PER_DEGREE / math.cos(math.radians(_RENNES[0]))
    gear = GEAR_DRIVE if drives else GEAR_PARK
    return Point(int(at_s * 1000), latitude, longitude, _SPEED_KMH if drives else 0.0, gear, not drives)


async def run(load: Load, base_url: str, credentials: Mapping[int, str], told: Callable[[int], None]) -> Seen:
    """Connect every car, then let all report until the time is over.

    Args:
        load: how much.
        base_url: of the running service.
        credentials: of a feed for each car, by its number from 0 on.
        told: the permille of the way, half of which is to connect.
    """
    seen, begin = Seen(), asyncio.Event()
    gate = asyncio.Semaphore(CONNECTING_AT_A_TIME)
    cars = [
        asyncio.create_task(_Car(number, load, seen, begin).drive(_address(base_url), credential, gate))
        for number, credential in credentials.items()
    ]
    try:
        while (tried := seen.connected + sum(seen.lost.values())) < len(cars):
            told(500 * tried // len(cars))
            await asyncio.wait(cars, timeout=PROGRESS_S)
        begin.set()
        began_s = asyncio.get_running_loop().time()
        while not all(car.done() for car in cars):
            await asyncio.wait(cars, timeout=PROGRESS_S)
            passed_s = asyncio.get_running_loop().time() - began_s
            told(500 + min(500, int(500 * passed_s / load.seconds)))
    finally:
        for car in cars:
            car.cancel()
        await asyncio.gather(*cars, return_exceptions=True)
    return seen


def _address(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{parts.path}/v1/vehicle-state"


@dataclass(frozen=True, slots=True)
class _Car:
    number: int
    load: Load
    seen: Seen
    begin: asyncio.Event

    async def drive(self, address: str, credential: str, gate: asyncio.Semaphore) -> None:
        bearer = {"Authorization": f"Bearer {credential}"}
        try:
            async with gate:
                feed = await connect(
                    address,
                    subprotocols=["VISSv3"],  # type: ignore[list-item]
                    additional_headers=bearer,
                    open_timeout=CONNECT_TIMEOUT_S,
                    ping_interval=None,
                    compression=None,
                )
            self.seen.connected += 1
            async with feed, asyncio.TaskGroup() as both:
                hearing = both.create_task(self._hear(feed))
                await self.begin.wait()
                await self._report(feed)
                hearing.cancel()
        except* ConnectionClosed as closed:
            for one in closed.exceptions:
                received = one.rcvd if isinstance(one, ConnectionClosed) else None
                self._lose(received.reason if received and received.reason else "closed")
        except* (OSError, InvalidHandshake, TimeoutError) as refused:
            self._lose(type(refused.exceptions[0]).__name__)

    def _lose(self, reason: str) -> None:
        self.seen.lost[reason] = self.seen.lost.get(reason, 0) + 1

    async def _report(self, feed: ClientConnection) -> None:
        clock, loop = SystemClock(), asyncio.get_running_loop()
        step_s = 1 / self.load.rate_hz
        began_s = loop.time() + self.number % 97 / 97 * step_s  # not all at once
        for turn in range(int(self.load.seconds * self.load.rate_hz)):
            due_s = began_s + turn * step_s
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self.seen.late_ms = max(self.seen.late_ms, (loop.time() - due_s) * 1000)
            now_ms = clock.now_ms()
            told = samples(where(self.number, turn * step_s), now_ms)
            await feed.send(encode_event(told, now_ms).decode())
            self.seen.sent += 1

    async def _hear(self, feed: ClientConnection) -> None:
        async for message in feed:
            if '"error"' in message if isinstance(message, str) else b'"error"' in message:
                reason = reason_of(message)
                self.seen.complaints[reason] = self.seen.complaints.get(reason, 0) + 1
