import math

import numpy as np
import pytest

from geotarget.course import LEFT_HAND, Course, Fix, Side, course_of, offsets_m, sides
from geotarget.distance import earth_fixed, earth_point

HERE = (48.1, -1.7)
METRE = 1 / 111_320


def at(north_m, east_m, at_ms=0, from_=HERE):
    return Fix(
        from_[0] + north_m * METRE, from_[1] + east_m * METRE / math.cos(math.radians(from_[0])), at_ms
    )


def trail(*steps, every_ms=5_000):
    """Fixes at (north, east) metres, the last of them now."""
    return [at(north, east, n * every_ms) for n, (north, east) in enumerate(steps)]


def side_of(course, north_m, east_m):
    place = at(north_m, east_m)
    point = earth_fixed([place.latitude], [place.longitude])
    along, right = offsets_m(*HERE, course.heading_deg, point - earth_point(*HERE))
    return Side(int(sides(course, along, right, point)[0]))


@pytest.mark.parametrize(
    ("steps", "heading"),
    [
        (((-200, 0), (-100, 0), (0, 0)), 0),
        (((0, -200), (0, -100), (0, 0)), 90),
        (((200, 0), (100, 0), (0, 0)), 180),
        (((0, 200), (0, 100), (0, 0)), 270),
        (((-200, -200), (-100, 0), (-50, 0), (0, 0)), 0),  # after a bend: the newest that is 40 m back counts
        (((-200, -200), (-30, 0), (0, 0)), 45),
    ],
)
def test_the_course_is_the_bearing_from_what_lies_a_little_back(steps, heading):
    found = course_of(trail(*steps))
    assert (found.heading_deg - heading + 180) % 360 - 180 == pytest.approx(0, abs=1)


def test_speed_is_that_of_the_trail():
    assert course_of(trail((-300, 0), (-150, 0), (0, 0))).speed_mps == pytest.approx(30, rel=0.01)
    assert course_of([at(0, 0)], 45).speed_mps is None


def test_what_the_vehicle_tells_goes_before_its_trail():
    assert course_of(trail((-200, 0), (-100, 0), (0, 0)), 30).heading_deg == 30
    assert course_of([at(0, 0)], 30).heading_deg == 30
    assert course_of([at(0, 0)], 360).heading_deg == 0


@pytest.mark.parametrize(
    "steps",
    [
        ((0, 0),),
        ((-10, 0), (0, 0)),
        ((3, 2), (-4, 1), (2, -6), (0, 3), (0, 0)),
        ((-500, 0), (-20, 0), (-5, 2), (2, 1), (-1, 3), (3, 0), (0, 0)),  # drove, and stands since
    ],
)
def test_a_car_of_which_little_is_known_or_that_stands_has_no_course(steps):
    assert course_of(trail(*steps)) is None


def test_a_car_that_stands_has_none_whatever_it_tells():
    assert course_of(trail((-3, 0), (2, 1), (0, 2), (1, 1), (0, 0)), 90) is None
    assert course_of(trail((-3, 0), (0, 0)), 90) is not None  # for five seconds only
    assert course_of([], 90) is None


def test_across_the_antimeridian():
    there = [Fix(10, 179.999, 0), Fix(10, -179.999, 10_000)]
    assert course_of(there).heading_deg == pytest.approx(90, abs=0.1)
    assert course_of(there).speed_mps == pytest.approx(21.9, rel=0.01)


@pytest.mark.parametrize("heading", [0, 37, 90, 180, 251, 359.5])
@pytest.mark.parametrize(
    ("off", "side"),
    [
        (0, Side.AHEAD),
        (59, Side.AHEAD),
        (-59, Side.AHEAD),
        (61, Side.ASIDE),
        (-119, Side.ASIDE),
        (121, Side.BEHIND),
        (180, Side.BEHIND),
    ],
)
def test_ahead_aside_and_behind_by_the_angle_alone(heading, off, side):
    turn = math.radians(heading + off)
    assert side_of(Course(heading), 2000 * math.cos(turn), 2000 * math.sin(turn)) is side
    assert side_of(Course(heading), 45 * math.cos(turn), 45 * math.sin(turn)) is Side.AHEAD


def test_past_is_what_was_nearer_and_behind_what_never_was():
    north = Course(0, 15, tuple(trail((-900, 0), (-600, 0), (-300, 0), (0, 0))))
    assert side_of(north, -600, 40) is Side.PAST
    slow = Course(0, 15, tuple(trail(*((-100 * n, 0) for n in range(9, -1, -1)))))
    assert side_of(slow, -200, 250) is Side.PAST  # the exit that was missed
    assert side_of(slow, -50, 250) is Side.ASIDE  # and one that may still be taken
    assert side_of(north, -5000, 0) is Side.PAST
    bent = Course(0, 15, tuple(trail((0, -900), (0, -600), (0, -300), (0, 0))))
    assert side_of(bent, -800, 200) is Side.BEHIND
    assert side_of(bent, 0, -600) is not Side.BEHIND


@pytest.mark.parametrize(
    ("along", "right", "side"),
    [
        (800, -80, Side.OTHER_SIDE),
        (800, 80, Side.AHEAD),
        (800, -40, Side.AHEAD),  # the course is not known so well
        (200, -40, Side.OTHER_SIDE),
        (200, -160, Side.AHEAD),  # not beside the road
        (100, -15, Side.AHEAD),
        (4000, -140, Side.AHEAD),
    ],
)
def test_across_a_fast_road_by_the_country_s_side(along, right, side):
    fast, slow = Course(0, 33), Course(0, 20)
    assert side_of(fast, along, right) is side
    assert side_of(slow, along, right) is Side.AHEAD
    assert side_of(Course(0), along, right) is Side.AHEAD
    assert side_of(Course(0, 33, keeps_left=True), along, -right) is side


def test_who_keeps_left():
    steps = trail((-200, 0), (-100, 0), (0, 0))
    assert course_of(steps, market="GB").keeps_left
    assert not course_of(steps, market="FR").keeps_left
    assert {"JP", "IE", "AU", "IN", "ZA"} < LEFT_HAND
    assert LEFT_HAND.isdisjoint({"FR", "DE", "US", "SE", "GI"})


def test_many_at_once():
    points = earth_fixed([48.2, 48.0, 48.1], [-1.7, -1.7, -1.5])
    along, right = offsets_m(*HERE, 0, points - earth_point(*HERE))
    assert along == pytest.approx([11_120, -11_120, 0], abs=50)
    assert right == pytest.approx([0, 0, 14_900], abs=50)
    assert sides(Course(0), along, right, points).tolist() == [Side.AHEAD, Side.BEHIND, Side.ASIDE]
    assert sides(Course(0), along[:0], right[:0], np.empty((0, 3))).tolist() == []
