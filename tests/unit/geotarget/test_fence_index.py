"""Fences of every shape: inside, at the edge, outside."""

import math

import pytest

from geotarget.area import Around, Border, Corridor, Disc, PlaceSet, make_area
from geotarget.area_index import AreaIndex
from geotarget.distance import DEGREE_M
from geotarget.fence import Seen, State, follow
from geotarget.fence_index import EDGE_M, STEP_DEG, FenceIndex
from geotarget.load_fences import LoadFences
from geotarget.place import Category, Place
from geotarget.reach_index import RADIUS_LIMIT_M
from geotarget.spatial_index import PlaceIndex

LAT = 48.0
EAST = 1 / (DEGREE_M * math.cos(math.radians(LAT)))
"""Degrees of a metre to the east."""
FUEL = Place("p", "t", "p", "p", "", Category.FUEL, LAT, 2.0)
SIDE = 1000 * EAST
SQUARE = ((2 - SIDE, 47.9), (2 + SIDE, 47.9), (2 + SIDE, 48.1), (2 - SIDE, 48.1), (2 - SIDE, 47.9))
SHAPES = {
    "disc": Disc(LAT, 2.0, 1000),
    "small": Disc(LAT, 2.0 + 990 * EAST, 10),
    "border": Border(((SQUARE,),)),
    "corridor": Corridor(((2.0, 47.9), (2.0, 48.1)), 2000),
    "around": Around(PlaceSet(category=Category.FUEL), 1000),
}


def made(**shapes):
    return AreaIndex([make_area("t", name, name, shape) for name, shape in shapes.items()], [FUEL])


def fences_of(areas):
    return FenceIndex([area.area_id for area in areas], areas, [FUEL])


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    ("east_m", "seen"), [(995, Seen.INSIDE), (1005, Seen.EDGE), (1040, Seen.EDGE), (1075, Seen.OUTSIDE)]
)
def test_a_point_lies_in_at_the_edge_of_or_outside_of_a_fence_of_any_shape(name, east_m, seen):
    areas = made(**{name: SHAPES[name]})
    found = fences_of(areas).seen(LAT, 2.0 + east_m * EAST)
    assert set(found.values()) == ({seen} - {Seen.OUTSIDE})


def test_a_hole_is_outside_but_for_its_edge():
    ring = ((1.0, 47.0), (3.0, 47.0), (3.0, 49.0), (1.0, 49.0), (1.0, 47.0))
    hole = ((2.0, 47.9), (2.1, 47.9), (2.1, 48.1), (2.0, 48.1), (2.0, 47.9))
    fences = fences_of(made(a=Border(((ring, hole),))))
    assert list(fences.seen(LAT, 2.0 + 30 * EAST).values()) == [Seen.EDGE]
    assert fences.seen(LAT, 2.0 + 80 * EAST) == {}
    assert list(fences.seen(LAT, 2.0 - 5 * EAST).values()) == [Seen.INSIDE]


def test_a_border_of_many_points_keeps_its_edge():
    turn = 2 * math.pi / 5000
    ring = [(2 + SIDE * math.cos(n * turn), LAT + 0.009 * math.sin(n * turn)) for n in range(5000)]
    fences = fences_of(made(a=Border((((*ring, ring[0]),),))))
    for n in range(0, 360, 7):
        sine, cosine = math.sin(math.radians(n)), math.cos(math.radians(n))
        for beyond_m, seen in ((-3, {Seen.INSIDE}), (45, {Seen.EDGE}), (80, set())):
            share = 1 + beyond_m / 1000
            assert set(fences.seen(LAT + 0.009 * sine * share, 2 + SIDE * cosine * share).values()) == seen


def test_the_widest_disc_has_no_edge_and_is_a_fence_all_the_same():
    fences = fences_of(made(a=Disc(LAT, 2.0, RADIUS_LIMIT_M)))
    assert set(fences.seen(LAT, 2.0).values()) == {Seen.INSIDE}


def test_only_what_is_asked_for_is_a_fence():
    areas = made(a=SHAPES["disc"], b=SHAPES["corridor"])
    (asked, _) = areas
    fences = FenceIndex([asked.area_id, "are_gone"], areas, ())
    assert len(fences) == 1
    assert fences.seen(LAT, 2.0) == {asked.area_id: Seen.INSIDE}
    assert len(FenceIndex()) == 0


