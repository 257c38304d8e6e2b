"""Polls that are answered where their head has been parsed, by a real server over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from players.playback.pulls import Answer, Soon
from server.playback_protocol import protocol_with

PLAYLIST = b"#EXTM3U\n"


@dataclass
class Playlists:
    """Answers by what the target ends with."""

    reads: list["asyncio.Future[list[bytes | None]]"] = field(default_factory=list)
    read: asyncio.Event = field(default_factory=asyncio.Event)
    counted: int = 0
    headers = ((b"content-type", b"application/vnd.apple.mpegurl"), (b"cache-control", b"no-store"))

    def __call__(self, target: bytes) -> Answer | Soon:
        if target.endswith(b"now"):
            return PLAYLIST
        if target.endswith(b"failing"):
            raise ValueError("whatever")
        if target.endswith((b"soon", b"refused", b"broken")):
            self.reads.append(asyncio.get_running_loop().create_future())
            self.read.set()
            return Soon(self.reads[-1], self.finishing(target))
        return None

    def finishing(self, target: bytes) -> Callable[[Any], Answer]:
        def finish(values: list[bytes | None]) -> Answer:
            if target.endswith(b"broken"):
                raise ValueError("whatever")
            return PLAYLIST + (values[0] or b"") if target.endswith(b"soon") else None

        return finish

    async def bring(self, value: bytes) -> None:
        await asyncio.wait_for(self.read.wait(), 5)
        self.read.clear()
        self.reads.pop(0).set_result([value])

    def answered(self, took_s: float) -> None:
        assert took_s >= 0
        self.counted += 1


async def whole(scope: Any, receive: Any, send: Any) -> None:
    """What makes a request of each, and reads it to its end."""
    request = Request(scope, receive)
    body = await request.body()
    answer = PlainTextResponse(f"whole {request.method} {request.url.path} {body.decode()}".rstrip())
    await answer(scope, receive, send)


@dataclass
class Server:
    """One that runs, and what it asks for the short way."""

    port: int
    playlists: Playlists
    process: uvicorn.Server

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()


@pytest.fixture
async def server():
    playlists = Playlists()
    config = uvicorn.Config(
        whole, port=0, http=protocol_with(playlists), lifespan="off", log_config=None, access_log=False,
        limit_concurrency=3, timeout_graceful_shutdown=2,
    )  # fmt: skip
    process = uvicorn.Server(config)
    process.install_signal_handlers = lambda: None
    running = asyncio.create_task(process.serve())
    await until(lambda: process.started)
    yield Server(process.servers[0].sockets[0].getsockname()[1], playlists, process)
    process.should_exit = True
    await asyncio.wait_for(running, 60)


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        yield client


async def until(look: Callable[[], object]) -> None:
    """Until what another task does is done."""
    async with asyncio.timeout(60):
        while not look():  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.001)


async def response(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next answer."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    if b"content-length: " not in head.lower():
        return head, b""
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_a_poll_is_answered_at_once_again_and_again(server, http):
    for _ in range(3):
        answer = await http.get("/play/now")
        assert (answer.status_code, answer.content) == (200, PLAYLIST)
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["date"]
    assert server.playlists.counted == 3


async def test_one_that_waits_for_a_read_is_answered_when_it_comes(server, http):
    asked = asyncio.create_task(http.get("/play/soon"))
    await server.playlists.bring(b"parked")
    assert (await asked).content == PLAYLIST + b"parked"
    assert (await http.get("/play/now")).content == PLAYLIST
    assert server.playlists.counted == 2


@pytest.mark.parametrize("name", ["refused", "broken"])
async def test_what_a_read_refuses_becomes_a_whole_request(server, http, name):
    asked = asyncio.create_task(http.get(f"/play/{name}"))
    await server.playlists.bring(b"moving")
    assert (await asked).text == f"whole GET /play/{name}"
    assert server.playlists.counted == 0


async def test_a_read_that_fails_becomes_a_whole_request(server, http):
    asked = asyncio.create_task(http.get("/play/soon"))
    await asyncio.wait_for(server.playlists.read.wait(), 5)
    server.playlists.reads.pop().set_exception(ConnectionError("Redis is gone"))
    assert (await asked).text == "whole GET /play/soon"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/play/other", {}, ""),
        ("GET", "/play/failing", {}, ""),
        ("GET", "/elsewhere/now", {}, ""),
        ("POST", "/play/now", {}, "hello"),
        ("GET", "/play/now", {"connection": "close"}, ""),
    ],
)
async def test_all_else_is_a_whole_request(server, http, method, path, headers, body):
    answer = await http.request(method, path, headers=headers, content=body)
    assert answer.text == f"whole {method} {path} {body}".rstrip()
    assert server.playlists.counted == 0


async def test_a_head_and_an_old_version_are_whole_requests(server, http):
    assert (await http.head("/play/now")).headers["content-type"].startswith("text/plain")
    async with server.connection() as (reader, writer):
        writer.write(b"GET /play/now HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"whole GET /play/now")


async def test_a_body_that_nobody_asked_for_does_no_harm(server):
    async with server.connection() as (reader, writer):
        writer.write(b"GET /play/now HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        assert (await response(reader))[1] == PLAYLIST
        writer.write(b"GET /play/refused HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        await server.playlists.bring(b"")
        assert (await response(reader))[1].startswith(b"whole GET /play/refused")


async def test_requests_sent_ahead_are_answered_in_their_order(server):
    async with server.connection() as (reader, writer):
        writer.write(
            b"GET /play/soon HTTP/1.1\r\nHost: a\r\n\r\n"
            b"GET /play/now HTTP/1.1\r\nHost: a\r\n\r\n"
            b"GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        await server.playlists.bring(b"parked")
        assert (await response(reader))[1] == PLAYLIST + b"parked"
        assert (await response(reader))[1] == b"whole GET /play/now"
        assert (await response(reader))[1] == b"whole GET /elsewhere"
        writer.write(b"GET /play/now HTTP/1.1\r\nHost: a\r\n\r\nGET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await response(reader))[1] == PLAYLIST
        assert (await response(reader))[1] == b"whole GET /elsewhere"


async def test_what_is_no_request_behind_one_ends_the_connection(server):
    async with server.connection() as (reader, writer):
        writer.write(b"GET /play/now HTTP/1.1\r\nHost: a\r\n\r\nrubbish\r\n\r\n")
        assert (await response(reader))[0].startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
        await asyncio.wait_for(reader.read(), 5)


async def test_answers_of_one_turn_are_made_before_any_is_sent(server, monkeypatch):
    """A system call between two of them would cost each twice its time."""
    seen: list[str] = []
    one, other = (asyncio.open_connection("127.0.0.1", server.port) for _ in range(2))
    (reader, writer), (another, also) = await one, await other
    answered = server.playlists.answered
    monkeypatch.setattr(server.playlists, "answered", lambda took_s: (seen.append("sent"), answered(took_s)))
    for each in (writer, also):
        each.write(b"GET /play/soon HTTP/1.1\r\nHost: a\r\n\r\n")
    await until(lambda: len(server.playlists.reads) == 2)
    for read in server.playlists.reads:
        read.add_done_callback(lambda _: seen.append("made"))
        read.set_result([b"parked"])
    for each in (reader, another):
        assert (await response(each))[1] == PLAYLIST + b"parked"
    assert seen == ["made", "made", "sent", "sent"]
    writer.close()
    also.close()


async def test_one_refused_with_another_behind_it_ends_the_connection(server):
    async with server.connection() as (reader, writer):
        writer.write(
            b"GET /play/refused HTTP/1.1\r\nHost: a\r\n\r\nPOST /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        await server.playlists.bring(b"moving")
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_whoever_leaves_while_waiting_is_forgotten(server, http):
    async with server.connection() as (_, writer):
        writer.write(b"GET /play/soon HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.wait_for(server.playlists.read.wait(), 5)
    await until(lambda: not server.process.server_state.connections)
    await server.playlists.bring(b"parked")
    assert (await http.get("/play/now")).content == PLAYLIST
    assert server.playlists.counted == 1


async def test_a_stop_lets_one_that_waits_have_its_answer(server):
    async with server.connection() as (reader, writer):
        writer.write(b"GET /play/soon HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.wait_for(server.playlists.read.wait(), 5)
        server.process.should_exit = True
        (connection,) = server.process.server_state.connections
        await until(lambda: not connection.cycle.keep_alive)
        await server.playlists.bring(b"parked")
        assert (await response(reader))[1] == b"whole GET /play/soon"
        assert await reader.read() == b""


async def test_too_many_connections_are_told_so(server):
    async with server.connection(), server.connection(), server.connection() as (reader, writer):
        await until(lambda: len(server.process.server_state.connections) == 3)
        writer.write(b"GET /play/now HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await response(reader))[0].startswith(b"HTTP/1.1 503 ")
