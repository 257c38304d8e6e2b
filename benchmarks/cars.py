"""Thousands of cars that report, at next to no cost: what is measured shares the machine with them.

``cars.py BASE SECONDS RATE_HZ`` in a process of its own, with a line for each car's credential on standard
input. It says when all are connected, and what came of it at the end: after so many seconds, or when it is
told to stop (SIGTERM).
"""

import asyncio
import base64
import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kernel.clock import from_ms, iso_z
from players.feed.trace import samples
from players.feed.viss import encode_event
from server.chance import SystemClock
from server.fleet import where

CONNECTING_AT_A_TIME = 50
TICK_S = 0.005
CLOCK = SystemClock()
_STAMP = iso_z(from_ms(0)).encode()
_TEXT, _PING, _PONG = 0x81, 0x89, 0x8A


class Car(asyncio.Protocol):
    """One socket: RFC 6455 with a mask of zeros, as far as a car of ours needs it."""

    def __init__(self, number: int, credential: str, seen: Counter[str]) -> None:
        self.number, self.credential, self.seen = number, credential, seen
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /v1/vehicle-state HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self.credential}\r\n"
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: VISSv3\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        self.buffer += data
        if not self.opened.done():
            head, ended, self.buffer = self.buffer.partition(b"\r\n\r\n")
            if not ended:
                self.buffer = head
                return
            assert b" 101 " in head, head
            self.opened.set_result(None)
        while (frame := self._frame()) is not None:
            opcode, told = frame
            if opcode == _PING:
                self._send(_PONG, told)
            elif opcode == _TEXT and b'"error"' in told:
                self.seen[json.loads(told)["error"]["description"].partition(":")[0]] += 1

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self.buffer) < 4:
            return None
        size, begin = self.buffer[1], 2
        if size == 126:
            size, begin = int.from_bytes(self.buffer[2:4]), 4
        if len(self.buffer) < begin + size:
            return None
        opcode, told = self.buffer[0], self.buffer[begin : begin + size]
        self.buffer = self.buffer[begin + size :]
        return opcode, told

    def _send(self, opcode: int, told: bytes) -> None:
        size = len(told)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        self.transport.write(bytes([opcode]) + length + b"\0\0\0\0" + told)

    def connection_lost(self, exc: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        self.seen["lost"] += 1

    def report(self, at_s: float, stamp: bytes) -> None:
        """All that it measures now."""
        if self.transport.is_closing():
            return
        self._send(_TEXT, encode_event(samples(where(self.number, at_s), 0), 0).replace(_STAMP, stamp))
        self.seen["sent"] += 1


async def drive(base: str, seconds: float, rate_hz: float, credentials: list[str]) -> None:
    """Connect all, then let each report so often, one after the other, for so long at most."""
    loop, parts, seen = asyncio.get_running_loop(), urlsplit(base), Counter[str]()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    gate = asyncio.Semaphore(CONNECTING_AT_A_TIME)

    async def connected(number: int, credential: str) -> Car:
        async with gate:
            _, car = await loop.create_connection(
                lambda: Car(number, credential, seen), parts.hostname, parts.port
            )
            await car.opened
            return car

    cars = await asyncio.gather(*(connected(n, one) for n, one in enumerate(credentials)))
    print(f"{len(cars):,} cars report {rate_hz:g} times a second", flush=True)
    ticks = round(1 / rate_hz / TICK_S)
    began_s, late_s = time.perf_counter(), 0.0
    for tick in range(int(seconds / TICK_S)):
        if stop.is_set():
            break
        due_s = began_s + tick * TICK_S
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        late_s = max(late_s, time.perf_counter() - due_s)
        stamp = iso_z(from_ms(CLOCK.now_ms())).encode()
        for car in cars[tick % ticks :: ticks]:
            car.report(tick * TICK_S, stamp)
    sent, lost, seconds = seen.pop("sent"), seen.pop("lost", 0), time.perf_counter() - began_s
    print(
        f"{sent / seconds:,.0f} reports a second, lost {lost}, errors {dict(seen) or 'none'}, "
        f"the client's latest {late_s * 1000:,.0f} ms late, busy for {time.process_time() / seconds:.0%}"
    )


if __name__ == "__main__":
    uvloop.run(drive(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.stdin.read().split()))
