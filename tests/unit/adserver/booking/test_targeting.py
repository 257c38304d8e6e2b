"""Whom a line item is for: hours of the week, ranges of languages, limits, and what is wrong with them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adserver.booking.targeting import (
    EVERYBODY,
    Bounds,
    Day,
    Daypart,
    Genre,
    Powertrain,
    Targeting,
    faults,
    speaks,
    tidied,
    week_minute,
    week_spans,
    within,
)
from content.library.programme import Category

PARIS = ZoneInfo("Europe/Paris")
NIGHT = Daypart((Day.SAT,), "22:00", "03:00")


def hours_within(dayparts, begins, hours):
    """At which quarters of an hour from ``begins`` on (UTC) the clock in Paris is within them."""
    spans = week_spans(dayparts)
    moments = [begins + timedelta(minutes=15 * n) for n in range(hours * 4)]
    return [at for at in moments if within(spans, week_minute(at.astimezone(PARIS)))]


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 3, 28), 4), ((2026, 10, 24), 6), ((2026, 6, 13), 5)],
    ids=["clocks go forward", "clocks go back", "any night"],
)
def test_a_night_of_five_hours_by_the_clock_lasts_as_long_as_that_night_does(day, hours):
    found = hours_within((NIGHT,), datetime(*day, 12, tzinfo=UTC), 24)
    assert len(found) == hours * 4
    local = [at.astimezone(PARIS) for at in found]
    assert (local[0].hour, local[0].minute) == (22, 0)
    assert (local[-1].hour, local[-1].minute) == (2, 45) if day != (2026, 3, 28) else (1, 45)
    assert found[-1] - found[0] == timedelta(hours=hours, minutes=-15)


def test_every_minute_of_a_week_is_in_one_of_its_days_and_no_other():
    monday = datetime(2026, 6, 15, tzinfo=UTC)
    spans = {day: week_spans((Daypart((day,)),)) for day in Day}
    for minute in range(0, 7 * 24 * 60, 7):
        at = monday + timedelta(minutes=minute)
        assert [day for day, span in spans.items() if within(span, week_minute(at))] == [
            list(Day)[at.weekday()]
        ]


def test_what_passes_the_end_of_the_week_goes_on_at_its_beginning():
    spans = week_spans((Daypart((Day.SUN,), "23:00", "01:00"),))
    assert within(spans, 0)
    assert not within(spans, 60)


def test_everybody_asks_for_nothing():
    assert not EVERYBODY.of_vehicle
    assert list(faults(EVERYBODY)) == []
    assert Targeting(charge_percent=Bounds(below=20)).of_state
    assert Targeting(service_due=False).of_state
    assert Targeting(models=("Zoe",)).of_vehicle
    assert not Targeting(models=("Zoe",)).of_state


def test_nothing_is_kept_twice():
    twice = Targeting(models=(" Zoe ", "ZOE", "Twizy", " "), languages=("fr", "fr"), genres=(Genre.NEWS,) * 2)
    assert tidied(twice) == Targeting(models=("ZOE", "Twizy"), languages=("fr",), genres=(Genre.NEWS,))


@pytest.mark.parametrize(
    ("targeting", "code", "field"),
    [
        (Targeting(dayparts=(Daypart(),) * 29), "dayparts-too-many", "dayparts"),
        (Targeting(dayparts=(Daypart(starts="7:00"),)), "daypart-malformed", "dayparts"),
        # Digits that no clock is read from: kept, they would keep the demand of all from being loaded.
        (Targeting(dayparts=(Daypart(starts="0٧:00"),)), "daypart-malformed", "dayparts"),
        (Targeting(dayparts=(Daypart(ends="24:01"),)), "daypart-malformed", "dayparts"),
        (Targeting(dayparts=(Daypart(starts="24:00"),)), "daypart-malformed", "dayparts"),
        (Targeting(languages=("French",)), "language-malformed", "languages"),
        (Targeting(languages=("fr",) * 21), "language-malformed", "languages"),
        (Targeting(models=("x" * 61,)), "models-too-many", "models"),
        (Targeting(models=("x",) * 51), "models-too-many", "models"),
        (Targeting(charge_percent=Bounds(50, 50)), "bounds-out-of-range", "charge_percent"),
        (Targeting(fuel_percent=Bounds(50, 20)), "bounds-out-of-range", "fuel_percent"),
        (Targeting(fuel_percent=Bounds(-1)), "bounds-out-of-range", "fuel_percent"),
        (Targeting(odometer_km=Bounds(below=2_000_002)), "bounds-out-of-range", "odometer_km"),
    ],
)
def test_what_cannot_be_booked(targeting, code, field):
    (found,) = faults(targeting)
    assert found[:2] == (code, field)


def test_a_range_of_languages_holds_its_regions():
    assert speaks(("fr", "en-GB"), "fr-FR")
    assert not speaks(("en-GB",), "en")
    assert not speaks(("en",), "eng")


def test_the_words_for_what_is_on_are_the_editors():
    assert [one.value for one in Genre] == [one.value for one in Category]


def test_the_words_for_powertrains_are_those_of_the_vocabulary():
    assert {one.value.upper() for one in Powertrain} == {"COMBUSTION", "HYBRID", "ELECTRIC"}
