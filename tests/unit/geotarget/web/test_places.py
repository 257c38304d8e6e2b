"""The doors of this room, on a small app with the server's own problem documents and pages."""

import itertools
import json
import re

import pytest
from starlette.schemas import SchemaGenerator

from geotarget import import_places as import_module
from geotarget.adapters.import_folder import ImportFolder
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.correct_place import CorrectPlace
from geotarget.find_nearby import FindNearby
from geotarget.import_places import ImportPlaces
from geotarget.list_places import ListPlaces
from geotarget.load_places import LoadPlaces
from geotarget.try_import import TryImport
from geotarget.web import import_pages, place_pages, places
from geotarget.web.wording import REASONS
from geotarget.withdraw_place import WithdrawPlace
from server.languages import Catalog
from server.pages import ROOT, build_templates
from tests.signed_in import client_of

CSV = "id,name,lat,lon,city\n1,Gare <b>,48.1,-1.68,Rennes\n2,B,91,2,\n"


@pytest.fixture
def campaigns():
    """The names of the campaigns at every place."""
    return []


@pytest.fixture
async def client(database, clock, tmp_path, campaigns):
    metadata.create_all(database)
    kept = SqlPlaces(database)
    templates = build_templates()
    find_nearby = FindNearby(places=LoadPlaces(kept))
    list_places = ListPlaces(places=kept)
    import_places = ImportPlaces(places=kept, clock=clock, announce=lambda topic: None)
    ids = (f"imp_{number}" for number in itertools.count(1))
    attempts = ImportFolder(tmp_path / "imports")
    try_import = TryImport(import_places, attempts, clock, lambda _prefix: next(ids))
    correct_place = CorrectPlace(kept, clock, lambda topic: None)
    withdraw_place = WithdrawPlace(kept, lambda _place_id: campaigns, clock, lambda topic: None)
    routes = [
        *places.routes(find_nearby, list_places, import_places),
        *import_pages.routes(try_import, None, templates),
        *place_pages.routes(list_places, correct_place, withdraw_place, templates),
    ]
    async with client_of(routes, "operator", **{"accept-language": "en"}) as client:
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


