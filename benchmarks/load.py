"""A client that keeps a server busy, and what it sees."""

import asyncio
import itertools
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS, ROUND_S, WARM_S = 64, 3.0, 15.0


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

    def __init__(self, paths: Iterator[bytes], seen: Seen, until: float) -> None:
        self.paths, self.seen, self.until = paths, seen, until
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer, self.wanted = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.began = time.perf_counter()
        path = next(self.paths, None)
        if path is None or self.began > self.until:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
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
    """One round of requests, each path drawn at random, by players that have been at it for a while."""
    await _ask(port, iter(paths), Seen(), WARM_S)
    seen = Seen()
    before, began = processor_s(pid), time.perf_counter()
    await _ask(port, (random.choice(paths) for _ in itertools.count()), seen, ROUND_S)
    seen.wall_s = time.perf_counter() - began
    seen.processor_s = processor_s(pid) - before
    return seen


async def _ask(port: int, paths: Iterator[bytes], seen: Seen, for_s: float) -> None:
    loop, until = asyncio.get_running_loop(), time.perf_counter() + for_s
    made = [
        await loop.create_connection(lambda: Connection(paths, seen, until), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))


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
