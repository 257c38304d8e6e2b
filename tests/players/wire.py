"""The room's routes as one application, and an ASGI socket and stream to talk to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection

from content.guide.xmltv import Site
from players.playback.read_tracking import ReadTracking
from players.web import (
    consent,
    enrolment,
    events,
    interstitials,
    markets,
    mqtt_address,
    on_demand,
    playlists,
    resume,
    segments,
    sessions,
    state_batches,
    tags,
    tracking,
    vehicle_state,
)
from server.errors import exception_handlers
from server.pages import build_templates
from tests.players.house import PlayersHouse


class _Operators(AuthenticationBackend):
    """Whoever says so in a header of the tests' own is an operator who is signed in."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser] | None:
        name = conn.headers.get("x-operator")
        return (AuthCredentials(["operator"]), _Operator(name)) if name else None


class _Operator(SimpleUser):
    @property
    def identity(self) -> str:
        return self.username


def application(house: PlayersHouse) -> Starlette:
    h = house
    return Starlette(
        routes=[
            *enrolment.routes(h.enrol, h.recognise, h.issue_ticket),
            *consent.routes(h.recognise, h.set_consent, h.set_state_consent),
            *markets.routes(h.recognise, h.change_market),
            *sessions.routes(h.recognise, h.read_vehicle, h.open_session, h.read_report, h.signer, h.clock),
            *tracking.routes(ReadTracking(h.sessions, h.plays, h.clock), h.signer, h.clock),
            *playlists.routes(h.pull),
            *interstitials.routes(h.pull_interstitial, Site("http://test"), h.seen),
            *tags.routes(h.answer_tag, h.list_breaks, h.pull_spot, h.seen),
            *on_demand.routes(h.pull_item, h.list_catch_up, h.keep_resume.market, h.signer, h.clock, h.seen),
            *resume.routes(h.recognise, h.keep_resume, h.signer, h.clock),
            *segments.routes(h.serve_segment, h.init),
            *mqtt_address.routes(h.recognise, h.ask_for_mqtt, h.clock),
            *events.routes(h.watch_session, h.watch_vehicle, h.signer, h.clock, h.streams),
            *vehicle_state.routes(h.recognise, h.read_vehicle, h.ears, h.signer, h.new_id),
            *state_batches.routes(h.recognise, h.read_vehicle, h.report_batch, h.read_facts),
        ],
        exception_handlers=exception_handlers(build_templates()),
        middleware=[Middleware(AuthenticationMiddleware, backend=_Operators())],
    )


def browser(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def _scope(kind: str, url: str, headers: dict[str, str]) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("test", 80),
        "client": ("test", 1),
    }


class Line:
    """What the application sends, and what it is sent."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def heard(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.from_app.get(), 5)

    async def say(self, text: str | bytes) -> None:
        key = "text" if isinstance(text, str) else "bytes"
        await self.to_app.put({"type": "websocket.receive", key: text})


@asynccontextmanager
async def _open(app: Starlette, scope: dict[str, Any], first: str, last: str) -> AsyncIterator[Line]:
    line = Line()
    await line.to_app.put({"type": first, "body": b"", "more_body": False})
    task = asyncio.create_task(app(scope, line.to_app.get, line.from_app.put))
    try:
        yield line
    finally:
        await line.to_app.put({"type": last, "code": 1000})
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(task, 5)


@asynccontextmanager
async def socket(
    app: Starlette, url: str, headers: dict[str, str], protocols: tuple[str, ...]
) -> AsyncIterator[Line]:
    """A WebSocket connection."""
    scope = _scope("websocket", url, headers) | {"scheme": "ws", "subprotocols": list(protocols)}
    async with _open(app, scope, "websocket.connect", "websocket.disconnect") as line:
        yield line


@asynccontextmanager
async def stream(app: Starlette, url: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """Server-sent events, as (name, document); a comment is ("", None)."""
    async with _open(app, _scope("http", url, {}), "http.request", "http.disconnect") as line:
        start = await line.heard()
        assert start["status"] == 200, await line.heard()
        assert dict(start["headers"])[b"content-type"].startswith(b"text/event-stream")
        yield _events(line)


async def _events(line: Line) -> AsyncIterator[tuple[str, Any]]:
    while True:
        frame = (await line.heard())["body"].decode()
        assert frame.endswith("\n\n")
        if frame.startswith(":"):
            yield "", None
            continue
        name, data = frame.strip().split("\n")
        yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
