import json

import msgspec
import pytest

from geotarget.area import Around, Border, Corridor, Disc, PlaceSet, make_area
from geotarget.area_geojson import Feature, feature_of, read_area
from geotarget.place import Category
from kernel.errors import Invalid

RING = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 0.0))
FAR = ((10.0, 0.0), (12.0, 0.0), (12.0, 2.0), (10.0, 0.0))


def read(geometry, source="t", external_id="", **properties):
    text = json.dumps({"type": "Feature", "geometry": geometry, "properties": properties})
    return read_area(msgspec.json.decode(text, type=Feature), source, external_id)


@pytest.mark.parametrize(
    "shape",
    [
        Border(((RING,),)),
        Border(((RING,), (FAR,))),
        Corridor(((0.0, 48.0), (0.1, 48.1)), 250.0),
        Disc(48.1, -1.7, 3000.0),
        Around(PlaceSet("fuel-fr", Category.FUEL, "Avia"), 800.0),
        Around(PlaceSet(brand="Avia"), 800.0),
    ],
)
def test_what_goes_out_comes_in_the_same(shape):
    area = make_area("drawn", "1", "Ma zone", shape)
    told = msgspec.json.encode(feature_of(area))
    assert read_area(msgspec.json.decode(told, type=Feature), "drawn", "1") == area


def test_names_and_ids_where_others_keep_them():
    polygon = {"type": "Polygon", "coordinates": [RING]}
    area = read(polygon, code="35", nom="Ille-et-Vilaine")
    assert (area.external_id, area.name) == ("35", "Ille-et-Vilaine")
    text = json.dumps({"type": "Feature", "id": 7, "geometry": polygon, "properties": {"name": "  A   b "}})
    area = read_area(msgspec.json.decode(text, type=Feature), "t")
    assert (area.external_id, area.name) == ("7", "A b")


def test_heights_are_passed_over():
    point = read({"type": "Point", "coordinates": [2, 48, 130.5]}, id="1", name="n", radius_m=100)
    assert point.shape == Disc(48, 2, 100)


@pytest.mark.parametrize(
    ("geometry", "properties", "code"),
    [
        (None, {}, "geometry-not-an-area"),
        ({"type": "GeometryCollection"}, {}, "geometry-not-an-area"),
        ({"type": "MultiPoint", "coordinates": []}, {}, "geometry-not-an-area"),
        ({"type": "Polygon"}, {}, "geometry-malformed"),
        ({"type": "Polygon", "coordinates": [[[0]]]}, {}, "geometry-malformed"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, {}, "geometry-malformed"),
        ({"type": "Polygon", "coordinates": []}, {}, "area-empty"),
        ({"type": "Point", "coordinates": [2, 48]}, {"radius_m": 10**400}, "geometry-malformed"),
        ({"type": "Point", "coordinates": [2, 48]}, {}, "geometry-malformed"),
        ({"type": "Point", "coordinates": [2, 48]}, {"radius_m": True}, "geometry-malformed"),
        ({"type": "LineString", "coordinates": [[2, 48], [3, 48]]}, {"width_m": "9"}, "geometry-malformed"),
        (None, {"places": {"category": "castle"}, "radius_m": 10}, "geometry-malformed"),
        (None, {"places": {}, "radius_m": 10}, "place-set-empty"),
    ],
)
def test_what_cannot_be_read(geometry, properties, code):
    with pytest.raises(Invalid) as refused:
        read(geometry, id="1", name="n", **properties)
    assert refused.value.code == code
