"""The doors of areas, on a small app with the server's own problem documents and pages."""

import itertools
import json

import pytest

from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.tables import metadata
from geotarget.area import Border, Corridor, Disc, check_shape
from geotarget.import_areas import ImportAreas
from geotarget.keep_area import KeepArea
from geotarget.list_areas import ListAreas
from geotarget.load_areas import LoadAreas
from geotarget.web import area_pages, areas
from kernel.errors import Invalid
from server.languages import Catalog
from server.pages import ROOT, build_templates
from tests.signed_in import client_of

RING = [[-2, 48], [-1, 48], [-1, 49], [-2, 48]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}


def feature(geometry=POLYGON, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": {"name": "Zone <b>"} | properties}


@pytest.fixture
def campaigns():
    return []


@pytest.fixture
async def client(database, clock, campaigns):
    metadata.create_all(database)
    kept, ids = SqlAreas(database), itertools.count(1)
    list_areas = ListAreas(kept, LoadAreas(kept, list))
    keep_area = KeepArea(kept, lambda _: campaigns, clock, lambda p: f"{p}_{next(ids)}", lambda _: None)
    import_areas = ImportAreas(kept, clock, lambda topic: None)
    routes = [
        *areas.routes(list_areas, keep_area, import_areas),
        *area_pages.routes(list_areas, keep_area, import_areas, None, build_templates()),
    ]
    async with client_of(routes, "operator booking", **{"accept-language": "en"}) as client:
        yield client


async def test_making_finding_reading_and_removing_one(client):
    made = await client.post("/v1/areas", json=feature())
    assert made.status_code == 201
    assert made.headers["content-type"] == "application/geo+json"
    area_id = made.json()["id"]
    at = f"/v1/areas/{area_id}"
    assert (await client.get(at)).json() == made.json()
    assert made.json()["geometry"] == POLYGON
    row = {"area_id": area_id, "source": "drawn", "name": "Zone <b>", "kind": "border"}
    (listed,) = (await client.get("/v1/areas?q=zone")).json()["areas"]
    assert row.items() <= listed.items()
    inside = await client.get("/v1/areas/containing?lat=48.2&lon=-1.2")
    assert inside.json() == {"areas": [listed]}
    assert (await client.get("/v1/areas/containing?lat=47&lon=-1.2")).json() == {"areas": []}
    assert (await client.get("/v1/areas?q=elsewhere")).json()["areas"] == []
    assert (await client.delete(at)).status_code == 204
    assert (await client.get(at)).json()["code"] == "area-unknown"
    assert (await client.delete(at)).json()["code"] == "area-unknown"


async def test_one_that_campaigns_point_at_stays(client, campaigns):
    area_id = (await client.post("/v1/areas", json=feature())).json()["id"]
    campaigns.append("Portes ouvertes")
    answer = await client.delete(f"/v1/areas/{area_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "area-in-use")
    page = await client.post(f"/places/areas/{area_id}/remove")
    assert page.status_code == 409
    assert "Portes ouvertes" in page.text
    campaigns.clear()
    gone = await client.post(f"/places/areas/{area_id}/remove")
    assert (gone.status_code, gone.headers["location"]) == (303, "/places/areas")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/areas/containing?lat=48", "query-invalid"),
        ("/v1/areas/containing?lat=48&lon=x", "query-invalid"),
        ("/v1/areas/containing?lat=95&lon=1", "latitude-out-of-range"),
    ],
)
async def test_what_cannot_be_asked(client, path, code):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_import_with_its_report_over_the_api_and_on_the_page(client):
    features = [feature(code="35"), feature(BOW_TIE, code="36"), feature(code="37")]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    query = {"source": "dep", "dry_run": "true"}
    tried = (await client.post("/v1/areas/import", params=query, content=data)).json()
    assert (tried["added"], tried["refused"], tried["dry_run"]) == (2, 1, True)
    assert (await client.get("/v1/areas")).json()["areas"] == []
    files, form = {"file": ("dep.geojson", data)}, {"source": "dep"}
    page = await client.post("/places/areas/import", files=files, data=form)
    assert page.status_code == 200
    assert "a border that crosses itself" in page.text
    assert "The border crosses itself at 1, 1." in page.text
    again = (await client.post("/v1/areas/import", params={"source": "dep"}, content=data)).json()
    assert (again["added"], again["unchanged"], again["reasons"]) == (0, 2, {"area-crosses-itself": 1})
    french = await client.post(
        "/places/areas/import", files=files, data=form, headers={"accept-language": "fr"}
    )
    assert "Le contour se croise en 1, 1." in french.text


