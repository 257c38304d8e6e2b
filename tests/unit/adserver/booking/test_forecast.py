"""Forecasts: hours of the week, shares of cells, what others want, and an error that a replay bears out."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from adserver.booking.forecast import Expected, History, Plan, Rival, forecast
from adserver.booking.targeting import Day, Daypart, Modality, Targeting
from adserver.serving.supply import HOUR_MS, Kind
from kernel.clock import to_ms

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
FR_CARD = ("FR", Kind.CARD)
ERROR = 0.1
"""What a forecast of some thousand opportunities may be off by, as docs/api.md says."""


def hour(moment: datetime) -> int:
    return to_ms(moment) // HOUR_MS


def history(counts: dict[tuple[int, str], int], first: datetime, before: datetime) -> History:
    by_cell: dict[tuple[str, str, Kind], int] = {}
    by_hour: dict[tuple[int, str, Kind], int] = {}
    for (at, cell), number in counts.items():
        by_cell[cell, *FR_CARD] = by_cell.get((cell, *FR_CARD), 0) + number
        by_hour[at, *FR_CARD] = by_hour.get((at, *FR_CARD), 0) + number
    return History.of(hour(first), hour(before), by_cell, by_hour)


def alone(_cell: str) -> Rival:
    return Rival()


def test_each_hour_of_the_week_is_that_of_the_weeks_before():
    """Mondays at 8 there are 10, and 100 on Sundays at 20; nothing else."""
    counts = {}
    for week in range(2):
        counts[hour(MONDAY + timedelta(weeks=week, hours=8)), "a"] = 10
        counts[hour(MONDAY + timedelta(weeks=week, days=6, hours=20)), "a"] = 100
    known = history(counts, MONDAY, MONDAY + timedelta(weeks=2))
    third = MONDAY + timedelta(weeks=2)

    def told(**span) -> float:
        return known.expected(to_ms(third), to_ms(third + timedelta(**span)))[FR_CARD]

    assert told(days=1) == pytest.approx(10)
    assert told(hours=8, minutes=30) == pytest.approx(5)
    assert told(weeks=1) == pytest.approx(110)
    assert told(weeks=52) == pytest.approx(52 * 110)
    assert known.expected(to_ms(third + timedelta(hours=9)), to_ms(third + timedelta(days=6)))[FR_CARD] == 0


def test_an_hour_of_the_week_that_never_came_is_taken_from_other_days():
    counts = {(hour(MONDAY + timedelta(hours=8)), "a"): 24, (hour(MONDAY + timedelta(hours=32)), "a"): 12}
    known = history(counts, MONDAY, MONDAY + timedelta(days=2))
    saturday = MONDAY + timedelta(days=5)
    assert known.expected(to_ms(saturday), to_ms(saturday + timedelta(days=1)))[FR_CARD] == pytest.approx(18)


def test_hours_are_those_of_the_clocks_of_each_market_also_when_they_change():
    """One an hour; from 2 to 4 in the morning of the Sunday on which clocks go back are three hours."""
    counts = {(hour(MONDAY) + n, "a"): 1 for n in range(168)}
    known = history(counts, MONDAY, MONDAY + timedelta(weeks=1))
    october = datetime(2026, 10, 24, 22, tzinfo=UTC)

    def told(moment: datetime, *parts: Daypart) -> float:
        return known.expected(to_ms(moment), to_ms(moment + timedelta(days=1)), parts)[FR_CARD]

    assert told(october, Daypart((), "02:00", "04:00")) == pytest.approx(3)
    assert told(october - timedelta(days=1), Daypart((), "02:00", "04:00")) == pytest.approx(2)
    # From two hours later on: until one on Monday.
    assert told(october + timedelta(hours=2), Daypart((Day.SUN,), "23:30", "00:45")) == pytest.approx(1.25)
    assert told(october + timedelta(hours=2), Daypart((Day.MON,))) == pytest.approx(1)
    nowhere = History.of(0, 168, {("a", "", Kind.CARD): 168}, {(n, "", Kind.CARD): 1 for n in range(168)})
    assert sum(nowhere.expected(0, HOUR_MS * 168, (Daypart(),)).values()) == 0


def test_films_alone_are_for_cars_that_show_pictures():
    by_cell = {("a", "FR", kind): 336 for kind in Kind}
    by_hour = {(hour(MONDAY) + n, "FR", kind): 1 for n in range(336) for kind in Kind}
    known = History.of(hour(MONDAY), hour(MONDAY + timedelta(weeks=2)), by_cell, by_hour)
    for modality, left in (
        (Modality.PICTURE, {Kind.VIDEO, Kind.CARD}),
        (Modality.SOUND, {Kind.AUDIO, Kind.CARD}),
    ):
        found = forecast(plan(targeting=Targeting(modality=modality)), known, {"a": 1.0}, alone, 0)
        assert {kind for kind, told in found.kinds.items() if told.available} == left


def plan(days: int = 7, **changes) -> Plan:
    start = MONDAY + timedelta(weeks=2)
    return Plan(start, start + timedelta(days=days), **changes)


def even(cells: dict[str, int], weeks: int = 2) -> History:
    """So many an hour in each cell."""
    hours = range(weeks * 168)
    counts = {(hour(MONDAY) + n, cell): number for n in hours for cell, number in cells.items()}
    return history(counts, MONDAY, MONDAY + timedelta(weeks=weeks))


def test_what_others_want_and_what_the_budget_allows():
    known = even({"a": 10, "b": 5, "c": 100, "": 15})
    found = forecast(
        plan(), known, {"a": 1.0, "b": 0.5}, lambda cell: Rival(1, 0.5) if cell == "a" else Rival(), 1
    )
    assert (found.code, found.history_days, found.unlocated_permille, found.competitors) == (
        "forecast",
        14,
        115,
        1,
    )
    # 1,680 and 420; of half of the former the other campaign takes half.
    assert found.total == Expected(2100, 840, 1700)
    assert found.kinds[Kind.CARD] == found.total
    assert found.kinds[Kind.VIDEO] == Expected()
    poor = plan(budget_micros=5_000_000, cpm_micros=10_000_000)
    assert forecast(poor, known, {"a": 1.0}, alone, 0).total == Expected(1700, 0, 500)
    assert forecast(plan(markets=("BE",)), known, {"a": 1.0}, alone, 0).code == "few"


def test_without_history_or_with_too_little_nothing_is_made_up():
    assert forecast(plan(), History.of(5, 5, {}, {}), {}, alone, 0).code == "no-history"
    short = history({(hour(MONDAY), "a"): 500}, MONDAY, MONDAY + timedelta(hours=23))
    assert forecast(plan(), short, {"a": 1.0}, alone, 0).code == "no-history"
    one_car = history({(hour(MONDAY), "a"): 9}, MONDAY, MONDAY + timedelta(days=2))
    found = forecast(plan(), one_car, {"a": 1.0}, alone, 0)
    assert (found.code, found.total, found.kinds) == ("few", Expected(), {})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_forecast_is_as_near_to_what_a_naive_replay_delivers_as_is_stated(seed):
    """Two weeks of cars that go to work and out at the weekend; the third is replayed."""
    chance = random.Random(seed)
    cells = [f"{48 + n / 100:.2f},{-1.6 + m / 100:.2f}" for n in range(12) for m in range(12)]
    busy = [chance.paretovariate(1.2) for _ in cells]
    counts: dict[tuple[int, str], int] = {}
    for n in range(3 * 168):
        moment = MONDAY + timedelta(hours=n)
        rush = (
            6
            if moment.weekday() < 5 and moment.hour in (7, 8, 17, 18)
            else 3
            if 9 <= moment.hour < 21
            else 0.3
        )
        for cell in chance.choices(cells, busy, k=int(chance.gauss(100, 10) * rush)):
            counts[hour(moment), cell] = counts.get((hour(moment), cell), 0) + 1
    third = MONDAY + timedelta(weeks=2)
    known = history({key: n for key, n in counts.items() if key[0] < hour(third)}, MONDAY, third)
    reach = cells[40:70]
    naive = sum(n for (at, cell), n in counts.items() if at >= hour(third) and cell in reach)
    found = forecast(plan(), known, dict.fromkeys(reach, 1.0), alone, 0)
    assert naive > 1_000
    assert abs(found.total.available - naive) <= ERROR * naive
    weekend = Plan(third + timedelta(days=5), third + timedelta(days=7))
    naive = sum(n for (at, cell), n in counts.items() if at >= hour(weekend.starts_at) and cell in reach)
    told = forecast(weekend, known, dict.fromkeys(reach, 1.0), alone, 0).total.available
    assert abs(told - naive) <= 1.5 * ERROR * naive
