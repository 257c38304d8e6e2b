"""Fences under random drives: against a plain account of the same positions."""

import math
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from geotarget.area import Around, Border, Corridor, Disc, PlaceSet, make_area
from geotarget.area_index import AreaIndex
from geotarget.distance import DEGREE_M
from geotarget.fence import SILENT_MS, Fence, Seen, State, Track, follow, holds
from geotarget.fence_index import EDGE_M, STEP_DEG, FenceIndex
from geotarget.place import Category, Place

LAT, LON = 48.0, 2.0
EAST = DEGREE_M * math.cos(math.radians(LAT))
FUEL = Place("p", "t", "p", "p", "", Category.FUEL, LAT, LON)
SQUARE = tuple((LON + x * 0.004, LAT + y * 0.003) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)))
SHAPES = (
    Disc(LAT, LON, 300),
    Border(((SQUARE,),)),
    Corridor(((LON - 0.01, LAT), (LON, LAT), (LON, LAT + 0.01)), 300),
    Around(PlaceSet(category=Category.FUEL), 250),
)
AREAS = AreaIndex([make_area("t", str(n), str(n), shape) for n, shape in enumerate(SHAPES)], [FUEL])
IDS = [area.area_id for area in AREAS]
FENCES = FenceIndex(IDS, AREAS, [FUEL])
WIDER = FENCES._wider
STAR = tuple(
    (LON + r * math.cos(n * math.pi / 5), LAT + 0.7 * r * math.sin(n * math.pi / 5))
    for n, r in enumerate((0.4, 0.15) * 5)
)
LARGE_AREAS = AreaIndex(
    [
        make_area("t", "star", "star", Border((((*STAR, STAR[0]), SQUARE),))),
        make_area("t", "disc", "disc", Disc(LAT + 0.1, LON + 0.1, 9_000)),
        make_area("t", "road", "road", Corridor(((LON - 0.5, LAT - 0.2), (LON + 0.5, LAT + 0.1)), 3_000)),
    ]
)
LARGE = FenceIndex([area.area_id for area in LARGE_AREAS], LARGE_AREAS)

steps = st.lists(
    st.tuples(st.integers(-150, 150), st.integers(-150, 150), st.integers(1, SILENT_MS + 5_000)),
    min_size=2,
    max_size=60,
)


def walk(moves, east_m=400.0, north_m=0.0):
    """Positions with their times; from outside of all, unless told otherwise."""
    at_ms = 1_800_000_000_000
    for east, north, passed_ms in [(0, 0, 1), *moves]:
        east_m, north_m, at_ms = east_m + east, north_m + north, at_ms + passed_ms
        yield LAT + north_m / DEGREE_M, LON + east_m / EAST, at_ms


def followed(positions, fences=FENCES, track: Track | None = None):
    for position in positions:
        track = follow(track, fences, *position)
        yield position, track


def stays(track):
    return {stay.area_id: stay for stay in track.stays()}


class Account:
    """Who was where since when, told from each look alone."""

    def __init__(self):
        self.inside_since: dict[str, int] = {}
        self.was_in: set[str] = set()
        self.was_out: set[str] = set()
        self.looks: dict[str, Seen] = {}
        self.at_ms = 0

    def look(self, at_ms, looks):
        """At one position more; None where it hardly moved."""
        if at_ms - self.at_ms > SILENT_MS:
            self.__init__()
        self.at_ms, self.looks = at_ms, self.looks if looks is None else looks
        for area_id in IDS:
            look = self.looks.get(area_id, Seen.OUTSIDE)
            if look is Seen.INSIDE:
                self.inside_since.setdefault(area_id, at_ms)
                self.was_in.add(area_id)
            elif look is Seen.OUTSIDE:
                self.inside_since.pop(area_id, None)

    def agrees(self, stay):
        assert stay.area_id in self.was_in
        assert (stay.state is State.LEFT) == (stay.area_id not in self.inside_since)
        assert stay.state is not State.ENTERED or stay.area_id in self.was_out
        for minutes in (1, 3, 10):
            if holds(stay, Fence.DWELL, minutes, self.at_ms):
                assert self.at_ms - self.inside_since[stay.area_id] >= minutes * 60_000


@given(steps, st.integers(0, 700))
@settings(max_examples=200)
def test_nothing_is_left_that_it_was_not_in_nor_stayed_in_longer_than_it_was(moves, east_m):
    account = Account()
    for (latitude, longitude, at_ms), track in followed(walk(moves, east_m)):
        looked = (latitude, longitude) == (track.latitude, track.longitude)
        account.look(at_ms, FENCES.seen(latitude, longitude) if looked else None)
        for stay in stays(track).values():
            account.agrees(stay)
        assert account.inside_since.keys() <= stays(track).keys()
        account.was_out |= {one for one in IDS if account.looks.get(one) is not Seen.INSIDE}


