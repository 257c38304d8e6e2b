"""Reach that singles nobody out, and pace against a plan."""

from datetime import UTC, datetime, timedelta

import pytest

from adserver.billing.budget import Pass
from adserver.billing.pace import Reach, pace_of, reach_of
from adserver.booking.campaign import LineItem
from adserver.booking.terms import NOTHING, Delivered, Goal, GoalUnit, Pacing
from kernel.clock import to_ms

START = datetime(2026, 6, 1, tzinfo=UTC)
SPENT = Goal()
ENDS = START + timedelta(days=10)


def item(budget: int = 1000, goal: Goal = SPENT, pacing: Pacing = Pacing.EVEN) -> LineItem:
    return LineItem(
        "li_1", "cmp", "adv", "n", to_ms(START), to_ms(ENDS), budget, 1000, "EUR", 5000, ("p",),
        goal=goal, pacing=pacing,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("vehicles", "shown", "told"),
    [
        (0, 0, Reach()),
        (4, 400, Reach()),
        (5, 12, Reach(5, 240)),
        # An estimate may be a little too high.
        (101, 100, Reach(100, 100)),
        (9, 4, Reach()),
    ],
)
def test_reach(vehicles, shown, told):
    assert reach_of(vehicles, shown) == told


@pytest.mark.parametrize(
    ("days", "spent", "state", "planned"),
    [
        (-1, 0, "not-started", 0),
        (5, 500, "on-pace", 500),
        (5, 400, "on-pace", 500),
        (5, 399, "behind", 500),
        (5, 601, "ahead", 500),
        (12, 500, "over", 1000),
    ],
)
def test_pace(days, spent, state, planned):
    pace = pace_of(item(), Delivered(spent), START + timedelta(days=days))
    assert (pace.state, pace.planned_permille, pace.done_permille) == (state, planned, spent)


@pytest.mark.parametrize(
    ("pacing", "paced", "state", "planned", "passed"),
    [
        (Pacing.EVEN, None, "on-pace", 500, 1000),
        # By traffic two thirds of which have passed.
        (Pacing.EVEN, Pass(123_999, 666_666), "behind", 666, 123),
        (Pacing.FRONT, None, "behind", 625, 1000),
        (Pacing.FAST, None, "on-pace", 0, 1000),
    ],
)
def test_it_is_told_in_the_unit_of_its_goal_and_by_its_own_plan(pacing, paced, state, planned, passed):
    booked = item(goal=Goal(GoalUnit.VIEWS, 200), pacing=pacing)
    pace = pace_of(booked, Delivered(999, completes=100), START + timedelta(days=5), paced)
    assert (pace.unit, pace.done_permille) == (GoalUnit.VIEWS, 500)
    assert (pace.state, pace.planned_permille, pace.pass_permille) == (state, planned, passed)


def test_what_costs_nothing_has_no_pace():
    assert pace_of(item(0), NOTHING, START) is None
