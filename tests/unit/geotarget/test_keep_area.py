import itertools
import json

import pytest

from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.area import Around, PlaceSet
from geotarget.import_areas import ImportAreas
from geotarget.keep_area import KeepArea
from geotarget.list_areas import ListAreas
from geotarget.load_areas import LoadAreas
from geotarget.load_places import LoadPlaces
from geotarget.place import Category, Place, place_id_of
from kernel.errors import Conflict, Invalid, NotFound

DISC = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [-1.68, 48.11]},
    "properties": {"name": "Centre", "radius_m": 900},
}


@pytest.fixture
def areas(database):
    metadata.create_all(database)
    return SqlAreas(database)


@pytest.fixture
def told():
    return []


@pytest.fixture
def campaigns():
    return []


@pytest.fixture
def keep_area(areas, clock, told, campaigns):
    ids = itertools.count(1)
    return KeepArea(
        areas, lambda _area_id: campaigns, clock, lambda prefix: f"{prefix}_{next(ids)}", told.append
    )


def test_one_is_made_found_and_removed(keep_area, told):
    area = keep_area(json.dumps(DISC).encode())
    assert keep_area.find(area.area_id) == area
    assert keep_area(json.dumps(DISC).encode()).area_id != area.area_id
    keep_area.remove(area.area_id)
    with pytest.raises(NotFound, match="area-unknown"):
        keep_area.find(area.area_id)
    with pytest.raises(NotFound, match="area-unknown"):
        keep_area.remove(area.area_id)
    assert told == ["areas"] * 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "file-malformed"),
        (b'{"type": "FeatureCollection", "features": []}', "file-malformed"),
        (b'{"type": "Feature", "geometry": null, "properties": {"name": "n"}}', "geometry-not-an-area"),
    ],
)
def test_what_is_none_is_not_kept(keep_area, areas, told, data, code):
    with pytest.raises(Invalid) as refused:
        keep_area(data)
    assert refused.value.code == code
    assert (list(areas.each()), told) == ([], [])


def test_one_that_campaigns_point_at_stays(keep_area, campaigns):
    area = keep_area(json.dumps(DISC).encode())
    campaigns += ["d", "c", "b", "a"]
    with pytest.raises(Conflict) as refused:
        keep_area.remove(area.area_id)
    assert refused.value.code == "area-in-use"
    assert "“a”, “b”, “c”, …" in refused.value.detail
    assert keep_area.find(area.area_id) == area


def test_importing_again_changes_nothing_and_a_dry_run_neither(areas, clock, told):
    import_areas = ImportAreas(areas, clock, told.append)
    features = [DISC | {"id": "1"}, DISC | {"id": "2"}, DISC]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    tried = import_areas(data, source="villes", dry_run=True)
    assert (tried.added, tried.refused, tried.reasons) == (2, 1, {"external-id-missing": 1})
    assert (list(areas.each()), told) == ([], [])
    assert import_areas(data, source="villes").added == 2
    again = import_areas(data, source="villes")
    assert (again.added, again.updated, again.unchanged, again.refused) == (0, 0, 2, 1)
    assert told == ["areas"]
    with pytest.raises(Invalid, match="source-malformed"):
        import_areas(data, source="Villes !")


def test_listing_a_page_and_where_a_point_lies(areas, clock):
    import_areas = ImportAreas(areas, clock, lambda topic: None)
    features = [
        DISC | {"id": f"{n:03}", "properties": {"name": f"Zone {n:03}", "radius_m": 10 + n}}
        for n in range(60)
    ]
    import_areas(json.dumps({"type": "FeatureCollection", "features": features}).encode(), source="t")
    list_areas = ListAreas(areas, LoadAreas(areas, list))
    first, second = list_areas(), list_areas("zone", 2)
    assert (len(first.rows), first.has_next, len(second.rows), second.has_next) == (50, True, 10, False)
    found = list_areas.containing(48.11, -1.68 + 60.5 / 111_320 / 0.668)
    assert [area.name for area in sorted(found, key=lambda area: area.name)] == [
        f"Zone {n:03}" for n in range(51, 60)
    ]


def test_sets_are_of_the_places_as_they_are(areas, database, keep_area):
    places = SqlPlaces(database)
    made = keep_area(
        b'{"type":"Feature","geometry":null,"properties":{"name":"n","radius_m":500,"places":{"brand":"Avia"}}}'
    )
    assert made.shape == Around(PlaceSet(brand="Avia"), 500)
    load = LoadAreas(areas, LoadPlaces(places))
    assert load().containing(48, 2) == []
    before = places.revision()
    place = Place(place_id_of("t", "1"), "t", "1", "Relais", "AVIA", Category.FUEL, 48, 2)
    places.store([place], 1, dry_run=False)
    assert places.revision() > before
    assert load().containing(48, 2) == [made.area_id]
    before = places.revision()
    places.withdraw(place.place_id, 1)
    assert places.revision() > before
    assert load().containing(48, 2) == []
