"""Segments on slow lines: by the real protocol over a real socket."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from players.feed.head_unit import Technique
from players.playback.pull_playlist import Channel
from players.playback.serve_segment import ServeSegment
from server.playback_protocol import UNSENT_BYTES, protocol_with
from tests.players.house import DRIVING, PARKED

SEGMENT_BYTES = 8_000_000
READER_BYTES = 16_384
ON_THEIR_WAY = UNSENT_BYTES + 1_000_000
"""What the kernels of both ends may hold of it: they take the reader's small buffer for a suggestion."""


class NoPolls:
    """Nothing is answered the short way."""

    headers = ()

    def __call__(self, target: bytes) -> None:
        return None

    def answered(self, took_s: float) -> None:
        raise AssertionError


@dataclass
class Server:
    """One that runs, and how often it has looked whether what it sends may go on."""

    process: uvicorn.Server
    looks: int = 0

    @property
    def address(self) -> tuple[str, int]:
        return self.process.servers[0].sockets[0].getsockname()

    async def ended(self) -> None:
        """Until it has ended every connection."""
        await until(lambda: not self.process.server_state.connections)

    async def looked(self) -> None:
        """Until it has looked twice more."""
        enough = self.looks + 2
        await until(lambda: self.looks >= enough)


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not look():  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.001)


@pytest.fixture
async def server(house, app) -> AsyncIterator[Server]:
    async def read_segment(asset_id: str, rendition: str, index: int, k: int) -> bytes:
        return bytes(SEGMENT_BYTES)

    config = uvicorn.Config(
        app, port=0, http=protocol_with(NoPolls()), lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    found = Server(uvicorn.Server(config))
    may_go_on = ServeSegment.may_go_on

    async def counted(segments: ServeSegment, token: str) -> bool:
        found.looks += 1
        return await may_go_on(segments, token)

    object.__setattr__(house.serve_segment, "read_segment", read_segment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeSegment, "may_go_on", counted)
        found.process.install_signal_handlers = lambda: None
        running = asyncio.create_task(found.process.serve())
        await until(lambda: found.process.started)
        yield found
        found.process.should_exit = True
        await asyncio.wait_for(running, 10)


@asynccontextmanager
async def slow_reader(server: Server, path: str) -> AsyncIterator[socket.socket]:
    """Who has read the beginning of an answer, and reads no more for now."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READER_BYTES)
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(5):
            await loop.sock_connect(line, server.address)
            await loop.sock_sendall(line, f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
            head = await loop.sock_recv(line, 1024)
        assert head.startswith(b"HTTP/1.1 200"), head
        yield line


async def rest(line: socket.socket) -> tuple[int, bool]:
    """How many bytes still come, and whether that was all; the connection ends, or it was."""
    read, loop = 0, asyncio.get_running_loop()
    async with asyncio.timeout(10):
        try:
            while read < SEGMENT_BYTES - 1024:
                came = len(await loop.sock_recv(line, READER_BYTES))
                read += came
                if not came:
                    break
        except ConnectionError:
            pass
    return read, read >= SEGMENT_BYTES - 1024


async def path(house, rendition: str, technique: Technique = Technique.TWO_ELEMENT) -> str:
    opened = await house.opened(technique)
    await house.park(house.feed())
    body = await house.poll(Channel("ch1"), opened, rendition)
    return body.decode().rstrip().rpartition("\n")[2]


async def test_a_picture_on_a_slow_line_is_called_back_when_the_car_drives_off(house, server, caplog):
    async with slow_reader(server, await path(house, "v720")) as line:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await server.ended()
        came, whole = await rest(line)
    assert not whole
    assert came <= ON_THEIR_WAY < SEGMENT_BYTES / 2
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_in_silence_too(house, server):
    async with slow_reader(server, await path(house, "v720")) as line:
        house.clock.advance(3.1)
        await server.ended()
        assert not (await rest(line))[1]


class Broken:
    """A store that is away."""

    async def read(self, vehicle_id: str) -> None:
        raise ConnectionError("no Redis")


async def test_and_where_nobody_can_say(house, server, caplog):
    async with slow_reader(server, await path(house, "v720")) as line:
        object.__setattr__(house.serve_segment, "states", Broken())
        await server.ended()
        assert not (await rest(line))[1]
    assert "cannot be judged" in caplog.text


async def test_while_the_car_stands_all_of_it_comes_though_its_lease_ends_meanwhile(house, server):
    async with slow_reader(server, await path(house, "v720")) as line:
        for _ in range(7):
            house.clock.advance(1)
            await house.tell(house.feed(), PARKED)
        await server.looked()
        assert (await rest(line))[1]


async def test_sound_is_never_called_back(house, server):
    async with slow_reader(server, await path(house, "a128")) as line:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        assert (await rest(line))[1]
    assert server.looks == 0


async def test_nor_the_picture_of_a_player_that_would_lose_its_sound(house, server):
    async with slow_reader(server, await path(house, "v720", Technique.SLATE)) as line:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await server.looked()
        assert (await rest(line))[1]
