"""Real drives through fences: what was crossed is what the track says, however its positions tremble."""

import random
from itertools import groupby

import pytest

from geotarget.area import Border, Corridor, Disc, make_area
from geotarget.area_index import AreaIndex
from geotarget.distance import DEGREE_M, geodesic_m
from geotarget.fence import SILENT_MS, Fence, State, follow, holds
from geotarget.fence_index import EDGE_M, FenceIndex
from players.feed import trace
from tests.real.replay import NAMES

RADIUS_M = 400


@pytest.fixture(params=NAMES)
def points(request, real_data):
    return trace.read((real_data / "traces" / request.param).read_bytes()).points


def of(shape):
    area = make_area("t", "1", "n", shape)
    return FenceIndex([area.area_id], AreaIndex([area]))


def driven(fences, positions):
    """What is known after each position: the state and since when."""
    track = None
    for at_ms, latitude, longitude in positions:
        track = follow(track, fences, latitude, longitude, at_ms)
        yield next(iter(track.stays()), None)


def plain(points):
    return [(point.at_ms, point.latitude, point.longitude) for point in points]


def crossings(stays):
    return [key for key, _ in groupby(stay.state if stay else None for stay in stays)]


def test_a_disc_on_the_way_is_come_into_and_left_when_the_track_says_so(points):
    middle = points[len(points) // 2]
    stays = list(driven(of(Disc(middle.latitude, middle.longitude, RADIUS_M)), plain(points)))
    inside = False
    before_ms = None
    for point, stay in zip(points, stays, strict=True):
        silent = before_ms is not None and point.at_ms - before_ms > SILENT_MS
        before_ms = point.at_ms
        apart_m = geodesic_m(point.latitude, point.longitude, middle.latitude, middle.longitude)
        # Ten metres may pass before it is looked at again.
        if apart_m <= RADIUS_M - 15:
            assert stay.state in {State.FOUND, State.ENTERED}
        elif apart_m >= RADIUS_M + EDGE_M + 20:
            assert stay is None or stay.state is State.LEFT
        inside = False if silent else inside or (stay is not None and stay.state is not State.LEFT)
        assert stay is None or stay.state is not State.LEFT or inside
        if stay is not None and holds(stay, Fence.DWELL, 1, point.at_ms):
            assert point.at_ms - stay.since_ms >= 60_000
    assert State.ENTERED in crossings(stays) or State.FOUND in crossings(stays)


def test_positions_that_tremble_by_twenty_metres_cross_as_often_as_those_that_do_not(points):
    middle = points[len(points) // 2]
    rng = random.Random(1)
    north_deg = EDGE_M / 2 / DEGREE_M * 0.8
    line = [
        (points[n].longitude, points[n].latitude) for n in range(0, len(points), max(1, len(points) // 40))
    ]
    box = ((-0.006, -0.004), (0.006, -0.004), (0.006, 0.004), (-0.006, 0.004), (-0.006, -0.004))
    ring = tuple((middle.longitude + x, middle.latitude + y) for x, y in box)
    for shape in (Border(((ring,),)), Corridor(tuple(dict.fromkeys(line[:12])), 600)):
        fences = of(shape)
        shaken = [(at_ms, lat + rng.uniform(-north_deg, north_deg), lon) for at_ms, lat, lon in plain(points)]
        calm, trembling = (crossings(driven(fences, one)) for one in (plain(points), shaken))
        # What only grazes the edge may be entered by trembling; nothing is entered again and again.
        assert trembling.count(State.ENTERED) <= calm.count(State.ENTERED) + 1
        assert trembling.count(State.LEFT) <= calm.count(State.LEFT) + 1
