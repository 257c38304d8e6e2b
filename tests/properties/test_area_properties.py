"""Areas against brute force: geopy's geodesic, and the ray that counts crossings."""

import math
from fractions import Fraction
from itertools import pairwise

from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from geotarget.area import Around, Border, Corridor, Disc, PlaceSet, make_area
from geotarget.area_index import AreaIndex
from geotarget.place import Category, Place

POINTS = st.tuples(st.integers(-8, 8), st.integers(-8, 8))


def index_of(shape):
    return AreaIndex([make_area("t", "1", "n", shape)])


def on_side(point, a, b):
    (x, y), (ax, ay), (bx, by) = point, a, b
    level = (bx - ax) * (y - ay) == (by - ay) * (x - ax)
    return level and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)


def crossings(point, ring):
    """Exactly, in fractions: whether a ray to the east crosses the ring an odd number of times."""
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y):
            odd ^= x < Fraction(bx - ax) * (y - ay) / (by - ay) + ax
    return odd


@st.composite
def stars(draw):
    """A polygon around the origin whose sides do not cross: one corner in each direction."""
    corners = draw(st.lists(st.integers(2, 9), min_size=5, max_size=12))
    turn = 2 * math.pi / len(corners)
    ring = [
        (round(r * math.cos(i * turn), 1), round(r * math.sin(i * turn), 1)) for i, r in enumerate(corners)
    ]
    return tuple(dict.fromkeys(ring))


@given(stars(), POINTS, st.booleans())
@settings(max_examples=200)
def test_a_border_holds_what_lies_within_its_sides_and_not_in_its_hole(star, point, holed):
    ring = (*star, star[0])
    hole = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5))
    longitude, latitude = point
    inside = any(on_side(point, a, b) for a, b in pairwise(ring)) or crossings(point, ring)
    if holed:
        inside = inside and not (abs(longitude) < 0.5 and abs(latitude) < 0.5)
    index = index_of(Border(((ring, hole) if holed else (ring,),)))
    assert bool(index.containing(latitude, longitude)) == inside


OFFSETS = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))


@given(
    st.floats(-84, 84),
    st.floats(-179, 179),
    st.lists(OFFSETS, min_size=2, max_size=5, unique=True),
    st.floats(10, 20_000),
    st.floats(-0.3, 0.3),
    st.floats(-0.3, 0.3),
)
@settings(max_examples=60)
def test_a_corridor_holds_what_lies_near_its_line(latitude, longitude, offsets, width_m, north, east):
    line = tuple((longitude + right, latitude + up) for up, right in offsets)
    here = latitude + north, longitude + east
    nearest_m = min(_nearest_m(here, a, b) for a, b in pairwise(line))
    found = bool(index_of(Corridor(line, width_m)).containing(*here))
    if abs(nearest_m - width_m / 2) > 0.5:
        assert found == (nearest_m < width_m / 2)


def _nearest_m(here, a, b):
    """By ever finer steps along a side that is straight in degrees."""
    low, high = 0.0, 1.0
    for _ in range(7):
        shares = [low + (high - low) * n / 12 for n in range(13)]
        far = [geodesic(here, (a[1] + (b[1] - a[1]) * s, a[0] + (b[0] - a[0]) * s)).m for s in shares]
        at = far.index(min(far))
        low, high = shares[max(at - 1, 0)], shares[min(at + 1, 12)]
    return min(far)


@given(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(1, 60_000)
)
@settings(max_examples=200)
def test_a_disc_holds_what_geopy_says(latitude, longitude, up, right, radius_m):
    here = max(-90.0, min(90.0, latitude + up)), (longitude + right + 180) % 360 - 180
    expected = geodesic((latitude, longitude), here).m <= radius_m
    assert bool(index_of(Disc(latitude, longitude, radius_m)).containing(*here)) == expected


SOURCES, CATEGORIES, BRANDS = ("s", "t"), (Category.FUEL, Category.HOTEL), ("Élan", "avia", "")
SETS = st.builds(
    PlaceSet,
    source=st.sampled_from(("", *SOURCES)),
    category=st.sampled_from((None, *CATEGORIES)),
    brand=st.sampled_from(("", "ELAN", "Avia")),
).filter(lambda one: one != PlaceSet())


@given(
    st.lists(st.tuples(SETS, st.sampled_from((300.0, 700.0, 1000.0, 1001.0, 5000.0))), max_size=12),
    st.lists(st.tuples(*map(st.sampled_from, (SOURCES, CATEGORIES, BRANDS)), POINTS), max_size=8),
    POINTS,
)
@settings(max_examples=200)
def test_around_a_set_is_what_lies_within_reach_of_any_of_its_places(sets, placed, point):
    places = [
        Place(f"p{n}", source, str(n), "n", brand, category, 48 + x / 500, 2 + y / 500)
        for n, (source, category, brand, (x, y)) in enumerate(placed)
    ]
    areas = [make_area("t", str(n), "n", Around(*one)) for n, one in enumerate(sets)]
    here = 48 + point[0] / 500, 2 + point[1] / 500
    wanted = {
        area.area_id
        for area, (place_set, radius_m) in zip(areas, sets, strict=True)
        if any(
            place_set.holds(place) and geodesic(here, (place.latitude, place.longitude)).m <= radius_m
            for place in places
        )
    }
    assert set(AreaIndex(areas, places).containing(*here)) == wanted


def test_as_many_areas_as_may_be_around_one_set_draw_no_more_than_a_few():
    places = [Place(f"p{n}", "s", str(n), "n", "", Category.FUEL, 48 + n / 100, 2.0) for n in range(1000)]
    shapes = [Around(PlaceSet(category=Category.FUEL), 1000.0 + n / 10) for n in range(5000)]
    index = AreaIndex([make_area("t", str(n), "n", shape) for n, shape in enumerate(shapes)], places)
    # A circle for each of both would be five million, some six gigabytes of them.
    assert len(index.containing(50.0, 2.0)) == 5000
