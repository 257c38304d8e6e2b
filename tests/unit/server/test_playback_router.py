"""The short way to playback's routes answers as Starlette's own would."""

import asyncio
import logging

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from kernel.errors import NotFound
from server import playback_router
from server.errors import exception_handlers
from server.pages import build_templates
from server.playback_router import PlaybackRouter


class Raw:
    """An endpoint that speaks ASGI itself."""

    async def __call__(self, scope, receive, send) -> None:
        await PlainTextResponse(f"raw {scope['path_params']}")(scope, receive, send)


async def counted(request: Request) -> Response:
    return PlainTextResponse(repr(request.path_params))


async def elsewhere(request: Request) -> Response:
    return RedirectResponse("/play/there", 302)


async def failing(request: Request) -> Response:
    raise {
        "missing": NotFound("thing-unknown", "There is no such thing."),
        "status": HTTPException(415),
        "bug": ValueError("a bug"),
    }[request.path_params["how"]]


@pytest.fixture
def http():
    routes = [
        Route("/play/{channel_id}/{name}.m3u8", Raw()),
        Route("/segments/{asset_id}/{index:int}.m4s", counted),
        Route("/play/fail/{how}/now", failing),
        Route("/play/other/{name}", elsewhere),
    ]
    router = PlaybackRouter(routes, exception_handlers(build_templates())[Exception])
    return httpx.AsyncClient(transport=httpx.ASGITransport(router), base_url="http://test")


async def test_parameters_are_what_the_pattern_says(http):
    assert (await http.get("/play/ch1/a128.m3u8")).text == "raw {'channel_id': 'ch1', 'name': 'a128'}"
    assert (await http.get("/segments/film/12.m4s")).text == "{'asset_id': 'film', 'index': 12}"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/play/ch1/more/a128.m3u8", 404, "route-unknown"),
        ("GET", "/segments/film/-1.m4s", 404, "route-unknown"),
        ("GET", f"/segments/film/{'9' * 5000}.m4s", 404, "route-unknown"),
        ("POST", "/play/ch1/a128.m3u8", 405, "method-not-allowed"),
        ("DELETE", "/segments/film/12.m4s", 405, "method-not-allowed"),
        ("GET", "/play/fail/missing/now", 404, "thing-unknown"),
        ("GET", "/play/fail/status/now", 415, "media-type-unsupported"),
        ("GET", "/play/fail/bug/now", 500, "internal"),
    ],
)
async def test_failures_are_problem_documents(http, method, path, status, code):
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD"


async def test_a_head_is_answered_like_a_get(http):
    answer = await http.head("/segments/film/12.m4s")
    assert (answer.status_code, answer.text) == (200, "")


def counted_of(route: str, status: int = 200) -> float:
    labels = {"method": "GET", "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("roadcast_http_requests_total", labels) or 0.0


async def test_answers_are_counted_together_and_failures_are_told(http, monkeypatch):
    monkeypatch.setattr(playback_router, "TELL_AFTER_S", 0.01)
    route = "/segments/{asset_id}/{index:int}.m4s"
    before, elsewhere = counted_of(route), counted_of("/play/other/{name}", 302)
    with capture_logs() as lines:
        for _ in range(3):
            await http.get("/segments/film/12.m4s")
        await http.get("/play/other/live")
        answer = await http.get("/play/fail/missing/now")
    assert [(line["route"], line["status"]) for line in lines] == [("/play/fail/{how}/now", 404)]
    assert len(answer.headers["x-request-id"]) == 16
    await asyncio.sleep(0.02)  # later than what the tally waits for, on the same loop
    assert counted_of(route) == before + 3
    assert counted_of("/play/other/{name}", 302) == elsewhere + 1


@pytest.mark.parametrize("path", ["/segments/film/12.m4s", "/play/fail/missing/now"])
async def test_a_log_of_everything_tells_each(http, path):
    access = logging.getLogger("server.access")
    access.setLevel(logging.DEBUG)
    try:
        with capture_logs() as lines:
            answer = await http.get(path)
    finally:
        access.setLevel(logging.NOTSET)
    assert [line["status"] for line in lines] == [answer.status_code]
    assert answer.headers["x-request-id"]