async def test_the_page_says_what_was_wrong_with_a_file(client):
    nothing = await client.post("/places/areas/import", data={"source": "dep"}, files={"x": b""})
    assert nothing.status_code == 422
    assert "No file was chosen." in nothing.text
    files = {"file": ("dep.geojson", b"<html>")}
    broken = await client.post("/places/areas/import", files=files, data={"source": "dep"})
    assert broken.status_code == 422
    assert "file-malformed" in broken.text


@pytest.mark.parametrize(
    ("form", "kind", "shown"),
    [
        ({"latitude": "48,1", "longitude": "-1.7", "radius_km": "2,5"}, "disc", "2.5 km"),
        ({"brand": "Avia", "category": "fuel", "radius_km": "1"}, "around", "Avia"),
        ({"geojson": json.dumps(feature(name="n"))}, "border", "Polygons"),
        (
            {"geojson": json.dumps(feature({"type": "LineString", "coordinates": RING}, width_m=500))},
            "corridor",
            "0.5 km",
        ),
    ],
)
async def test_making_each_kind_on_the_page(client, form, kind, shown):
    made = await client.post("/places/areas", data={"name": "Une zone"} | form)
    assert made.status_code == 303, made.text
    page = await client.get(made.headers["location"])
    assert shown in page.text
    assert (await client.get("/v1/areas")).json()["areas"][0]["kind"] == kind
    assert "Une zone" in (await client.get("/places/areas?q=")).text or kind in ("border", "corridor")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"radius_km": "1"}, "The set of places is not described."),
        ({"latitude": "48", "longitude": "", "radius_km": "1"}, "The longitude is empty."),
        ({"latitude": "48", "longitude": "2", "radius_km": "far"}, "The radius “far” is not a number."),
        ({"latitude": "48", "longitude": "2", "radius_km": "nan"}, "The radius “nan” is not a number."),
        ({"latitude": "48", "longitude": "2", "radius_km": "1e308"}, "A radius lies above 0 m"),
        ({"geojson": "{"}, "This is no GeoJSON feature"),
        ({"geojson": json.dumps(feature(BOW_TIE))}, "The border crosses itself at 1, 1."),
    ],
)
async def test_what_is_none_is_said_beside_what_was_typed(client, form, said):
    page = await client.post("/places/areas", data={"name": "Une zone"} | form)
    assert page.status_code == 422
    assert said in page.text
    assert 'value="Une zone"' in page.text


async def test_only_operators_change_areas_and_strangers_see_none(client):
    advertiser = {"x-scopes": "booking", "accept": "application/json"}
    assert (await client.get("/v1/areas", headers=advertiser)).status_code == 200
    for method, path in (
        ("POST", "/v1/areas"),
        ("POST", "/v1/areas/import?source=x"),
        ("DELETE", "/v1/areas/are_1"),
        ("GET", "/places/areas"),
    ):
        assert (await client.request(method, path, headers=advertiser)).status_code == 403
    assert (await client.get("/v1/areas", headers={"x-scopes": ""})).status_code in {401, 403}


def test_every_sentence_has_its_french():
    french = Catalog.read([ROOT / "geotarget" / "web" / "locales" / "fr.toml"])
    line = ((0.0, 0.0), (1.0, 0.0))
    square = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0))
    far = ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0), (5.0, 5.0))
    for shape in (
        Disc(95, 0, 1),
        Disc(0, 0, -1),
        Border(()),
        Border(((square[:-1],),)),
        Border(((((0.0, 0.0),),),)),
        Border(((tuple(tuple(one) for one in BOW_TIE["coordinates"][0]),),)),
        Border(((square, far),)),
        Border(((square * 30_000,),)),
        Border(((((170.0, 0.0), (-170.0, 0.0), (-170.0, 1.0), (170.0, 0.0)),),)),
        Corridor(line[:1], 100),
        Corridor(line, 1),
        Corridor(line * 6_000, 100),
        Corridor(((0.0, 86.0), (1.0, 86.0)), 100),
        Corridor(((0.0, 0.0), (90.0, 0.0)), 100),
    ):
        with pytest.raises(Invalid) as refused:
            check_shape(shape)
        for text in (refused.value.detail, refused.value.fix):
            assert french.translate("fr", text) != text


async def test_without_a_provider_of_addresses_the_page_says_so(client):
    for language, words in (
        ("en", "Addresses cannot be searched here: no provider is configured (ROADCAST_GEOCODER_URL)."),
        ("fr", "La recherche d’adresses n’est pas disponible"),
    ):
        page = await client.get("/places/areas", headers={"accept-language": language})
        assert words in page.text
        assert "address.js" not in page.text
