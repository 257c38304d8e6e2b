"""Pacing over whole flights, minute by minute: on its plan within a twentieth, delivered, and p in [0, 1].

What comes is what was forecast, give or take; how it is spread over the day is drawn.
"""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.booking.terms import PPM, Pacing
from adserver.serving.pacing import curve, first_ppm, step_ppm
from adserver.serving.shape import Shape
from adserver.serving.supply import HOUR_MS

MINUTE_MS = 60_000
DAYS = st.lists(st.integers(0, 100), min_size=24, max_size=24).filter(lambda day: sum(day) > 100)


def fly(day, days, goal, surplus, pacing, seed, known):
    """Deviations from the plan in each minute, what was had in the end, and all that was let through."""
    chance = random.Random(seed)
    shape = Shape.of(0, [float(one) for one in day] * days)
    ends_ms, minutes = days * 24 * HOUR_MS, days * 24 * 60
    # A minute's opportunities: as forecast, give or take a fifth, ``surplus`` times what the goal needs.
    per_traffic = goal * surplus / (sum(day) * days * 60)
    done, apart, passes = 0, [], []
    passed_before = 0.0
    passing = first_ppm(goal / minutes, goal * surplus / minutes if known else None)
    for minute in range(minutes):
        expected = day[minute // 60 % 24] * per_traffic * chance.uniform(0.8, 1.2)
        offered = int(expected) + (chance.random() < expected % 1)
        let = sum(chance.random() * PPM < passing for _ in range(offered))
        done = min(goal, done + let)
        passed = shape.passed(0, ends_ms, (minute + 1) * MINUTE_MS)
        aim = curve(pacing, passed)
        apart.append(abs(done / goal - aim))
        moved = (curve(pacing, passed) - curve(pacing, passed_before)) * minutes
        passing = step_ppm(passing, done, goal, aim, 1, moved)
        passed_before = passed
        passes.append(passing)
    return apart, done, passes


@settings(max_examples=15)
@given(
    day=DAYS,
    days=st.integers(2, 4),
    surplus=st.floats(1.2, 6.0),
    pacing=st.sampled_from([Pacing.EVEN, Pacing.FRONT]),
    seed=st.integers(0, 10**6),
    known=st.booleans(),
)
def test_on_plan_and_delivered_where_there_is_a_fifth_more_than_is_wanted(
    day, days, surplus, pacing, seed, known
):
    goal = 4_000
    # Front-loaded it wants a quarter more while it lasts.
    surplus *= 1.25 if pacing is Pacing.FRONT else 1.0
    apart, done, passes = fly(day, days, goal, surplus, pacing, seed, known)
    warm = len(apart) // 10
    assert max(apart[warm:]) <= 0.05
    assert done >= 0.99 * goal
    assert all(0 <= one <= PPM for one in passes)


@settings(max_examples=10)
@given(day=DAYS, surplus=st.floats(0.3, 1.0), seed=st.integers(0, 10**6))
def test_where_there_is_too_little_nothing_of_it_is_held_back(day, surplus, seed):
    _, done, passes = fly(day, 2, 4_000, surplus, Pacing.EVEN, seed, known=True)
    assert done >= 0.93 * surplus * 4_000
    assert passes[-1] == PPM