@pytest.mark.parametrize(
    ("query", "says", "fields"),
    [
        (
            "",
            "The address lacks the query parameters lat, lon and radius_m. Ask as "
            "/v1/places/near?lat=…&lon=…&radius_m=….",
            {"lat", "lon", "radius_m"},
        ),
        (
            "lat=1&lon=2",
            "The address lacks the query parameter radius_m. Ask as /v1/places/near?radius_m=….",
            {"radius_m"},
        ),
        ("lat=x&lon=1&radius_m=5", "The query parameter lat cannot be read: Expected `float`", {"lat"}),
        ("lat=1&lon=1&radius_m=5&category=pub", "The query parameter category cannot be read", {"category"}),
    ],
)
async def test_what_is_wrong_with_a_query_is_said_of_the_query(client, query, says, fields):
    answer = await client.get(f"/v1/places/near?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "query-invalid")
    assert says in f"{problem['detail']} {problem['fix']}"
    assert set(problem["fields"]) == fields
    assert "body" not in answer.text


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


def plain(page):
    """What a page says, without the narrow spaces of French."""
    return page.text.replace("\u202f", " ").replace("\u00a0", " ")


async def send_form(client, data=CSV, file_name="places.csv", language="en", **fields):
    form = {"source": "mine", "category": "fuel"} | fields
    return await client.post(
        "/places/import",
        data=form,
        files={"file": (file_name, data)},
        headers={"accept-language": language},
        follow_redirects=True,
    )


async def test_the_report_of_a_dry_run_stays_at_an_address_and_is_made_good_by_the_same_file(client):
    dry = await send_form(client, dry_run="1")
    assert dry.url.path == "/places/imports/imp_1"
    assert "What the import would do" in dry.text
    assert "latitude out of range (1)" in dry.text
    assert (await client.get("/v1/places")).json()["places"] == []
    again = await client.get(dry.url.path, headers={"accept-language": "fr"})
    assert "Ce que l’import ferait" in again.text
    assert "latitude 91 : doit être comprise entre -90 et 90 degrés." in plain(again)
    assert 'name="next" value="/places/imports/imp_1"' in again.text
    sent = {"attempt": "imp_1", "source": "mine", "category": "fuel"}
    done = await client.post("/places/import", data=sent, follow_redirects=True)
    assert "What the import did" in done.text
    assert len((await client.get("/v1/places")).json()["places"]) == 1


@pytest.mark.parametrize(
    ("change", "code", "french"),
    [
        ({"source": "No Good"}, "source-malformed", "Une liste porte un nom"),
        ({"format": "fuel"}, "file-malformed", "Le fichier n’est pas une liste de stations-service"),
        ({"data": "a,b,c,d\n"}, "column-missing", "Pas de colonne « identifiant » parmi : a, b, c, d."),
        ({"data": "Bonjour,\nceci\n"}, "column-missing", "Le fichier n’est pas une liste de lieux : sa"),
        ({"data": b"PK\x03\x04rest"}, "format-unknown", "Le fichier est : un tableur ou une archive."),
    ],
)
async def test_a_refused_import_says_what_is_wrong_and_keeps_what_was_filled_in(client, change, code, french):
    answer = await send_form(client, language="fr", **change)
    assert answer.url.path.startswith("/places/imports/")
    assert code in answer.text
    assert french in plain(answer)
    assert f'value="{change.get("source", "mine")}"' in answer.text


async def test_the_form_without_a_file_or_with_an_unknown_format(client):
    answer = await client.post("/places/import", data={"format": "csv", "source": "mine"})
    assert (answer.status_code, "file-missing" in answer.text) == (422, True)
    assert 'name="next" value="/places/import"' in answer.text
    back = await client.get("/places/import", follow_redirects=True)
    assert (back.status_code, back.url.path) == (200, "/places")
    answer = await send_form(client, format="xml")
    assert (answer.status_code, "format-unknown" in answer.text) == (422, True)
    assert (await client.get("/places/imports/imp_9")).status_code == 404
    answer = await client.post("/places/import", data={"attempt": "imp_9", "source": "mine"})
    assert answer.status_code == 404


GEOJSON = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "id": 1, "properties": {"name": "Gare"},'
    ' "geometry": {"type": "Point", "coordinates": [-1.68, 48.1]}}]}'
)


@pytest.mark.parametrize(("file_name", "data"), [("a.csv", CSV), ("a.geojson", GEOJSON), ("a.csv", GEOJSON)])
async def test_a_file_is_read_as_what_is_in_it(client, file_name, data):
    assert "What the import did" in (await send_form(client, data, file_name)).text
    assert len((await client.get("/v1/places")).json()["places"]) == 1


async def test_columns_that_do_not_speak_for_themselves_are_chosen(client):
    told = await send_form(client, "où,quoi ça,nord,est\n7,Chez <b>,48.1,-1.6\n", dry_run="1")
    assert '<option value="nord">nord (48.1)</option>' in told.text
    assert "Chez &lt;b&gt;" in told.text
    columns = {"external_id": "où", "name": "quoi ça", "latitude": "nord", "longitude": "est"}
    sent = {"attempt": "imp_1", "source": "mine", "category": "hotel", "format": "csv"}
    sent |= {f"column_{role}": column for role, column in columns.items()}
    done = await client.post("/places/import", data=sent, follow_redirects=True)
    assert "What the import did" in done.text
    assert '<option value="nord" selected>' in done.text
    [place] = (await client.get("/v1/places")).json()["places"]
    assert (place["name"], place["latitude"], place["category"]) == ("Chez <b>", 48.1, "hotel")


async def test_the_columns_of_charge_points_are_not_for_choosing(client):
    header = "id_station_itinerance,nom_station,consolidated_latitude,consolidated_longitude\n"
    told = await send_form(client, header + "FR1,Gare,48.1,-1.6\n" * 2, dry_run="1")
    assert "Merged rows (1 of 1)" in told.text
    assert "Which column holds what" not in told.text


