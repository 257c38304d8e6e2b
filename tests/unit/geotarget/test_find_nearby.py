import pytest

from geotarget.find_nearby import FindNearby
from geotarget.place import Category, Place
from geotarget.spatial_index import PlaceIndex
from kernel.errors import Invalid

INDEX = PlaceIndex([Place("p", "t", "1", "Garage", "", Category.DEALER, 48, 2)])
find_nearby = FindNearby(places=lambda: INDEX)


def test_it_answers_from_the_current_snapshot():
    assert [nearby.place.name for nearby in find_nearby(48, 2.01, 1000)] == ["Garage"]
    assert len(find_nearby(48, 2.01, 1000, category=Category.FUEL)) == 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ((91, 2, 1000), "latitude-out-of-range"),
        ((48, 181, 1000), "longitude-out-of-range"),
        ((48, 2, 0), "radius-out-of-range"),
        ((48, 2, float("nan")), "radius-out-of-range"),
        ((48, 2, 100_001), "radius-out-of-range"),
    ],
)
def test_what_cannot_be_asked(asked, code):
    with pytest.raises(Invalid) as refused:
        find_nearby(*asked)
    assert refused.value.code == code


@pytest.mark.parametrize("limit", [0, 501])
def test_how_many_cannot_be_asked(limit):
    with pytest.raises(Invalid, match="limit-out-of-range"):
        find_nearby(48, 2, 1000, limit=limit)
