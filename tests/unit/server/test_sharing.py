"""Pages of other origins: those that the operator named, and what is meant for them."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from server.sharing import share

KNOWN, UNKNOWN = "https://player.example", "https://evil.example"


def browser(*origins: str) -> httpx.AsyncClient:
    async def say(_request):
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/{path:path}", say, methods=["GET", "POST"])])
    return httpx.AsyncClient(transport=httpx.ASGITransport(share(app, origins)), base_url="http://test")


@pytest.mark.parametrize(
    "path",
    ["/v1/vast", "/v1/vmap", "/v1/beacons/t/start", "/play/spot/s/t/audio.m3u8", "/segments/init/a128.mp4"],
)
async def test_16_the_origin_is_named_back_with_credentials(path):
    async with browser(KNOWN, "https://other.example") as http:
        answer = await http.get(path, headers={"Origin": KNOWN})
        assert answer.text == "hello"
        assert answer.headers["access-control-allow-origin"] == KNOWN
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "origin" in answer.headers["vary"].lower()
        refused = await http.get(path, headers={"Origin": UNKNOWN})
        assert "access-control-allow-origin" not in refused.headers
        ahead = {"Origin": KNOWN, "Access-Control-Request-Method": "POST"}
        assert (await http.options(path, headers=ahead)).status_code == 200
        ahead = {"Origin": UNKNOWN, "Access-Control-Request-Method": "POST"}
        assert (await http.options(path, headers=ahead)).status_code == 400


async def test_nothing_else_is_shared():
    async with browser(KNOWN) as http:
        for path in ("/", "/v1/campaigns", "/v1/sessions", "/play/ch1/ses_1/audio.m3u8"):
            answer = await http.get(path, headers={"Origin": KNOWN})
            assert "access-control-allow-origin" not in answer.headers


async def test_without_origins_nobody_is_told_anything():
    async with browser() as http:
        assert not [
            name
            for name in (await http.get("/v1/vast", headers={"Origin": KNOWN})).headers
            if name.startswith("access-control")
        ]
