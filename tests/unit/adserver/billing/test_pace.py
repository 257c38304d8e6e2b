"""Reach that singles nobody out, and pace against an even plan."""

from datetime import UTC, datetime, timedelta

import pytest

from adserver.billing.pace import Reach, pace_of, reach_of
from kernel.span import Span

START = datetime(2026, 6, 1, tzinfo=UTC)
FLIGHT = Span(START, START + timedelta(days=10))


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
    pace = pace_of(FLIGHT, 1000, spent, START + timedelta(days=days))
    assert (pace.state, pace.planned_micros, pace.spent_permille) == (state, planned, spent)


def test_what_costs_nothing_has_no_pace():
    assert pace_of(FLIGHT, 0, 0, START) is None
