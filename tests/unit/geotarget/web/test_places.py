"""The doors of this room, on a small app with the server's own problem documents and pages."""

import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.schemas import SchemaGenerator

from geotarget import import_places as import_module
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.find_nearby import FindNearby
from geotarget.import_places import ImportPlaces
from geotarget.list_places import ListPlaces
from geotarget.load_places import LoadPlaces
from geotarget.web import place_pages, places
from server.errors import exception_handlers
from server.pages import build_templates

CSV = "id,name,lat,lon,city\n1,Gare <b>,48.1,-1.68,Rennes\n2,B,91,2,\n"


class ByHeader(AuthenticationBackend):
    async def authenticate(self, connection):
        scopes = connection.headers.get("x-scopes", "").split()
        return (AuthCredentials(scopes), SimpleUser("someone")) if scopes else None


@pytest.fixture
async def client(database, clock):
    metadata.create_all(database)
    kept = SqlPlaces(database)
    templates = build_templates()
    find_nearby = FindNearby(places=LoadPlaces(kept))
    list_places = ListPlaces(places=kept)
    import_places = ImportPlaces(places=kept, clock=clock, announce=lambda topic: None)
    app = Starlette(
        routes=[
            *places.routes(find_nearby, list_places, import_places),
            *place_pages.routes(list_places, import_places, templates),
        ],
        middleware=[Middleware(AuthenticationMiddleware, backend=ByHeader())],
        exception_handlers=exception_handlers(templates),
    )
    operator = {"x-scopes": "operator", "accept-language": "en"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=operator) as client:
        yield client


async def take_in(client, **query):
    asked = {"format": "csv", "source": "mine", "category": "fuel"} | query
    return await client.post("/v1/places/import", params=asked, content=CSV.encode())


async def test_import_then_near_and_search(client):
    report = (await take_in(client)).json()
    assert (report["added"], report["refused"], report["reasons"]) == (1, 1, {"latitude-out-of-range": 1})
    near = await client.get(
        "/v1/places/near", params={"lat": 48.1, "lon": -1.68, "radius_m": 500, "category": "fuel"}
    )
    assert near.json()["places"][0]["name"] == "Gare <b>"
    assert near.json()["places"][0]["distance_m"] == 0
    assert near.headers["cache-control"] == "no-store"
    assert [p["name"] for p in (await client.get("/v1/places?q=rennes")).json()["places"]] == ["Gare <b>"]
    assert (await client.get("/v1/places?category=hotel")).json() == {
        "places": [],
        "page": 1,
        "has_next": False,
    }


async def test_a_dry_run_changes_nothing(client):
    assert (await take_in(client, dry_run="true")).json()["added"] == 1
    assert (await client.get("/v1/places")).json()["places"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("lat=91&lon=0&radius_m=5", "latitude-out-of-range"),
        ("lat=nan&lon=0&radius_m=5", "latitude-out-of-range"),
        ("lat=1&lon=-181&radius_m=5", "longitude-out-of-range"),
        ("lat=1&lon=1&radius_m=1e6", "radius-out-of-range"),
        ("lat=1&lon=1&radius_m=5&limit=501", "limit-out-of-range"),
    ],
)
async def test_near_refuses_by_name(client, query, code):
    answer = await client.get(f"/v1/places/near?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("query", ["", "lat=x&lon=1&radius_m=5", "lat=1&lon=1&radius_m=5&category=pub"])
async def test_near_refuses_what_it_cannot_read(client, query):
    assert (await client.get(f"/v1/places/near?{query}")).status_code == 422


async def test_only_operators_import(client):
    for scopes in ("", "advertiser editor"):
        answer = await client.post(
            "/v1/places/import?format=csv&source=x", content=b"", headers={"x-scopes": scopes}
        )
        assert answer.status_code in (401, 403)
        assert (await client.get("/places", headers={"x-scopes": scopes})).status_code in (401, 403)
    assert (await client.get("/v1/places")).json()["places"] == []


async def test_too_large_a_body_is_refused_declared_or_not(client, monkeypatch):
    monkeypatch.setattr(import_module, "FILE_LIMIT_BYTES", 20)
    assert (await take_in(client)).json()["code"] == "file-too-large"

    async def chunks():
        yield b"x" * 15
        yield b"x" * 15

    answer = await client.post("/v1/places/import?format=csv&source=x", content=chunks())
    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")


async def test_the_page_lists_counts_and_escapes(client):
    assert "There are no places yet" in (await client.get("/places")).text
    await take_in(client)
    page = await client.get("/places")
    assert "Gare &lt;b&gt;" in page.text
    assert "Fuel (1)" in page.text
    assert "No place matches" in (await client.get("/places?q=nowhere&page=7&category=pub")).text
    assert "Lieux" in (await client.get("/places", headers={"accept-language": "fr"})).text


async def send_form(client, data=CSV, **fields):
    form = {"format": "csv", "source": "mine", "category": "fuel"} | fields
    return await client.post("/places/import", data=form, files={"file": ("places.csv", data)})


async def test_the_form_shows_the_report_dry_first(client):
    dry = await send_form(client, dry_run="1")
    assert "What the import would do" in dry.text
    assert "latitude-out-of-range: 1" in dry.text
    assert (await client.get("/v1/places")).json()["places"] == []
    assert "What the import did" in (await send_form(client)).text
    assert len((await client.get("/v1/places")).json()["places"]) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": "No Good"}, "source-malformed"),
        ({"format": "xml"}, "format-unknown"),
        ({"format": "fuel"}, "file-malformed"),
        ({"data": "a,b\n"}, "column-missing"),
    ],
)
async def test_the_form_says_what_is_wrong_and_keeps_what_was_filled_in(client, change, code):
    answer = await send_form(client, **change)
    assert answer.status_code == 422
    assert code in answer.text
    assert f'value="{change.get("source", "mine")}"' in answer.text


async def test_the_form_without_a_file(client):
    answer = await client.post("/places/import", data={"format": "csv", "source": "mine"})
    assert (answer.status_code, "file-missing" in answer.text) == (422, True)


def test_the_interface_is_described():
    verbs = [None] * 3
    paths = SchemaGenerator({}).get_schema(routes=places.routes(*verbs))["paths"]
    assert set(paths) == {"/v1/places", "/v1/places/near", "/v1/places/import"}
    assert all("summary" in operation for path in paths.values() for operation in path.values())
    json.dumps(paths)