@given(steps)
@settings(max_examples=150)
def test_where_it_stands_is_as_the_areas_say_but_for_the_edge(moves):
    for (latitude, longitude, _), track in followed(walk(moves)):
        if (latitude, longitude) != (track.latitude, track.longitude):
            continue  # it hardly moved
        held = {area_id for area_id, stay in stays(track).items() if stay.state is not State.LEFT}
        assert (
            set(AREAS.containing(latitude, longitude)) <= held <= set(WIDER.containing(latitude, longitude))
        )


@given(
    st.lists(st.tuples(st.floats(-0.7, 0.7), st.floats(-0.7, 0.7)), min_size=3, max_size=60),
    st.sampled_from([(300.0, 0.0), (0.0, 300.0), (-212.0, -212.0), (290.0, 0.0)]),
)
@settings(max_examples=150)
def test_a_position_that_trembles_at_the_edge_crosses_it_once_at_most(trembles, at):
    positions = [
        (LAT + (at[1] + north * EDGE_M / 2) / DEGREE_M, LON + (at[0] + east * EDGE_M / 2) / EAST, n * 1000)
        for n, (east, north) in enumerate(trembles)
    ]
    area_id = IDS[0]
    states = [
        stays(track)[area_id].state if area_id in stays(track) else None for _, track in followed(positions)
    ]
    assert sum(a is not b for a, b in pairwise(states)) <= 1
    assert State.LEFT not in states


@given(steps, st.data())
@settings(max_examples=100)
def test_positions_that_come_twice_or_too_late_change_nothing(moves, data):
    positions = list(walk(moves))
    *_, (_, plain) = followed(positions)
    mixed = []
    for n, position in enumerate(positions):
        mixed.append(position)
        again = data.draw(st.integers(0, n))
        if position[2] - positions[again][2] <= SILENT_MS:
            mixed.append(positions[again])
    *_, (_, found) = followed(mixed)
    assert found == plain


@given(steps, st.integers(1, 59))
@settings(max_examples=100)
def test_after_a_restart_it_is_in_the_same_fences_and_claims_nothing_from_before(moves, cut):
    """Another process, or this one again, that hears the rest of the drive alone."""
    positions = list(walk(moves))
    cut = min(cut, len(positions) - 1)
    begun_ms = positions[cut][2]
    *_, (_, whole) = followed(positions)
    *_, (_, rest) = followed(positions[cut:])
    for area_id, stay in stays(rest).items():
        assert stay.since_ms >= begun_ms
        if stay.state is State.LEFT:
            assert area_id in stays(whole)
    if (rest.latitude, rest.longitude) == (whole.latitude, whole.longitude):
        here = set(AREAS.containing(rest.latitude, rest.longitude))
        for track in (whole, rest):
            held = {area_id for area_id, stay in stays(track).items() if stay.state is not State.LEFT}
            assert here <= held


@given(steps)
@settings(max_examples=100)
def test_fences_that_are_built_anew_as_they_were_change_nothing(moves):
    positions = list(walk(moves))
    rebuilt = FenceIndex(IDS, AREAS, [FUEL])
    *_, (_, plain) = followed(positions)
    half = len(positions) // 2
    *_, (_, track) = followed(positions[:half] or positions[:1])
    *_, (_, found) = followed(positions[half:] or positions[-1:], rebuilt, track)
    here, there = stays(plain), stays(found)
    if (plain.latitude, plain.longitude) == (found.latitude, found.longitude):
        assert {a: s.state for a, s in here.items()}.keys() == there.keys()


@given(
    st.integers(-40_000, 40_000), st.integers(-40_000, 40_000), st.floats(0, 2 * math.pi), st.floats(0, 0.99)
)
@settings(max_examples=200)
def test_as_far_as_it_is_calm_it_lies_as_it_lay(east_m, north_m, turn, share):
    latitude, longitude = LAT + north_m / DEGREE_M, LON + east_m / EAST
    seen = LARGE.seen(latitude, longitude)
    way = share * LARGE.calm_deg(latitude, longitude, seen)
    there = LARGE.seen(latitude + way * math.sin(turn), longitude + way * math.cos(turn))
    if LARGE.calm_deg(latitude, longitude, seen) > STEP_DEG:
        assert there == seen
    else:
        # Some ten metres: less than an edge is wide.
        assert all({seen.get(one), there.get(one)} != {Seen.INSIDE, None} for one in {*seen, *there})
