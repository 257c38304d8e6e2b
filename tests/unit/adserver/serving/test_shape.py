"""The shape of traffic over a flight: from history where there is some, in the hours and markets asked."""

import msgspec
import pytest

from adserver.booking.campaign import LineItem
from adserver.booking.history import History
from adserver.booking.targeting import Daypart, Modality, Targeting
from adserver.serving.shape import Shape, profile, shape_of
from adserver.serving.supply import HOUR_MS, Kind

# 2026-06-15, a Monday, 00:00 UTC.
MONDAY_H = 494_952
NOTHING = History.of((), MONDAY_H)


def item(**changes) -> LineItem:
    starts, ends = MONDAY_H * HOUR_MS, (MONDAY_H + 48) * HOUR_MS
    booked = LineItem("li_1", "cmp", "adv", "n", starts, ends, 10**9, 10**6, "EUR", 5000, ("p",))
    return msgspec.structs.replace(booked, **changes)


def history(by_market: dict[str, int], night: int = 0) -> History:
    """Two weeks before, so many an hour from 06:00 to 18:00 UTC and ``night`` in the others, of sound."""
    hours = range(MONDAY_H - 14 * 24, MONDAY_H)
    rows = [
        (hour, "here", market, Kind.AUDIO, number if 6 <= hour % 24 < 18 else night)
        for hour in hours
        for market, number in by_market.items()
    ]
    return History.of(rows, MONDAY_H)


def passed(shape: Shape, booked: LineItem, hours: float) -> float:
    return shape.passed(booked.starts_ms, booked.ends_ms, booked.starts_ms + round(hours * HOUR_MS))


def of(kept: History, booked: LineItem) -> Shape:
    return shape_of(kept, booked, MONDAY_H, MONDAY_H + 48)


def test_without_history_time_passes_evenly():
    shape = of(NOTHING, item())
    assert [passed(shape, item(), hours) for hours in (-1, 0, 12, 47.5, 48, 60)] == pytest.approx(
        [0, 0, 0.25, 47.5 / 48, 1, 1]
    )


def test_with_history_nothing_passes_at_night_and_all_by_day():
    shape = of(history({"FR": 50}), item())
    assert [passed(shape, item(), hours) for hours in (6, 12, 18, 30, 36, 48)] == pytest.approx(
        [0, 0.25, 0.5, 0.5, 0.75, 1]
    )


def test_only_the_markets_that_it_is_for_count():
    kept = history({"FR": 50, "GB": 10}, night=10)
    french, british = item(markets=("FR",)), item(markets=("GB",))
    assert passed(of(kept, british), british, 6) == pytest.approx(6 / 48)
    assert passed(of(kept, french), french, 6) < 0.05
    assert profile(french) != profile(british)


def test_only_its_own_hours_count_by_the_clocks_of_the_market():
    mornings = Targeting(dayparts=(Daypart((), "08:00", "10:00"),))  # 06:00 to 08:00 UTC
    booked = item(markets=("FR",), targeting=mornings, timezone="Europe/Paris")
    for kept in (history({"FR": 50}), NOTHING):
        shape = of(kept, booked)
        assert [passed(shape, booked, hours) for hours in (6, 7, 8, 24, 31)] == pytest.approx(
            [0, 0.25, 0.5, 0.5, 0.75]
        )


def test_what_there_is_none_of_is_spread_by_time():
    pictures = item(targeting=Targeting(modality=Modality.PICTURE))
    assert passed(of(history({"FR": 50}), pictures), pictures, 12) == pytest.approx(0.25)


def test_it_says_how_far_it_reaches():
    shape = Shape.of(MONDAY_H, [1.0] * 48)
    assert shape.covers(item().starts_ms, item().ends_ms)
    assert not shape.covers(item().starts_ms - 1, item().ends_ms)
    assert not shape.covers(item().starts_ms, item().ends_ms + 1)
