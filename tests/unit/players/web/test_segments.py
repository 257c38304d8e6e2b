"""Segments on slow lines: by the real protocol over a real socket."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from prometheus_client import REGISTRY

from players.feed.feed import Feed
from players.feed.head_unit import Mount, Technique, Zone
from players.feed.vehicle_state import VehicleState
from players.playback import lease
from players.playback.lease import LEASE_MS, Lease
from players.playback.pull_playlist import Channel
from players.playback.serve_segment import ServeSegment
from server.playback_protocol import UNSENT_BYTES, protocol_with
from tests.players.house import DRIVING, PARKED

SEGMENT_BYTES = 8_000_000
READER_BYTES = 16_384
COUNTED = "roadcast_pictures_called_back_total"
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
    """One that runs, how often it has looked whether what it sends may go on, and what it has read."""

    process: uvicorn.Server
    looks: int = 0
    read: list[tuple[str, str]] = field(default_factory=list)
    """The asset and rendition of each segment that was taken from the store."""

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
    async with asyncio.timeout(60):
        while not look():  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.001)


@pytest.fixture
async def server(house, app) -> AsyncIterator[Server]:
    async def read_segment(asset_id: str, rendition: str, index: int, k: int) -> bytes:
        found.read.append((asset_id, rendition))
        return bytes(SEGMENT_BYTES)

    config = uvicorn.Config(
        app, port=0, http=protocol_with(NoPolls()), lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    found = Server(uvicorn.Server(config))
    may_go_on = ServeSegment.may_go_on

    async def counted(segments: ServeSegment, *asked: Any) -> bool:
        found.looks += 1
        return await may_go_on(segments, *asked)

    object.__setattr__(house.serve_segment, "read_segment", read_segment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeSegment, "may_go_on", counted)
        found.process.install_signal_handlers = lambda: None
        running = asyncio.create_task(found.process.serve())
        await until(lambda: found.process.started)
        yield found
        found.process.should_exit = True
        await asyncio.wait_for(running, 60)


@dataclass
class SlowReader:
    """Who reads the beginning of an answer, and no more until it is told to."""

    line: socket.socket
    left: int = 0

    async def ask(self, *paths: str) -> None:
        """Ask for each of ``paths`` at once, and read the beginning of the first answer."""
        asked = "".join(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n" for path in paths)
        async with asyncio.timeout(60):
            await asyncio.get_running_loop().sock_sendall(self.line, asked.encode())
        answer = await self.head()
        assert answer.startswith(b"HTTP/1.1 200"), answer
        self.left = SEGMENT_BYTES - len(answer.partition(b"\r\n\r\n")[2])

    async def head(self) -> bytes:
        """The beginning of an answer."""
        async with asyncio.timeout(60):
            return await asyncio.get_running_loop().sock_recv(self.line, 1024)

    async def rest(self) -> int:
        """How many bytes still come, until the connection ends or that was all; ``left`` is 0 then."""
        came, loop = 0, asyncio.get_running_loop()
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                while self.left and (
                    read := len(await loop.sock_recv(self.line, min(self.left, READER_BYTES)))
                ):
                    came += read
                    self.left -= read
        return came


@asynccontextmanager
async def reading(server: Server, *paths: str) -> AsyncIterator[SlowReader]:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READER_BYTES)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, server.address)
        reader = SlowReader(line)
        await reader.ask(*paths)
        yield reader


async def path(house, rendition: str, technique: Technique = Technique.TWO_ELEMENT) -> str:
    opened = await house.opened(technique)
    await house.park(house.feed())
    body = await house.poll(Channel("ch1"), opened, rendition)
    return body.decode().rstrip().rpartition("\n")[2]


async def spot(house, feed: Feed) -> str:
    """The address of an ad's picture, as a player has it that puts it in by itself."""
    await house.park(feed)
    until_ms = house.clock.now_ms() + LEASE_MS
    held = lease.sign(house.signer, Lease("veh_1", Mount(Zone.DRIVER), Technique.SLATE, until_ms))
    name = house.segment("ad1-1", "v720", 0, 0)
    return f"/segments/{name.path}/{name.key}.m4s?lease={held}"


async def test_a_picture_on_a_slow_line_is_called_back_when_the_car_drives_off(house, server, caplog):
    before = REGISTRY.get_sample_value(COUNTED)
    async with reading(server, await path(house, "v720")) as reader:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await server.ended()
        came = await reader.rest()
    assert reader.left
    assert came <= ON_THEIR_WAY < SEGMENT_BYTES / 2
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert REGISTRY.get_sample_value(COUNTED) == before + 1


