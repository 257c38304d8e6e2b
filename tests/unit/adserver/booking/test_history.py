"""What was offered: as columns, by hour of the week, and how far weeks differ."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from adserver.booking.history import WEEK_H, History
from adserver.serving.supply import HOUR_MS, Kind
from kernel.clock import to_ms

WHAT = ("FR", Kind.CARD)
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
BEFORE_H = to_ms(MONDAY) // HOUR_MS


def history(hours: dict[int, int], first: int) -> History:
    """Numbers by hours before Monday, in one cell."""
    return History.of(
        [(BEFORE_H - h, "a", "FR", "card", n) for h, n in hours.items()], BEFORE_H, BEFORE_H - first
    )


def outlook(known: History, days: float = 7):
    ends = to_ms(MONDAY + timedelta(days=days))
    return known.outlook(known.seen({"a": 1.0}), known.weights(to_ms(MONDAY), ends), days * 24)


def test_a_share_of_a_cell_counts_as_that_and_unknown_cells_not_at_all():
    known = History.of(
        [(10, "a", "FR", "card", 4), (11, "b", "FR", "card", 2), (11, "", "BE", "audio", 9)], 12
    )
    assert known.hours == 2
    seen = known.seen({"a": 0.5, "b": 1.0, "zzz": 1.0})
    assert seen["FR", Kind.CARD].tolist() == [2, 2]
    assert seen["BE", Kind.AUDIO].tolist() == [0, 0]
    assert known.cells["b"] == {WHAT: 2}


def test_weeks_that_differ_widen_the_range_and_more_weeks_narrow_it():
    def weeks(*numbers: int) -> History:
        hours = {
            week * WEEK_H + h: number for week, number in enumerate(numbers) for h in range(1, WEEK_H + 1)
        }
        return history(hours, WEEK_H * len(numbers))

    alike, apart, more = outlook(weeks(10, 10)), outlook(weeks(8, 12)), outlook(weeks(8, 12, 8, 12))
    assert alike.mean == apart.mean == more.mean == pytest.approx(1680)
    # That chance alone differs by is never left out.
    assert 1680 - alike.low == pytest.approx(1.28 * (1680 + 1680**2 / 3360) ** 0.5)
    assert apart.high - apart.low > 2 * (more.high - more.low) > 2 * (alike.high - alike.low)
    assert apart.low == 0
    assert outlook(weeks(8, 12), days=70).high / 10 < apart.high


def test_of_less_than_two_weeks_days_are_compared_and_of_less_than_two_days_half_is_unsure():
    days = {day * 24 + h: 10 + 4 * (day % 2) for day in range(8) for h in range(1, 25)}
    found = outlook(history(days, 8 * 24))
    assert found.mean == pytest.approx(12 * WEEK_H, rel=0.02)
    assert 0.1 < (found.high - found.low) / 2 / found.mean < 0.2
    one = outlook(history(dict.fromkeys(range(1, 31), 10), 30))
    assert (one.low, one.high) == (pytest.approx(one.mean * 0.5), pytest.approx(one.mean * 1.5))


def test_means_are_those_of_the_hours_that_came():
    known = history({1: 7, 1 + WEEK_H: 9}, WEEK_H + 24)
    series = known.seen({"a": 1.0})[WHAT]
    assert known.means(series)[(BEFORE_H - 1) % WEEK_H] == 8
    assert known.means(series).sum() == 8
    assert np.count_nonzero(series) == 2
