"""How much each route takes, before anybody reads it."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from adserver.booking.order import PLACES_LIMIT
from geotarget.extract import SENT_LIMIT_BYTES
from server.adapters.sql_accounts import SqlAccounts
from server.app import MIB, build_app
from server.pages import build_templates
from server.settings import Settings
from server.sign_in import SessionBackend

PATHS = (
    "/v1/areas",
    "/v1/areas/import",
    "/v1/places/import",
    "/places/areas",
    "/places/areas/import",
    "/places/import",
    "/v1/extracts",
)
EXTRACTS = ("/places/areas/import", "/places/import", "/v1/extracts")


@pytest.fixture
async def client(tmp_path):
    async def taken(request: Request):
        return PlainTextResponse(str(len(await request.body())))

    paths = (*PATHS, "/v1/campaigns", "/v1/forecast", "/sign-in")
    routes = [Route(path, taken, methods=["POST"]) for path in paths]
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_SECRET_KEYS": "a" * 64})
    app = build_app(settings, routes, build_templates(), SessionBackend(SqlAccounts(None)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_borders_and_lists_of_places_are_taken_whole(client, path):
    answer = await client.post(path, content=bytes(5 * MIB))
    assert (answer.status_code, answer.text) == (200, str(5 * MIB))


@pytest.mark.parametrize("path", EXTRACTS)
async def test_extracts_are_taken_up_to_their_own_limit(client, path):
    announced = {"content-length": str(SENT_LIMIT_BYTES + 1)}
    assert (await client.post(path, content=b"", headers=announced)).status_code == 200
    announced = {"content-length": str(SENT_LIMIT_BYTES + 2 * MIB)}
    assert (await client.post(path, content=b"", headers=announced)).status_code == 413


@pytest.mark.parametrize("path", ["/v1/campaigns", "/v1/forecast"])
async def test_as_many_places_as_a_campaign_may_have_are_taken(client, path):
    ids = ",".join(f'"plc_{n:020}"' for n in range(PLACES_LIMIT))
    answer = await client.post(path, content=f'{{"place_ids": [{ids}]}}'.encode())
    assert answer.status_code == 200


async def test_a_form_takes_little(client):
    answer = await client.post("/sign-in", content=bytes(MIB))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
