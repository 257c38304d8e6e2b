"""Forecasts: hours of the week, shares of cells, what others want, and an error that a replay bears out."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from adserver.booking.campaign import Approach
from adserver.booking.cap import FrequencyCap, Per
from adserver.booking.contention import Room
from adserver.booking.forecast import Bound, Expected, Forecast, Past, Reach, forecast
from adserver.booking.history import History
from adserver.booking.plan import Plan
from adserver.booking.targeting import Day, Daypart, Modality, Powertrain, Targeting
from adserver.booking.terms import Goal, GoalUnit
from adserver.serving.returning import SIDES_KM as SIDES
from adserver.serving.returning import TIMES_S as TIMES
from adserver.serving.returning import Returns, Scale
from adserver.serving.supply import GOING, HOUR_MS, Kind, Trait
from geotarget.fence import Fence
from kernel.clock import to_ms

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
FR_CARD = ("FR", Kind.CARD)
ERROR = 0.1
"""What a forecast of some thousand opportunities may be off by, as docs/api.md says."""


def hour(moment: datetime) -> int:
    return to_ms(moment) // HOUR_MS


def history(counts: dict[tuple[int, str], int], first: datetime, before: datetime) -> History:
    rows = [(at, cell, *FR_CARD, number) for (at, cell), number in counts.items()]
    return History.of(rows, hour(before), hour(first))


def told(known: History, reached: dict[str, float], room=None, asked: Plan | None = None, **past) -> Forecast:
    """Of a plan of a week that reaches 30 km."""
    here = dict.fromkeys(reached, room or Room()) if not callable(room) else None
    at = room if callable(room) else lambda cell, _: here.get(cell)
    return forecast(asked or plan(), Past(known, **past), Reach(reached, 30.0), at, 1 if room else 0)


def test_each_hour_of_the_week_is_that_of_the_weeks_before():
    """Mondays at 8 there are 10, and 100 on Sundays at 20; nothing else."""
    counts = {}
    for week in range(2):
        counts[hour(MONDAY + timedelta(weeks=week, hours=8)), "a"] = 10
        counts[hour(MONDAY + timedelta(weeks=week, days=6, hours=20)), "a"] = 100
    known = history(counts, MONDAY, MONDAY + timedelta(weeks=2))
    third = MONDAY + timedelta(weeks=2)

    def expected(**span) -> float:
        return known.expected(to_ms(third), to_ms(third + timedelta(**span)))[FR_CARD]

    assert expected(days=1) == pytest.approx(10)
    assert expected(hours=8, minutes=30) == pytest.approx(5)
    assert expected(weeks=1) == pytest.approx(110)
    assert expected(weeks=52) == pytest.approx(52 * 110)
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

    def expected(moment: datetime, *parts: Daypart) -> float:
        return known.expected(to_ms(moment), to_ms(moment + timedelta(days=1)), parts)[FR_CARD]

    assert expected(october, Daypart((), "02:00", "04:00")) == pytest.approx(3)
    assert expected(october - timedelta(days=1), Daypart((), "02:00", "04:00")) == pytest.approx(2)
    # From two hours later on: until one on Monday.
    assert expected(october + timedelta(hours=2), Daypart((Day.SUN,), "23:30", "00:45")) == pytest.approx(
        1.25
    )
    assert expected(october + timedelta(hours=2), Daypart((Day.MON,))) == pytest.approx(1)
    nowhere = History.of([(n, "a", "", Kind.CARD, 1) for n in range(168)], 168)
    assert sum(nowhere.expected(0, HOUR_MS * 168, (Daypart(),)).values()) == 0


def test_films_alone_are_for_cars_that_show_pictures():
    rows = [(hour(MONDAY) + n, "a", "FR", kind, 1) for n in range(336) for kind in Kind]
    known = History.of(rows, hour(MONDAY + timedelta(weeks=2)))
    for modality, left in (
        (Modality.PICTURE, {Kind.VIDEO, Kind.CARD}),
        (Modality.SOUND, {Kind.AUDIO, Kind.CARD}),
    ):
        found = told(known, {"a": 1.0}, asked=plan(targeting=Targeting(modality=modality)))
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
    half = Room(0.5, 0.75)
    found = told(known, {"a": 1.0, "b": 0.5}, lambda cell, _: half if cell == "a" else Room())
    assert (found.code, found.history_days, found.unlocated_permille) == ("forecast", 14, 115)
    # 1,680 and 420; of the former others want a half, and leave three quarters.
    assert found.total == Expected(2100, 840, 1700)
    assert found.kinds[Kind.CARD] == found.total
    assert found.kinds[Kind.VIDEO] == Expected()
    assert found.bound is Bound.OTHERS
    poor = told(known, {"a": 1.0}, asked=plan(budget_micros=5_000_000, cpm_micros=10_000_000))
    assert (poor.total, poor.bound) == (Expected(1700, 0, 500), Bound.BUDGET)
    aim = told(known, {"a": 1.0}, asked=plan(goal=Goal(GoalUnit.TAPS, 3)))
    assert (aim.total.possible, aim.goal_possible, aim.bound) == (300, 3, Bound.GOAL)
    assert told(known, {"a": 1.0}, asked=plan(markets=("BE",))).code == "few"


def test_cells_where_nobody_looked_are_as_the_others():
    known = even({"a": 10, "b": 10})
    found = told(known, {"a": 1.0, "b": 1.0}, lambda cell, _: Room(0.5, 0.5) if cell == "a" else None)
    assert found.total == Expected(3400, 1700, 1700)


def test_a_cap_bounds_what_is_possible_by_how_often_cars_come_back():
    """A car has four a day in reach in the mean: of those a cap of one a day lets through one."""
    known = even({"a": 10})
    returns = Returns(
        {Scale(True, side, time): {3_600: 1.0}.get(time, 4.0) for side in SIDES for time in TIMES}
    )
    for count, possible in ((1, 420), (4, 1100), (50, 1700)):
        found = told(known, {"a": 1.0}, asked=plan(caps=(FrequencyCap(count, 86_400),)), returns=returns)
        assert found.total == Expected(1700, 0, possible), count
        assert found.bound is (Bound.CAP if count < 50 else Bound.SUPPLY)
        assert found.unreckoned == ()
    for cap in (FrequencyCap(1, per=Per.LIFE), FrequencyCap(1, 86_400)):
        several = plan(caps=(FrequencyCap(3, per=Per.DRIVE), cap))
        assert told(known, {"a": 1.0}, asked=several, returns=returns).total.possible == 420
    hourly = told(known, {"a": 1.0}, asked=plan(caps=(FrequencyCap(1, 3_600),)), returns=returns)
    assert hourly.total.possible == 1700
    # A car that is left a half of what it comes by comes back less often.
    fewer = plan(caps=(FrequencyCap(1, 86_400),))
    shared = told(known, {"a": 1.0}, Room(0.5, 0.5), fewer, returns=returns)
    assert shared.total == Expected(1700, 840, 340)
    # As many cars come as there are opportunities less returns.
    assert hourly.vehicles == 420
    assert told(known, {"a": 1.0}, asked=fewer).unreckoned == ("cap",)


def test_what_cars_are_and_where_they_go_is_a_share_of_what_is_offered():
    known = even({"a": 10})
    traits = {
        FR_CARD: {
            Trait.POWERTRAIN: {"electric": 25, "combustion": 60, "": 15},
            Trait.COURSE: {GOING: 80, "": 20},
        }
    }
    electric = plan(targeting=Targeting(powertrains=(Powertrain.ELECTRIC,)))
    assert told(known, {"a": 1.0}, asked=electric, traits=traits).total.available == 420
    unknown = told(known, {"a": 1.0}, asked=plan(targeting=Targeting(models=("e-C3",))), traits=traits)
    assert (unknown.total.available, unknown.unreckoned) == (1700, ("model",))
    reach = Reach({"a": 1.0}, 30.0, behind=0.5)
    ahead = forecast(plan(), Past(known, traits), reach, lambda *_: Room(), 0)
    assert ahead.total.available == 1000


def test_what_is_asked_and_not_reckoned_with_is_named():
    known = even({"a": 10})
    approach = Approach(detour_max_min=5, fence=Fence.DWELL)
    asked = plan(place_ids=("plc",), area_ids=("are",), approach=approach, caps=(FrequencyCap(1, 60),))
    assert told(known, {"a": 1.0}, asked=asked).unreckoned == ("cap", "detour", "fence")


def test_without_history_or_with_too_little_nothing_is_made_up():
    assert told(History.of((), 5), {}).code == "no-history"
    short = history({(hour(MONDAY), "a"): 500}, MONDAY, MONDAY + timedelta(hours=23))
    assert told(short, {"a": 1.0}).code == "no-history"
    one_car = history({(hour(MONDAY), "a"): 9}, MONDAY, MONDAY + timedelta(days=2))
    found = told(one_car, {"a": 1.0})
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
    found = told(known, dict.fromkeys(reach, 1.0))
    assert naive > 1_000
    assert abs(found.total.available - naive) <= ERROR * naive
    assert found.available_range.low <= naive <= found.available_range.high
    assert not found.thin
    weekend = Plan(third + timedelta(days=5), third + timedelta(days=7))
    naive = sum(n for (at, cell), n in counts.items() if at >= hour(weekend.starts_at) and cell in reach)
    available = told(known, dict.fromkeys(reach, 1.0), asked=weekend).total.available
    assert abs(available - naive) <= 1.5 * ERROR * naive