@pytest.mark.parametrize("spelled", ["http://test/segments/", "/%73egments/", "/segment%73/"])
async def test_however_its_address_is_spelled(house, server, spelled):
    """RFC 9112, 3.2.2: a server takes whole addresses too."""
    address = (await path(house, "v720")).replace("/segments/", spelled)
    async with reading(server, address) as reader:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await server.ended()
        await reader.rest()
        assert reader.left


async def test_in_silence_too(house, server):
    async with reading(server, await path(house, "v720")) as reader:
        house.clock.advance(3.1)
        await server.ended()
        await reader.rest()
        assert reader.left


class Broken:
    """A store that is away."""

    async def read(self, vehicle_id: str) -> None:
        raise ConnectionError("no Redis")


async def test_and_where_nobody_can_say(house, server, caplog):
    async with reading(server, await path(house, "v720")) as reader:
        object.__setattr__(house.serve_segment, "states", Broken())
        await server.ended()
        await reader.rest()
        assert reader.left
    assert "cannot be judged" in caplog.text


async def test_while_the_car_stands_all_of_it_comes_though_its_lease_ends_meanwhile(house, server):
    async with reading(server, await path(house, "v720")) as reader:
        for _ in range(7):
            house.clock.advance(1)
            await house.tell(house.feed(), PARKED)
        await server.looked()
        await reader.rest()
        assert not reader.left


async def test_what_was_taken_while_it_was_judged_costs_the_next_nothing(house, server):
    """Sound that follows a picture on the same connection."""
    sound, picture = await path(house, "a128"), await path(house, "v720")
    states, judged = house.states, asyncio.Event()

    class Slow:
        """A store that takes its time."""

        async def read(self, vehicle_id: str) -> VehicleState:
            await judged.wait()
            return await states.read(vehicle_id)

    async with reading(server, picture) as reader:
        object.__setattr__(house.serve_segment, "states", Slow())
        await until(lambda: server.looks == 1)
        await reader.rest()
        assert not reader.left
        await reader.ask(sound)
        await house.tell(house.feed(), DRIVING)
        judged.set()
        await reader.rest()
        assert not reader.left


@pytest.mark.parametrize("technique", [Technique.TWO_ELEMENT, Technique.SLATE])
async def test_a_picture_is_judged_when_the_line_has_taken_what_stands_before_it(house, server, technique):
    """Asked for behind sound that its reader is slow to take, on one connection; the sound comes whole."""
    sound, picture = await path(house, "a128", technique), await path(house, "v720", technique)
    async with reading(server, sound, picture) as reader:
        for _ in range(30):  # as long as a judgement takes, and longer
            await house.states.read("veh_1")
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await reader.rest()
        assert not reader.left
        answer = await reader.head()
    black = technique is Technique.SLATE
    assert answer.startswith(b"HTTP/1.1 200" if black else b"HTTP/1.1 403")
    assert [asset_id for asset_id, rendition in server.read if rendition == "v720"] == ["slate"] * black


async def test_sound_is_never_called_back(house, server):
    async with reading(server, await path(house, "a128")) as reader:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await reader.rest()
        assert not reader.left
    assert server.looks == 0


async def test_nor_the_picture_of_a_player_that_would_lose_its_sound(house, server):
    async with reading(server, await path(house, "v720", Technique.SLATE)) as reader:
        house.clock.advance(0.2)
        await house.tell(house.feed(), DRIVING)
        await server.looked()
        await reader.rest()
        assert not reader.left


async def test_an_ad_that_a_player_puts_in_by_itself_goes_on_for_no_longer_than_a_lease_lasts(house, server):
    """Its player holds sound and picture in one element; what it asks for again is black."""
    feed = house.feed()
    ad = await spot(house, feed)
    async with reading(server, ad) as reader:
        house.clock.advance(0.2)
        await house.tell(feed, DRIVING)
        house.clock.advance((LEASE_MS - 201) / 1000)
        await server.looked()
        assert server.process.server_state.connections
        house.clock.advance(0.001)
        await server.ended()
        await reader.rest()
        assert reader.left
    async with reading(server, ad) as again:
        await again.rest()
        assert not again.left
    assert [asset_id for asset_id, _ in server.read] == ["ad1-1", "slate"]


async def test_while_the_car_stands_such_an_ad_goes_on(house, server):
    feed = house.feed()
    ad = await spot(house, feed)
    async with reading(server, ad) as reader:
        for _ in range(7):
            house.clock.advance(1)
            await house.tell(feed, PARKED)
        await server.looked()
        await reader.rest()
        assert not reader.left
