import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from opening_hours import OpeningHours, State

from geotarget.opening import is_open
from geotarget.place import Category, Place

WEEK = "Mo-Fr 08:00-18:00; Sa unknown; PH off"


def place(**attributes):
    return Place("p", "t", "1", "Garage", "", Category.DEALER, 48, 2, attributes)


def at(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(13, 5, 59), False),  # Monday, 7:59 in Paris
        (at(13, 6), True),
        (at(13, 15, 59), True),
        (at(13, 16), False),
        (at(14, 10), False),  # the national holiday
        (at(18, 10), None),  # a Saturday
        (at(19, 10), False),
    ],
)
def test_open_in_the_zone_of_the_place_and_not_on_holidays(moment, expected):
    assert is_open(place(opening_hours=WEEK), moment, "Europe/Paris", "FR") is expected


def test_it_says_the_same_in_whatever_order_moments_are_asked_for():
    """What was said last is told again only while it holds; nights, a day off, and a change of clocks."""
    text = "Mo-Fr 09:00-12:00,14:00-02:00; Sa sunrise-sunset; Su 01:30-02:30; Jul 14 off"
    hours = OpeningHours(text, ZoneInfo("Europe/Paris"), "FR")
    told = {State.OPEN: True, State.CLOSED: False}
    utc, chance = ZoneInfo("UTC"), random.Random(3)
    begins = [datetime(2026, 7, 12, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)]
    for _ in range(2_000):
        moment = chance.choice(begins) + timedelta(seconds=chance.randrange(4 * 86_400))
        expected = told.get(hours.state(moment.astimezone(utc))[0])
        assert is_open(place(opening_hours=text), moment, "Europe/Paris", "FR") is expected


def test_the_place_s_own_zone_goes_first():
    here = place(opening_hours="08:00-18:00", timezone="America/New_York")
    assert is_open(here, at(13, 6), "Europe/Paris") is False
    assert is_open(here, at(13, 12), "Europe/Paris") is True


def test_clocks_that_change():
    here = place(hours="02:00-03:00")
    for month, day, hour, expected in (
        (3, 29, 1, False),
        (3, 28, 1, True),
        (10, 25, 0, True),
        (10, 25, 1, True),
    ):
        moment = datetime(2026, month, day, hour, 30, tzinfo=UTC)
        assert is_open(here, moment, "Europe/Paris") is expected


@pytest.mark.parametrize("text", ["", "  ", "lundi au vendredi", "8h-18h", "Mo-sat 9-12", "x" * 500, "((((("])
def test_what_cannot_be_read_is_not_known(text):
    assert is_open(place(hours=text), at(13, 10), "Europe/Paris", "FR") is None
    assert is_open(place(), at(13, 10), "Europe/Paris", "FR") is None


def test_an_unknown_zone_is_not_known_and_an_unknown_country_has_no_holidays():
    assert is_open(place(hours="24/7"), at(13, 10), "Europe/Parix") is None
    assert is_open(place(hours="24/7"), at(13, 10), "../../etc/passwd") is None
    assert is_open(place(opening_hours=WEEK), at(14, 10), "Europe/Paris", "XX") is True
    assert is_open(place(opening_hours=WEEK), at(14, 10), "") is True
