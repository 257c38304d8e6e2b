import msgspec
import pytest

from geotarget.json_places import read_fuel, read_geojson
from geotarget.place import Category
from kernel.errors import Invalid


def feature(coordinates=(-1.68, 48.11), kind="Point", **properties):
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"id": 7, "name": "Garage"} | properties}


def read(*features):
    return read_geojson(
        msgspec.json.encode({"type": "FeatureCollection", "features": features}), "test", Category.POI
    )


def test_a_feature_becomes_a_place():
    place = read(feature(brand="Roule", category="dealer", city="Rennes", open=True, nested={"a": 1})).places[
        0
    ]
    assert (place.external_id, place.name, place.brand, place.category) == ("7", "Garage", "Roule", "dealer")
    assert (place.latitude, place.longitude) == (48.11, -1.68)
    assert place.attributes == {"city": "Rennes", "open": "true"}


def test_openstreetmaps_words_tell_the_category_and_id():
    osm = feature(amenity="fuel") | {"id": "node/1"}
    assert read(osm).places[0].category is Category.FUEL
    assert read(osm).places[0].external_id == "node/1"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (feature((-1.68, 91)), "latitude-out-of-range"),
        (feature((181, 48)), "longitude-out-of-range"),
        (feature((1,)), "position-missing"),
        (feature(("a", "b")), "row-malformed"),
        (feature([[[1, 2]]], "Polygon"), "geometry-not-a-point"),
        ({"type": "Feature", "geometry": None, "properties": None}, "position-missing"),
        (feature(name=""), "name-missing"),
        (feature(id=None), "external-id-missing"),
        (feature(category="pub"), "category-unknown"),
        (feature(name="a\0"), "text-malformed"),
        ({"type": "Thing"}, "row-malformed"),
        (5, "row-malformed"),
    ],
)
def test_a_bad_feature_is_refused_and_the_others_stay(bad, code):
    file = read(bad, feature(id=8))
    assert [place.external_id for place in file.places] == ["8"]
    assert [(refusal.row, refusal.code) for refusal in file.refusals] == [(1, code)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"type":"Feature"}',
        b"\xff\xfe",
        b"[" * 1_000_000,
        b'{"type":"FeatureCollection","features":1}',
    ],
)
def test_what_is_no_collection_is_refused_whole(data):
    with pytest.raises(Invalid, match="file-malformed"):
        read_geojson(data, "test", Category.POI)


def test_deep_nesting_is_refused():
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    data = (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"x":%s}}]}'
        % deep
    )
    with pytest.raises(Invalid, match="file-malformed"):
        read_geojson(data, "test", Category.POI)


STATION = {
    "id": 35400007,
    "lat": 48.65,
    "lng": -1.97,
    "addr": "55 Boulevard",
    "city": "SAINT-MALO",
    "cp": "35400",
    "brand": "Leclerc",
    "fuels": {"E10": {"p": 1.99, "d": "2026-04-30"}, "GPLc": {"p": 1, "d": "2026-04-13"}},
    "services": ["Laverie", "x" * 490, "Bar"],
    "h24": True,
}


def test_a_fuel_station_keeps_brand_prices_and_services():
    place = read_fuel(msgspec.json.encode([STATION]), "fuel-fr").places[0]
    assert (place.name, place.brand, place.category) == ("Leclerc Saint-Malo", "Leclerc", Category.FUEL)
    assert place.attributes == {
        "address": "55 Boulevard",
        "postcode": "35400",
        "city": "Saint-Malo",
        "hours": "24/7",
        "price E10": "1.990",
        "price GPLc": "1.000",
        "prices of": "2026-04-30",
        "services": "Laverie; " + "x" * 490,
    }


def test_fuel_stations_without_brand_or_position():
    nameless = {"id": 1, "lat": 48, "lng": 2, "city": "Bruz"}
    lost = {"id": 2, "lat": None, "lng": None}
    file = read_fuel(msgspec.json.encode([nameless, lost, {"id": 3}, nameless]), "fuel-fr")
    assert [place.name for place in file.places] == ["Station-service Bruz"]
    assert file.refused == {"position-missing": 1, "row-malformed": 1, "duplicate-external-id": 1}
