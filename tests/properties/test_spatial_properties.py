"""The indexes against brute force with geopy's geodesic, anywhere on Earth."""

import math

from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from geotarget.coarsen import cell
from geotarget.place import Category, Place, place_id_of
from geotarget.reach_index import Circle, ReachIndex
from geotarget.spatial_index import PlaceIndex

ANYWHERE = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
# Awkward corners of the globe: points huddled at the antimeridian, the poles, the equator and Rennes.
CORNERS = st.sampled_from(
    [(0, 180), (0, -180), (90, 0), (-90, 45), (89.99, -120), (65, 179.99), (48.11, -1.68)]
)
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 360)
OFFSETS = st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))


def huddled(corner, offset):
    latitude = max(-90.0, min(90.0, corner[0] + offset[0]))
    longitude = corner[1] + offset[1]
    return latitude, (longitude + 180) % 360 - 180


@st.composite
def scenes(draw):
    """A point and places, in one corner or all over; a radius that often is a place's distance to a hair."""
    corner = draw(CORNERS)
    points = draw(st.sampled_from([ANYWHERE, OFFSETS.map(lambda offset: huddled(corner, offset))]))
    here = draw(points)
    spots = draw(st.lists(points, max_size=25))
    radius_m = draw(st.floats(1, 60_000) | st.floats(1, 20_100_000))
    if spots and draw(st.booleans()):
        apart = geodesic(here, draw(st.sampled_from(spots))).m
        radius_m = max(0.0, apart + draw(st.sampled_from([0, 1e-9, -1e-9, 1e-7, -1e-7])))
    return here, spots, radius_m


def places_at(spots):
    kinds = list(Category)
    return [
        Place(place_id_of("t", str(i)), "t", str(i), f"P{i}", "", kinds[i % 2], latitude, longitude)
        for i, (latitude, longitude) in enumerate(spots)
    ]


def apart_m(here, place):
    return geodesic(here, (place.latitude, place.longitude)).m


@given(scenes(), st.sampled_from([None, *list(Category)[:2]]), st.integers(1, 30))
@settings(max_examples=300)
def test_near_is_what_geopy_says_nearest_first(scene, category, limit):
    here, spots, radius_m = scene
    places = places_at(spots)
    expected = sorted(
        distance_m
        for place in places
        if category in (None, place.category) and (distance_m := apart_m(here, place)) <= radius_m
    )
    found = PlaceIndex(places).near(*here, radius_m, category=category, limit=limit)
    assert len(found) == min(limit, len(expected))
    assert [n.distance_m for n in found] == sorted(n.distance_m for n in found)
    for nearby, wanted_m in zip(found, expected, strict=False):
        assert apart_m(here, nearby.place) <= radius_m
        slack_m = promised_m(wanted_m)
        assert math.isclose(nearby.distance_m, apart_m(here, nearby.place), abs_tol=slack_m, rel_tol=0)
        assert math.isclose(nearby.distance_m, wanted_m, abs_tol=2 * slack_m, rel_tol=0)


def promised_m(distance_m):
    """How close a distance is to geopy's, by how long it is."""
    steps = ((40_000, 0.001), (100_000, 0.02), (500_000, 3), (2_000_000, 200))
    return next((slack_m for up_to_m, slack_m in steps if distance_m <= up_to_m), math.inf)


@given(scenes())
@settings(max_examples=300)
def test_covering_is_what_geopy_says(scene):
    here, spots, radius_m = scene
    radius_m = min(max(radius_m, 1e-3), 500_000)
    circles = [Circle(f"o{i % 4}", place, radius_m / (1 + i % 3)) for i, place in enumerate(places_at(spots))]
    expected: dict[str, float] = {}
    for owner, place, reach_m in circles:
        distance_m = apart_m(here, place)
        if distance_m <= reach_m:
            expected[owner] = min(distance_m, expected.get(owner, math.inf))
    found = ReachIndex(circles).covering(*here)
    assert {reached.owner_key for reached in found} == set(expected)
    assert len(found) == len(expected)
    for reached in found:
        assert abs(reached.distance_m - expected[reached.owner_key]) <= max(0.001, 4e-6 * reached.distance_m)


@given(ANYWHERE)
def test_a_cell_names_itself_and_never_more_than_two_decimals(point):
    name = cell(*point)
    latitude, longitude = name.split(",")
    assert all(len(part.split(".")[1]) == 2 for part in (latitude, longitude))
    assert -90 <= float(latitude) <= 90
    assert -180 <= float(longitude) < 180
    assert "-0.00" not in (latitude, longitude)
    assert cell(float(latitude), float(longitude)) == name


@given(ANYWHERE, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_all_points_of_a_cell_share_its_name(point, north_a, east_a, north_b, east_b):
    """Any two points of the rectangle around a cell's middle, a hair inside its edges."""
    latitude, longitude = (float(part) for part in cell(*point).split(","))
    step = next(step for step in STEPS if width_km(latitude, step) >= 0.65)

    def at(north, east):
        inside = max(-90.0, min(90.0, latitude + (north - 0.5) * 0.0099))
        return inside, (longitude + (east - 0.5) * step * 0.99 + 180) % 360 - 180

    assert cell(*at(north_a, east_a)) == cell(*at(north_b, east_b))


def width_km(latitude, step):
    return step * 111.32 * math.cos(math.radians(latitude)) if step < 360 else math.inf


@given(st.floats(-85, 85), st.floats(-180, 179))
def test_cells_are_about_a_kilometre(latitude, longitude):
    """A walk of 3 km leaves a cell in either direction; the middle lies within 1 km of any of its points."""
    name = cell(latitude, longitude)
    assert cell(latitude + 3 / 110.6 * (-1 if latitude > 0 else 1), longitude) != name
    degrees = 3 / (111.32 * math.cos(math.radians(latitude)))
    assert cell(latitude, (longitude + degrees + 180) % 360 - 180) != name
    middle = tuple(float(part) for part in name.split(","))
    assert geodesic(middle, (latitude, longitude)).km < 1.2