@pytest.mark.parametrize("name", SHAPES)
def test_as_far_as_it_is_calm_no_fence_comes_near(name):
    fences = fences_of(made(**{name: SHAPES[name]}))

    def calm_deg(latitude, longitude):
        return fences.calm_deg(latitude, longitude, fences.seen(latitude, longitude))

    assert calm_deg(47.0, 2.0) == 0.1
    assert calm_deg(LAT, 2.06) == 0.01
    assert calm_deg(LAT, 2.0 + 1040 * EAST) == STEP_DEG
    assert calm_deg(LAT, 2.0 + 995 * EAST) == STEP_DEG


def test_deep_in_a_fence_it_is_calm_too_unless_another_is_near():
    ring = ((1.0, 47.0), (3.0, 47.0), (3.0, 49.0), (1.0, 49.0), (1.0, 47.0))
    hole = ((2.5, 48.0), (2.6, 48.0), (2.6, 48.1), (2.5, 48.1), (2.5, 48.0))
    country, disc = Border(((ring, hole),)), Disc(47.5, 1.5, 20_000)
    fences = fences_of(made(country=country, disc=disc, small=Disc(48.5, 1.5, 100)))

    def calm_deg(latitude, longitude):
        return fences.calm_deg(latitude, longitude, fences.seen(latitude, longitude))

    assert calm_deg(48.5, 2.5) == 0.1
    assert calm_deg(47.5, 1.5) == 0.1
    assert calm_deg(47.5, 1.5 + 19_000 * EAST) == 0.002
    assert calm_deg(48.05, 2.495) == 0.002
    assert calm_deg(48.5, 1.505) == 0.002
    assert calm_deg(48.5, 1.5) == STEP_DEG
    assert calm_deg(48.05, 2.55) == 0.01


def test_a_fence_is_the_same_until_it_is_drawn_otherwise():
    before, again = fences_of(made(a=SHAPES["disc"])), fences_of(made(a=SHAPES["disc"]))
    (area_id,) = before.seen(LAT, 2.0)
    assert again.same(before, area_id)
    assert not fences_of(made(a=Disc(LAT, 2.0, 1001))).same(before, area_id)
    assert not again.same(FenceIndex(), area_id)
    assert not again.same(before, "are_gone")


def test_a_car_that_drives_through_comes_in_and_leaves_once_however_its_position_trembles():
    fences = fences_of(made(a=SHAPES["disc"]))
    track, states = None, []
    for n in range(-1500, 1500, 5):
        trembling = n + (-1) ** n * 0.4 * EDGE_M
        track = follow(track, fences, LAT, 2.0 + trembling * EAST, (n + 1500) * 200)
        states += [one.state for one in track.stays()]
    changes = [state for n, state in enumerate(states) if n == 0 or states[n - 1] is not state]
    assert changes == [State.ENTERED, State.LEFT]


def test_loading_builds_what_is_wanted_and_says_when_that_changes():
    areas, wanted = made(a=SHAPES["around"]), set()
    load = LoadFences(lambda: frozenset(wanted), lambda: areas, lambda: PlaceIndex([FUEL]))
    assert len(load()) == 0
    before = load.revision()
    assert load.revision() == before
    wanted |= {area.area_id for area in areas}
    assert load.revision() != before
    assert set(load().seen(LAT, 2.0).values()) == {Seen.INSIDE}
    before, areas = load.revision(), made(a=SHAPES["around"])
    assert load.revision() != before


def test_a_saw_of_as_many_teeth_as_may_be_is_a_fence():
    saw = [(2 + n * 0.0005, LAT + n % 2 * 0.001) for n in range(60_000)]
    fences = fences_of(made(a=Border((((*saw, (saw[-1][0], 47.9), (2.0, 47.9), saw[0]),),))))
    assert list(fences.seen(47.95, 12.5).values()) == [Seen.INSIDE]
    assert list(fences.seen(47.9 - 30 / DEGREE_M, 12.5).values()) == [Seen.EDGE]
    assert fences.seen(47.8, 12.5) == {}


def test_a_car_that_stands_still_does_not_come_in_where_a_place_is_put_beside_it():
    shape = Around(PlaceSet(category=Category.FUEL), 1000)
    far = Place("q", "t", "q", "q", "", Category.FUEL, 40.0, 0.0)

    def fences(*places):
        areas = AreaIndex([make_area("t", "a", "a", shape)], places)
        return FenceIndex([area.area_id for area in areas], areas, places)

    track = follow(None, fences(far), LAT, 2.0, 0)
    track = follow(track, fences(far), LAT, 2.0, 1000)
    track = follow(track, fences(far, FUEL), LAT, 2.0, 2000)
    assert [one.state for one in track.stays()] == [State.FOUND]
    assert follow(track, fences(far), LAT, 2.0, 3000).stays() == ()
    assert fences(FUEL, far).same(fences(far, FUEL), next(iter(fences(FUEL).seen(LAT, 2.0))))
