"""Whether an avail is what a line item asks for beyond place and dates: a checklist, from the top down.

What is asked for and not known is refused, with a reason of its own.
"""

from adserver.booking.targeting import Bounds, Modality, Targeting, speaks, within
from adserver.serving.avail import Avail, Car, Format
from adserver.serving.reason import Reason

Spans = tuple[tuple[int, int], ...]
Unsuited = tuple[Reason, str]
"""Why, and what is the case instead."""


def unsuited(targeting: Targeting, hours: Spans, avail: Avail) -> Unsuited | None:
    """The first reason why ``avail`` is not what ``targeting`` asks for; ``hours`` are its dayparts'."""
    if hours and (found := _untimely(hours, avail)):
        return found

    if targeting.languages and not avail.language:
        return Reason.LANGUAGE_UNKNOWN, ""

    if targeting.languages and not speaks(targeting.languages, avail.language):
        return Reason.LANGUAGE_NOT_BOOKED, f"here: {avail.language}"

    if targeting.driving and avail.car.driving is None:
        return Reason.DRIVING_UNKNOWN, ""

    if targeting.driving and avail.car.driving not in targeting.driving:
        return Reason.DRIVING_NOT_BOOKED, f"now: {avail.car.driving}"

    if targeting.modality is not Modality.ANY and avail.segments:
        now = Modality.PICTURE if Format.VIDEO in avail.formats else Modality.SOUND
        if now is not targeting.modality:
            return Reason.MODALITY_NOT_BOOKED, f"now: {now}"

    if targeting.genres and avail.genre is None:
        return Reason.CONTENT_UNKNOWN, ""

    if targeting.genres and avail.genre not in targeting.genres:
        return Reason.CONTENT_NOT_BOOKED, f"on: {avail.genre}"

    return _of_vehicle(targeting, avail.car) if targeting.of_vehicle else None


def _untimely(hours: Spans, avail: Avail) -> Unsuited | None:
    """Where a country has several times of day, they must agree."""
    within_hours = {within(hours, minute) for minute in avail.week_minutes}
    if within_hours == {True}:
        return None
    return (Reason.OUTSIDE_DAYPART if within_hours == {False} else Reason.LOCAL_TIME_UNKNOWN), ""


def _of_vehicle(targeting: Targeting, car: Car) -> Unsuited | None:
    if targeting.models and not car.model:
        return Reason.MODEL_UNKNOWN, ""

    if targeting.models and car.model.casefold() not in {name.casefold() for name in targeting.models}:
        return Reason.MODEL_NOT_BOOKED, ""

    if targeting.powertrains and car.powertrain is None:
        return Reason.POWERTRAIN_UNKNOWN, ""

    if targeting.powertrains and car.powertrain not in targeting.powertrains:
        return Reason.POWERTRAIN_NOT_BOOKED, ""

    return _of_state(targeting, car) if targeting.of_state else None


def _of_state(targeting: Targeting, car: Car) -> Unsuited | None:
    """What the owner shares; refusals of it tell no number."""
    if not car.shared:
        return Reason.STATE_NOT_SHARED, ""

    if found := _number(
        targeting.charge_percent, car.charge_percent, Reason.CHARGE_UNKNOWN, Reason.CHARGE_NOT_BOOKED
    ):
        return found

    if found := _number(
        targeting.fuel_percent, car.fuel_percent, Reason.FUEL_UNKNOWN, Reason.FUEL_NOT_BOOKED
    ):
        return found

    if targeting.service_due is not None and car.service_due is None:
        return Reason.SERVICE_UNKNOWN, ""

    if targeting.service_due is not None and car.service_due is not targeting.service_due:
        return Reason.SERVICE_NOT_BOOKED, ""

    return _number(
        targeting.odometer_km, car.odometer_km, Reason.ODOMETER_UNKNOWN, Reason.ODOMETER_NOT_BOOKED
    )


def _number(bounds: Bounds, value: float | None, unknown: Reason, outside: Reason) -> Unsuited | None:
    if not bounds:
        return None
    if value is None:
        return unknown, ""
    return None if bounds.hold(value) else (outside, "")
