from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.list_places import ListPlaces
from geotarget.place import Category, Place, place_id_of


def test_pages_of_fifty(database):
    metadata.create_all(database)
    places = SqlPlaces(database)
    places.store(
        [
            Place(place_id_of("t", str(i)), "t", str(i), f"P{i:02}", "", Category.FUEL, 48, 2)
            for i in range(70)
        ],
        1,
        dry_run=False,
    )
    list_places = ListPlaces(places=places)
    first, second = list_places(), list_places(page=2)
    assert (len(first.rows), first.has_next) == (50, True)
    assert (second.rows[0].name, len(second.rows), second.has_next) == (
        "P50",
        20,
        False,
    )
    assert list_places.counts() == {Category.FUEL: 70}
    assert list_places(page=-3).number == 1
    assert list_places(page=10**9).number == 200
    assert list_places("p6", Category.FUEL).rows[0].name == "P60"
    assert list_places("p6", Category.HOTEL).rows == []


def test_a_search_does_not_count_everything():
    class OnlySearches:
        def search(self, *_wanted, withdrawn):
            return []

    assert ListPlaces(OnlySearches())("x").rows == []
