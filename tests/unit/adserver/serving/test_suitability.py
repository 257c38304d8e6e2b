"""What every question of the checklist answers where nothing is known, and where nothing is asked.

What each answers otherwise stands in ``tests/cases/decisions``.
"""

from datetime import UTC, datetime

import msgspec
import pytest

from adserver.booking.targeting import (
    EVERYBODY,
    Bounds,
    Daypart,
    Driving,
    Genre,
    Modality,
    Powertrain,
    Targeting,
    week_spans,
)
from adserver.serving.avail import Avail, Car
from adserver.serving.suitability import unsuited

NOTHING_KNOWN = Avail(
    "a", "car", 16, frozenset(), datetime(2026, 6, 15, 10, tzinfo=UTC), market="", language=""
)
SHARED = msgspec.structs.replace(NOTHING_KNOWN, car=Car(shared=True))
ASKED = {
    "dayparts": ((Daypart(),), "local-time-unknown"),
    "languages": (("fr",), "language-unknown"),
    "driving": (tuple(Driving), "driving-state-unknown"),
    "modality": (Modality.PICTURE, "modality-not-booked"),
    "genres": (tuple(Genre), "content-unknown"),
    "models": (("Zoe",), "model-unknown"),
    "powertrains": (tuple(Powertrain), "powertrain-unknown"),
    "charge_percent": (Bounds(0), "charge-unknown"),
    "fuel_percent": (Bounds(0), "fuel-unknown"),
    "service_due": (False, "service-unknown"),
    "odometer_km": (Bounds(0), "odometer-unknown"),
}


def judged(targeting, avail):
    return unsuited(targeting, week_spans(targeting.dayparts), avail)


def test_every_question_is_here():
    assert tuple(ASKED) == Targeting.__struct_fields__


@pytest.mark.parametrize("field", ASKED)
def test_what_is_asked_and_not_known_is_refused_by_a_reason_of_its_own(field):
    value, reason = ASKED[field]
    assert judged(Targeting(**{field: value}), SHARED) == (
        reason,
        "" if reason != "modality-not-booked" else "now: sound",
    )


def test_who_asks_for_nothing_is_for_everybody():
    assert judged(EVERYBODY, NOTHING_KNOWN) is None


def test_no_refusal_tells_what_a_car_told():
    car = Car(Driving.MOVING, "Twizy", Powertrain.ELECTRIC, True, 55.0, 66.0, True, 77_777.0)
    avail = msgspec.structs.replace(NOTHING_KNOWN, car=car)
    for field in ("models", "charge_percent", "fuel_percent", "odometer_km"):
        value = ("Zoe",) if field == "models" else Bounds(below=1)
        _, detail = judged(Targeting(**{field: value}), avail)
        assert detail == ""


def test_clocks_of_a_country_are_read_once_for_an_avail():
    avail = msgspec.structs.replace(NOTHING_KNOWN, zones=("Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"))
    assert avail.week_minutes == {11 * 60, 12 * 60}
    assert avail.week_minutes is avail.week_minutes
