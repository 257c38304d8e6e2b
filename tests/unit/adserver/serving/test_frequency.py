"""What a vehicle has had enough of: exactly what caps say, from as little as can tell it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.booking.cap import USUAL, FrequencyCap, Per
from adserver.serving.frequency import (
    DAY_MS,
    LIFE_KEPT_MS,
    NAMES_LIMIT,
    NEVER,
    PAUSE_MS,
    TURN,
    TURNS_KEPT_MS,
    Drive,
    Seen,
    decode,
)

NOW_MS = 1_781_517_600_000
LIFE, DRIVE = FrequencyCap(5, per=Per.LIFE), FrequencyCap(2, per=Per.DRIVE)
SEVERAL = (FrequencyCap(1, 60), FrequencyCap(3, 3600), DRIVE, FrequencyCap(6, per=Per.LIFE))
CAPS = st.one_of(
    st.builds(FrequencyCap, st.integers(1, 5), st.integers(60, 2000)),
    st.builds(FrequencyCap, st.integers(1, 5), st.just(0), st.sampled_from([Per.DRIVE, Per.LIFE])),
)
STEPS = st.lists(st.tuples(st.integers(0, 900_000), st.booleans(), st.booleans()), max_size=40)


def counted(cap: FrequencyCap, shown: list[tuple[int, int]], now_ms: int, drive_ms: int) -> int:
    """By looking at everything."""
    if cap.per is Per.WINDOW:
        return sum(at_ms > now_ms - cap.window_s * 1000 for at_ms, _ in shown)
    return sum(cap.per is Per.LIFE or one == drive_ms for _, one in shown)


@given(caps=st.lists(CAPS, min_size=1, max_size=4).map(tuple), steps=STEPS)
def test_it_is_full_exactly_when_all_that_was_shown_says_so(caps, steps):
    seen, drive, now_ms = NEVER, Drive(), NOW_MS
    shown: list[tuple[int, int]] = []
    for gap_ms, parked, tried in steps:
        now_ms += gap_ms
        drive = drive.at(now_ms, parked=parked)
        full = any(counted(cap, shown, now_ms, drive.began_ms) >= cap.count for cap in caps)
        told = seen.full(["a:spot"], {"a:spot": caps}, now_ms, drive.began_ms)
        assert bool(told) == full
        assert seen.full(seen.busy, {"a:spot": caps}, now_ms, drive.began_ms) == told, "what is full is busy"
        if tried and not full:
            seen = decode(seen.and_these([("a:spot", caps)], now_ms, drive.began_ms).encode())
            shown.append((now_ms, drive.began_ms))


@given(
    caps=st.lists(CAPS, min_size=1, max_size=4).map(tuple), steps=STEPS, later_ms=st.integers(0, 3_000_000)
)
def test_what_is_taken_back_was_never_there(caps, steps, later_ms):
    """Recanting is judged as if it had not been, now and later, whatever was forgotten for it."""
    seen, now_ms = NEVER, NOW_MS
    for gap_ms, _, _ in steps:
        now_ms += gap_ms
        if not seen.full(["a:spot"], {"a:spot": caps}, now_ms, 1):
            seen = seen.and_these([("a:spot", caps)], now_ms, 1)
    now_ms += 1
    if not seen.full(["a:spot"], {"a:spot": caps}, now_ms, 1):
        back = seen.and_these([("a:spot", caps)], now_ms, 1).but_these(["a:spot"], now_ms, 1)
        at_ms = now_ms + later_ms
        assert back.full(["a:spot"], {"a:spot": caps}, at_ms, 1) == seen.full(
            ["a:spot"], {"a:spot": caps}, at_ms, 1
        )


@pytest.mark.parametrize(
    ("shown_s_ago", "why"),
    [
        ([30], "line item: 1 of 1 in 60 s"),
        ([60], ""),
        ([100, 200], "line item: 2 of 2 in this drive"),
        ([3000, 2000, 1000], "line item: 3 of 3 in 3600 s"),
        ([9000, 8000, 7000, 6000, 5000, 4000], "line item: 6 of 6 in all"),
    ],
)
def test_several_caps_hold_at_once_and_the_first_that_is_full_is_told(shown_s_ago, why):
    seen = NEVER
    for ago_s in shown_s_ago:
        drive_ms = 7 if ago_s < 1000 else 1
        seen = seen.and_these([("a:spot", SEVERAL)], NOW_MS - ago_s * 1000, drive_ms)
    assert seen.full(["a:spot"], {"a:spot": SEVERAL}, NOW_MS, 7).get("a:spot", "") == why


def test_names_do_not_count_for_one_another():
    seen = NEVER.and_these([("a:spot", (LIFE,)), ("b:spot", (LIFE,))], NOW_MS, 1)
    once, twice = (FrequencyCap(1, per=Per.LIFE),), (FrequencyCap(2, per=Per.LIFE),)
    caps = {"a:spot": once, "b:spot": twice, "c:spot": once}
    assert seen.full(["a:spot", "b:spot", "c:spot", "d:spot"], caps, NOW_MS, 1) == {
        "a:spot": "line item: 1 of 1 in all"
    }
    assert seen.full(["b:spot", "c:spot"], caps, NOW_MS, 1) == {}


def test_no_more_is_kept_than_can_matter():
    seen, caps = NEVER, (FrequencyCap(1, 60), FrequencyCap(3, 3600))
    for n in range(50):
        seen = seen.and_these([("a:spot", caps)], NOW_MS + n * 1000, 1)
    assert seen.of("a:spot").times_ms == tuple(NOW_MS + n * 1000 for n in (47, 48, 49))
    assert seen.until_ms == NOW_MS + 49_000 + 3_600_000


@pytest.mark.parametrize(
    ("caps", "kept_ms"),
    [(USUAL, 3_600_000), ((DRIVE,), DAY_MS), ((DRIVE, LIFE), LIFE_KEPT_MS), (TURN, TURNS_KEPT_MS)],
)
def test_it_is_forgotten_when_nothing_asks_for_it_any_more(caps, kept_ms):
    seen = NEVER.and_these([("a:spot", caps)], NOW_MS, 1)
    before = seen.and_these([("b:spot", USUAL)], NOW_MS + kept_ms - 1, 1)
    assert set(before.by_name) == {"a:spot", "b:spot"}
    assert set(seen.and_these([("b:spot", USUAL)], NOW_MS + kept_ms, 1).by_name) == {"b:spot"}


def test_of_one_vehicle_there_is_a_limit_and_what_would_be_forgotten_first_goes_first():
    seen = NEVER.and_these([(f"n{n}", (FrequencyCap(1, 60 + n),)) for n in range(NAMES_LIMIT)], NOW_MS, 1)
    seen = seen.and_these([("new", (LIFE,))], NOW_MS, 1)
    assert len(seen.by_name) == NAMES_LIMIT
    assert "n0" not in seen.by_name
    assert {"n1", "new"} <= set(seen.by_name)


def test_how_far_a_sequence_has_come_is_a_number():
    seen = NEVER
    for n in range(3):
        seen = seen.and_these([("a:spot:turn", TURN)], NOW_MS + n, 1)
    assert (seen.turn("a:spot:turn"), seen.turn("b:spot:turn")) == (3, 0)
    assert seen.of("a:spot:turn").times_ms == ()


def test_what_another_version_wrote_is_not_read_as_something():
    assert decode(None) == NEVER
    with pytest.raises(msgspec.MsgspecError):
        decode(b"\xc3")


MIN_MS = 60_000


def test_a_drive_lasts_until_a_pause():
    first = Drive().at(NOW_MS, parked=False)
    assert first == Drive(NOW_MS, NOW_MS)
    lights = first.at(NOW_MS + 20 * MIN_MS, parked=True)
    assert lights == first
    on = lights.at(NOW_MS + 30 * MIN_MS, parked=False)
    assert on == Drive(NOW_MS, NOW_MS + 30 * MIN_MS)
    second = on.at(NOW_MS + 60 * MIN_MS + 1, parked=False)
    assert second == Drive(NOW_MS + 60 * MIN_MS + 1, NOW_MS + 60 * MIN_MS + 1)


def test_a_long_stop_is_one_drive_however_much_is_shown_in_it():
    first = Drive().at(NOW_MS, parked=False)
    stop = first.at(NOW_MS + 31 * MIN_MS, parked=True)
    assert stop.began_ms == NOW_MS + PAUSE_MS
    assert stop.at(NOW_MS + 300 * MIN_MS, parked=True) == stop
    on = stop.at(NOW_MS + 301 * MIN_MS, parked=False)
    assert on.began_ms == NOW_MS + 301 * MIN_MS


def test_a_clock_that_steps_back_begins_no_drive():
    first = Drive().at(NOW_MS, parked=False)
    assert first.at(NOW_MS - 5 * MIN_MS, parked=False) == first


def test_a_heavy_car_takes_some_kilobytes():
    """Ninety days of four hours a day, ten exposures an hour, of two hundred line items."""
    seen = NEVER
    caps = (FrequencyCap(2, 3600), FrequencyCap(6, 86_400), FrequencyCap(40, per=Per.LIFE))
    for n in range(3600):
        at_ms = NOW_MS + (n // 40) * DAY_MS + (n % 40) * 360_000
        item = n * 7 % 200
        names = [
            (f"li_{item:016}:spot", caps),
            (f"cmp_{item:016}:campaign", caps),
            (f"adv_{item % 50:016}:advertiser", caps),
        ]
        seen = seen.and_these(names, at_ms, at_ms // DAY_MS)
    assert len(seen.by_name) == 450
    assert len(seen.encode()) < 64_000
    assert isinstance(decode(seen.encode()), Seen)
