"""What a reply tells of the vehicle's clock, and when it is no longer believed."""

from datetime import timedelta

import pytest

from kernel.clock import from_ms
from players.feed.clock_offset import (
    CORRECTION_LIMIT_MS,
    MARGIN_MS,
    ROUND_TRIP_LIMIT_MS,
    VALID_MS,
    Bounds,
    ClockOffset,
    measured,
)

NOW = 1_800_000_000_000


def test_a_reply_bounds_the_offset_by_when_it_can_have_been_stamped():
    found = measured(NOW, from_ms(NOW + 5_033), NOW + 100)
    assert found == Bounds(4_933 - 2 - MARGIN_MS, 5_033 + 1 + MARGIN_MS)
    assert found.earliest_ms(NOW) == NOW - found.most_ms
    assert found.latest_ms(NOW) == NOW - found.least_ms


@pytest.mark.parametrize(("micros", "blur_ms"), [(0, 1_000), (500_000, 100), (120_000, 10), (123_000, 1)])
def test_a_rounded_stamp_tells_less(micros, blur_ms):
    stamp = from_ms(NOW) + timedelta(microseconds=micros)
    found = measured(NOW, stamp, NOW)
    assert found.most_ms == micros // 1_000 + blur_ms + MARGIN_MS


@pytest.mark.parametrize("took_ms", [-1, ROUND_TRIP_LIMIT_MS + 1])
def test_a_reply_that_took_too_long_tells_nothing(took_ms):
    assert measured(NOW, from_ms(NOW), NOW + took_ms) is None


def test_each_request_is_answered_once_and_only_ours_count():
    clock = ClockOffset()
    clock.asked("n-1", NOW)
    assert clock.answered("n-2", from_ms(NOW), NOW) is None
    assert clock.answered("n-1", None, NOW) is None
    assert clock.answered("n-1", from_ms(NOW), NOW) is None
    assert clock.bounds(NOW) is None


def test_several_replies_narrow_it_until_one_excludes_the_others():
    clock = ClockOffset()
    slow = measure(clock, 0, 1_000, off_ms=333, took_ms=1_900)
    quick = measure(clock, 1, 3_000, off_ms=333, took_ms=20)
    assert clock.bounds(NOW + 3_020) == slow.and_(quick) == quick
    set_since = measure(clock, 2, 4_000, off_ms=-8_111, took_ms=20)
    assert clock.bounds(NOW + 4_020) == set_since


def test_it_is_forgotten_in_time_and_when_our_own_clock_steps_back():
    clock = ClockOffset()
    found = measure(clock, 0, 0, off_ms=5_001, took_ms=10)
    assert clock.bounds(NOW + 10 + VALID_MS) == found
    assert clock.bounds(NOW + 11 + VALID_MS) is None
    again = ClockOffset()
    measure(again, 0, 0, off_ms=5_001, took_ms=10)
    assert again.bounds(NOW + 9) is None
    assert again.bounds(NOW + 20) is None


def test_beyond_the_limit_nothing_is_corrected():
    clock = ClockOffset()
    assert not measure(clock, 0, 0, off_ms=CORRECTION_LIMIT_MS, took_ms=10).correctable
    assert clock.bounds(NOW + 10) is None


def test_it_is_asked_again_every_half_minute():
    clock = ClockOffset()
    assert clock.due(NOW)
    clock.asked("n-1", NOW)
    assert not clock.due(NOW + 29_999)
    assert clock.due(NOW + 30_000)
    assert clock.due(NOW - 1)  # our clock stepped back


def test_what_is_never_answered_takes_no_room():
    clock = ClockOffset()
    for number in range(100):
        clock.asked(f"n-{number}", NOW)
    assert clock.answered("n-0", from_ms(NOW), NOW) is None
    assert clock.answered("n-99", from_ms(NOW), NOW) is not None


def measure(clock: ClockOffset, number: int, at_ms: int, off_ms: int, took_ms: int) -> Bounds:
    clock.asked(f"n-{number}", NOW + at_ms)
    came_ms = NOW + at_ms + took_ms
    found = clock.answered(f"n-{number}", from_ms(came_ms - took_ms // 2 + off_ms), came_ms)
    assert found is not None
    return found
