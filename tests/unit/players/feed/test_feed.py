"""A connection's memory: positions put together from their parts, and being carried."""

from adserver.serving.avail import Location
from players.feed import signals
from players.feed.acceptance import Reading, Taken
from players.feed.feed import Feed, Fix


def taken(path: str, value: float | None, at_ms: int) -> Taken:
    return Taken(path, Reading(value, at_ms, at_ms))


def fix(metres_north: float, at_ms: int, accuracy_m: float = 0.0) -> Fix:
    return Fix(Location(48 + metres_north / 111_200, -1.6), accuracy_m, at_ms)


def test_latitude_and_longitude_may_come_apart():
    feed = Feed("v", 6, True)
    assert feed.locate([taken(signals.LATITUDE, 48.1, 1_000)]) is None
    found = feed.locate([taken(signals.LONGITUDE, -1.6, 1_400)])
    assert found == Fix(Location(48.1, -1.6), 0.0, 1_400)
    assert feed.locate([taken(signals.LATITUDE, 48.2, 3_000)]) is None, "the longitude is another moment's"
    assert feed.locate([taken(signals.HEADING, 90.0, 3_000)]) is None


def test_heading_and_accuracy_count_while_they_are_young():
    feed = Feed("v", 6, True)
    feed.locate([taken(signals.HEADING, 90.0, 0), taken(signals.ACCURACY, 12.0, 0)])
    both = [signals.LATITUDE, signals.LONGITUDE]
    young, old = ([taken(path, 1.0, at_ms) for path in both] for at_ms in (5_000, 5_001))
    assert feed.locate(young) == Fix(Location(1.0, 1.0, 90.0), 12.0, 5_000)
    assert feed.locate(old) == Fix(Location(1.0, 1.0), 0.0, 5_001)


def test_a_position_that_is_not_known():
    feed = Feed("v", 6, True)
    assert feed.locate([taken(signals.LATITUDE, None, 0), taken(signals.LONGITUDE, 1.0, 0)]) is None


def test_carried_beyond_thirty_metres():
    feed = Feed("v", 6, True)
    found = [feed.carried(fix(n * 10, n * 1_000), stands=True) for n in range(6)]
    assert found == [False, False, False, False, True, False]


def test_a_poor_fix_must_move_further():
    feed = Feed("v", 6, True)
    assert not feed.carried(fix(0, 0, 40), stands=True)
    assert not feed.carried(fix(79, 1_000, 40), stands=True)
    assert feed.carried(fix(81, 2_000, 40), stands=True)


def test_driving_is_not_being_carried():
    feed = Feed("v", 6, True)
    assert not feed.carried(fix(0, 0), stands=True)
    assert not feed.carried(fix(100, 1_000), stands=False)
    assert not feed.carried(fix(200, 2_000), stands=True)


def test_slow_drift_does_not_add_up():
    feed = Feed("v", 6, True)
    assert not any(feed.carried(fix(minute * 20, minute * 61_000), stands=True) for minute in range(20))
