import pytest

from geotarget import osm_places, place_file
from geotarget.osm_places import OsmElement, read_osm
from geotarget.place import Category
from kernel.errors import TooLarge

HERE = (48.11, -1.68)


def fuel(ref="node/1", position=HERE, **tags):
    return OsmElement(ref, {"amenity": "fuel", "name": "Relais", **tags}, position)


def test_an_element_becomes_a_place():
    (place,) = read_osm([fuel(brand="Avia", opening_hours="24/7")], "osm").places
    assert (place.source, place.external_id, place.name, place.brand) == ("osm", "node/1", "Relais", "Avia")
    assert (place.category, place.latitude, place.longitude) == ("fuel", 48.11, -1.68)
    assert place.attributes["opening_hours"] == "24/7"


def test_hours_that_cannot_be_read_are_left_out_and_noted():
    read = read_osm([fuel(f"node/{n}", opening_hours=f"{n}h\n") for n in range(1, 13)], "osm")
    assert len(read.places) == 12
    assert all("opening_hours" not in place.attributes for place in read.places)
    assert read.notes[0] == "The opening hours of node/1 cannot be read, and are left out: “1h”."
    assert len(read.notes) == 11
    assert read.notes[-1] == "12 places in all have opening hours that cannot be read."


def test_each_refused_element_is_told_by_its_name():
    elements = [
        fuel(),
        fuel("node/2", name=""),
        fuel("way/3", position=None),
        fuel("way/4", access="private"),
        fuel("way/5", disused="yes"),
        fuel("node/1"),
        fuel("node/7", position=(0.0, 0.0)),
        fuel("node/8", name="a\x07b"),
        OsmElement("node/9", {"amenity": "bench"}, HERE),
    ]
    read = read_osm(elements, "osm")
    assert read.rows == 8
    assert [(one.ref, one.code) for one in read.refusals] == [
        ("node/2", "name-missing"),
        ("way/3", "geometry-incomplete"),
        ("way/4", "not-public"),
        ("way/5", "out-of-use"),
        ("node/1", "duplicate-external-id"),
        ("node/7", "position-missing"),
        ("node/8", "text-malformed"),
    ]


def test_only_some_categories():
    hotel = OsmElement("way/1", {"tourism": "hotel", "name": "H"}, HERE)
    assert [place.name for place in read_osm([fuel(), hotel], "osm", {Category.HOTEL}).places] == ["H"]


def test_too_many_elements_or_places(monkeypatch):
    many = [fuel(), fuel("node/2", name=""), fuel("node/3", name=""), fuel("node/4")]
    monkeypatch.setattr(place_file, "ROW_LIMIT", 2)
    assert len(read_osm(many, "osm").places) == 2  # what is refused takes no room
    with pytest.raises(TooLarge, match="too-many-rows"):
        read_osm([*many, fuel("node/5"), fuel("node/6")], "osm")
    monkeypatch.setattr(osm_places, "ELEMENTS_LIMIT", 3)
    with pytest.raises(TooLarge, match="too-many-rows"):
        read_osm(many, "osm")