async def only_place(client):
    await take_in(client)
    [place] = (await client.get("/v1/places")).json()["places"]
    return f"/places/{place['place_id']}"


async def test_a_place_is_set_right_and_stays_so(client):
    at = await only_place(client)
    assert at in (await client.get("/places")).text
    assert 'value="Gare &lt;b&gt;"' in (await client.get(at)).text
    form = {"name": "La Gare", "category": "dealer", "latitude": "48,2", "longitude": "-1.5", "city": "Bruz"}
    saved = await client.post(at, data=form, follow_redirects=True)
    assert (saved.status_code, "Saved." in saved.text) == (200, True)
    await take_in(client)
    [place] = (await client.get("/v1/places")).json()["places"]
    assert (place["name"], place["latitude"], place["longitude"]) == ("La Gare", 48.2, -1.5)
    assert place["attributes"]["city"] == "Bruz"


async def test_saving_a_place_as_it_is_corrects_nothing(client):
    await take_in(client, name_column="name")
    data = CSV.replace("48.1,", "48.123456789012,")
    await client.post("/v1/places/import?format=csv&source=mine&category=fuel", content=data.encode())
    [place] = (await client.get("/v1/places")).json()["places"]
    page = await client.get(f"/places/{place['place_id']}")
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text)) | {
        "name": place["name"],
        "category": "fuel",
    }
    await client.post(f"/places/{place['place_id']}", data=fields)
    await take_in(client)
    [again] = (await client.get("/v1/places")).json()["places"]
    assert (place["latitude"], again["latitude"]) == (48.123456789012, 48.1)


async def test_a_correction_that_may_not_be_keeps_what_was_typed(client):
    at = await only_place(client)
    form = {"name": "La Gare", "category": "fuel", "latitude": "north", "longitude": "0"}
    refused = await client.post(at, data=form, headers={"accept-language": "fr"})
    assert refused.status_code == 422
    assert "latitude « north » : ce n’est pas un nombre." in plain(refused)
    assert 'value="La Gare"' in refused.text
    assert 'value="north"' in refused.text


async def test_a_place_is_withdrawn_unless_a_campaign_points_at_it(client, campaigns):
    at = await only_place(client)
    campaigns.append("Summer")
    refused = await client.post(f"{at}/withdraw", headers={"accept-language": "fr"})
    assert refused.status_code == 409
    assert "visent ce lieu : “Summer”." in plain(refused)
    campaigns.clear()
    done = await client.post(f"{at}/withdraw", follow_redirects=True)
    assert "This place is withdrawn:" in done.text
    assert (await client.get("/v1/places")).json()["places"] == []
    assert "Gare" not in (await client.get("/places")).text
    assert "Gare" in (await client.get("/places?withdrawn=1")).text
    await client.post(f"{at}/put-back")
    assert len((await client.get("/v1/places")).json()["places"]) == 1


async def test_only_operators_set_places_right(client):
    at = await only_place(client)
    for path in (at, f"{at}/withdraw", f"{at}/put-back", "/places/import"):
        answer = await client.post(path, data={"name": "Mine"}, headers={"x-scopes": "advertiser editor"})
        assert answer.status_code == 403
    assert (await client.get("/places/plc_none")).status_code == 404
    assert (await client.post("/places/plc_none/withdraw")).status_code == 404


def test_every_reason_has_its_words_in_french():
    french = Catalog.read([ROOT / "geotarget" / "web" / "locales" / "fr.toml"])
    assert [text for text in REASONS.values() if not french.knows(text)] == []


def test_the_interface_is_described():
    verbs = [None] * 3
    paths = SchemaGenerator({}).get_schema(routes=places.routes(*verbs))["paths"]
    assert set(paths) == {"/v1/places", "/v1/places/near", "/v1/places/import"}
    assert all("summary" in operation for path in paths.values() for operation in path.values())
    json.dumps(paths)
