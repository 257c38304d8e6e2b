"""Whose time it is where a car is."""

from zoneinfo import available_timezones

import pytest

from geotarget.country_zones import SEVERAL, SOLE
from geotarget.local_zones import zones_of
from kernel.country import COUNTRIES


@pytest.mark.parametrize(
    ("country", "place", "zones"),
    [
        ("FR", None, {"Europe/Paris"}),
        ("FR", (48.1, -1.7), {"Europe/Paris"}),
        ("ES", None, {"Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"}),
        ("ES", (28.1, -15.4), {"Atlantic/Canary"}),
        ("ES", (40.4, -3.7), {"Europe/Madrid"}),
        ("US", (40.7, -74.0), {"America/New_York"}),
        ("US", (34.05, -118.2), {"America/Los_Angeles"}),
        ("PT", (37.7, -25.7), {"Atlantic/Azores"}),
        ("", None, set()),
        ("ZZ", (0.0, 0.0), set()),
    ],
)
def test_the_zone_of_a_car(country, place, zones):
    assert set(zones_of(country, place)) == zones


def test_between_two_chief_places_both_may_be():
    assert set(zones_of("AU", (-31.8, 122.0))) == {"Australia/Perth", "Australia/Eucla"}


def test_every_country_has_zones_that_there_are():
    uninhabited = {"BV", "HM"}
    assert COUNTRIES - SOLE.keys() - SEVERAL.keys() == uninhabited
    named = {*SOLE.values(), *(zone for places in SEVERAL.values() for zone, _, _ in places)}
    # The newest of them may be missing from an older database of zones: then the time is not known.
    assert len(named - available_timezones()) <= 2


def test_a_zone_that_the_database_does_not_have_is_not_known(monkeypatch):
    monkeypatch.setitem(SOLE, "FR", "Europe/Atlantis")
    assert zones_of("FR") == ()
