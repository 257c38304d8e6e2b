"""The driving simulator: a page that reports as a vehicle would, with drives to choose from."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from adserver.web.wording import REFUSALS
from kernel.errors import Invalid, NotFound, TooLarge
from players.feed import demo_drive
from players.feed.demo_drive import DrivePoint
from players.feed.enrol_head_unit import RecogniseHeadUnit
from players.feed.head_unit import must_report
from players.web.bearer import head_unit

NAME_LIMIT = 200
TRACE_LIMIT_BYTES = 4 * 1024 * 1024
ENDINGS = (".gpx", ".csv", ".ndjson", ".jsonl", ".json", ".log")
"""Of the names of files: GPX, CSV, and logs of VISS, one message a line."""


class Recorded(msgspec.Struct, frozen=True):
    """A drive from a file.

    Args:
        points: where the car is drawn, and what it reports where ``told`` is None.
        told: what it reports instead: seconds since the beginning, path and value, in order of time.
    """

    points: Sequence[DrivePoint]
    told: Sequence[tuple[float, str, str]] | None = None


ReadTrace = Callable[[str, bytes], Recorded]
"""A file's name and content to a drive; raises Invalid with what is wrong in which line."""


class Reach(msgspec.Struct, frozen=True):
    """A circle on the map: how far whose promotion reaches around which place."""

    advertiser: str
    place_name: str
    latitude: float
    longitude: float
    radius_m: float


def routes(
    *,
    templates: Jinja2Templates,
    recognise: RecogniseHeadUnit,
    read_trace: ReadTrace,
    reaches: Callable[[], Sequence[Reach]],
) -> list[BaseRoute]:
    """``GET /simulator``, ``…/reaches``, ``…/drives/{drive_id}``, and ``POST /simulator/drives``.

    Args:
        templates: the pages'.
        recognise: who holds the credential of a feed; nobody else may have a trace read.
        read_trace: parses a recorded drive; one at a time, since it takes a processor for a while.
        reaches: the circles to draw, for anybody to read; outside a demo they are nobody else's business.
    """
    turn = asyncio.Lock()

    async def page(request: Request) -> Response:
        """The simulator; public, because it can report nothing before it is enrolled."""
        circles = msgspec.to_builtins(list(reaches()))
        context = {
            "routes": demo_drive.ROUTES,
            "reaches": circles,
            "endings": ENDINGS,
            "refusals": REFUSALS,
        }
        return templates.TemplateResponse(request, "players/simulator.html", context)

    def circles(_request: Request) -> Response:
        """The circles as they are now: campaigns are booked while the map is looked at."""
        return _json({"reaches": reaches()})

    async def built_in(request: Request) -> Response:
        """One built-in drive as points, one a second."""
        wanted = request.path_params["drive_id"]
        found = next((route for route in demo_drive.ROUTES if route.drive_id == wanted), None)
        if found is None:
            raise NotFound("drive-unknown", "There is no such drive.", fix="Choose one of the list.")
        return _json(Recorded(demo_drive.drive(found)))

    async def own(request: Request) -> Response:
        """The drive in the body: GPX, CSV or a log of VISS; the file is not kept."""
        must_report(await head_unit(request.headers, recognise))
        name = request.query_params.get("name", "")
        if not 0 < len(name) <= NAME_LIMIT:
            raise Invalid("trace-unnamed", f"The file needs a name that ends in {', '.join(ENDINGS)}.")
        data = await _body(request)
        async with turn:
            recorded = await run_in_threadpool(read_trace, name, data)
        return _json(recorded)

    return [
        Route("/simulator", page, name="simulator", include_in_schema=False),
        Route("/simulator/reaches", circles, include_in_schema=False),
        Route("/simulator/drives/{drive_id}", built_in, include_in_schema=False),
        Route("/simulator/drives", own, methods=["POST"], include_in_schema=False),
    ]


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > TRACE_LIMIT_BYTES:
            raise TooLarge(
                "trace-too-large",
                f"The file has more than {TRACE_LIMIT_BYTES // 1024**2} MiB.",
                fix="Choose a shorter drive.",
            )
    return bytes(data)


def _json(document: Recorded | dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")
