"""What keeps areas must do, on every engine."""

import pytest

from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.tables import metadata
from geotarget.area import Around, Border, Corridor, Disc, PlaceSet, make_area
from geotarget.place import Category
from geotarget.ports import AreaRow, Stored

RING = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 0.0))


@pytest.fixture
def areas(engine):
    metadata.create_all(engine)
    return SqlAreas(engine)


def disc(external_id, name="Zone", source="t", radius_m=100.0):
    return make_area(source, external_id, name, Disc(48.1, -1.7, radius_m))


def test_what_is_stored_comes_back_the_same(areas):
    given = [
        disc("1", "Œuf “à la coque” 🥚"),
        make_area("t", "2", "b", Border(((RING,), (RING,)))),
        make_area("t", "3", "c", Corridor(((0.1, 48.0), (0.30000000000000004, 48.1)), 50.0)),
        make_area("t", "4", "d", Around(PlaceSet("fuel-fr", Category.FUEL, "Avia"), 10.0)),
    ]
    assert areas.store(given, 1, dry_run=False) == Stored(4, 0, 0)
    assert sorted(areas.each(), key=lambda area: area.external_id) == given
    assert areas.get(given[1].area_id) == given[1]
    assert areas.get("are_none") is None


def test_storing_again_changes_only_what_differs_and_a_dry_run_nothing(areas):
    areas.store([disc("1"), disc("2"), disc("3")], 1, dry_run=False)
    first = areas.revision()
    again = [disc("1"), disc("2", radius_m=200.0), disc("3", "Renamed"), disc("4"), disc("1", source="other")]
    assert areas.store(again, 2, dry_run=True) == Stored(2, 2, 1)
    assert len(list(areas.each())) == 3
    assert areas.revision() == first
    assert areas.store(again, 2, dry_run=False) == Stored(2, 2, 1)
    second = areas.revision()
    assert second > first > 0
    assert areas.store(again, 3, dry_run=False) == Stored(0, 0, 5)
    assert areas.revision() == second


def test_searching_by_name_whatever_its_accents(areas):
    areas.store(
        [disc("1", "Île-de-France"), disc("2", "Bretagne"), disc("3", "100 % ville")], 1, dry_run=False
    )
    assert [row.name for row in areas.search("", 0, 10)] == ["100 % ville", "Bretagne", "Île-de-France"]
    assert [row.name for row in areas.search("ILE", 0, 10)] == ["Île-de-France"]
    assert [row.name for row in areas.search("%", 0, 10)] == ["100 % ville"]
    assert [row.name for row in areas.search("", 1, 1)] == ["Bretagne"]
    (row,) = areas.search("bret", 0, 10)
    assert row == AreaRow(disc("2").area_id, "t", "2", "Bretagne", "disc")


def test_removing(areas):
    areas.store([disc("1")], 1, dry_run=False)
    before = areas.revision()
    assert areas.remove(disc("1").area_id)
    assert not areas.remove(disc("1").area_id)
    assert list(areas.each()) == []
    assert areas.revision() == before + 1
