"""What there is to sell: opportunities to show something, counted by hour, coarse cell, market and kind.

Apart from that, by day and without a place, how many of them were in which language, before what, in what
cars. No vehicle, session or position stands in it. It is bounded: four weeks, and :data:`ROWS_LIMIT` rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from adserver.serving.avail import Avail, Car, Format

HOUR_MS = 3_600_000
DAY_H = 24
KEPT_HOURS = 28 * 24
ROWS_LIMIT = 1_000_000
"""Of a great many cars less than four weeks are kept: the oldest hours go first."""
PERCENT_STEP, ODOMETER_STEP_KM = 10, 20_000
GOING = "going"
"""Of a car of which it is known which way it goes."""


class Kind(StrEnum):
    """What could be shown: a film with its picture, the sound alone, or a card."""

    VIDEO = "video"
    AUDIO = "audio"
    CARD = "card"


class Slot(msgspec.Struct, frozen=True):
    """Where and when, as coarsely as it is kept.

    Args:
        hour: counted since 1970.
        cell: empty where the car's place was not known.
        market: the country whose rules were followed.
    """

    hour: int
    cell: str
    market: str
    kind: Kind


class Trait(StrEnum):
    """What of an opportunity promotions ask for, beyond when and where.

    Values are empty where it is not known. How full a car is and how far it was driven is kept in steps, the
    former with what drives it, as in ``electric/20``. Segments are how long a break is; of the course only
    whether it is known.
    """

    LANGUAGE = "language"
    DRIVING = "driving"
    GENRE = "genre"
    SEGMENTS = "segments"
    COURSE = "course"
    MODEL = "model"
    POWERTRAIN = "powertrain"
    CHARGE = "charge"
    FUEL = "fuel"
    SERVICE = "service"
    ODOMETER = "odometer"


class TraitSlot(msgspec.Struct, frozen=True):
    """What is counted of a trait; ``day`` since 1970."""

    day: int
    market: str
    kind: Kind
    trait: Trait
    value: str


Profile = tuple[int, str, str, tuple[str, ...]]
"""Day, market, kind and traits of an opportunity, in their order; of a car that was not asked about fewer."""


def slot_of(avail: Avail, cell: str) -> Slot:
    """Where an opportunity is counted: in the hour in which it is seen or heard."""
    return Slot(avail.heard_ms // HOUR_MS, cell, avail.market, _kind(avail))


def profile_of(avail: Avail) -> Profile:
    """What is kept of an opportunity apart from where and at what hour it was."""
    car, genre = avail.car, avail.genre
    traits = (
        avail.language.lower(),
        car.driving.value if car.driving else "",
        genre.value if genre else "",
        str(avail.segments),
        GOING if avail.course else "",
    )
    day = avail.heard_ms // (HOUR_MS * DAY_H)
    return day, avail.market, _kind(avail).value, traits + tuple(_of(car)) if car.told else traits


def split(counted: Mapping[Profile, int]) -> Counter[TraitSlot]:
    """Each trait on its own."""
    found = Counter[TraitSlot]()
    for (day, market, kind, traits), number in counted.items():
        for trait, value in zip(Trait, traits, strict=False):
            found[TraitSlot(day, market, Kind(kind), trait, value)] += number
    return found


def step(value: float, size: int) -> int:
    """The lower end of the step that a number lies in."""
    return int(value // size) * size


def _kind(avail: Avail) -> Kind:
    spot = Kind.VIDEO if Format.VIDEO in avail.formats else Kind.AUDIO
    return spot if avail.segments else Kind.CARD


def _of(car: Car) -> Iterator[str]:
    driven_by = car.powertrain.value if car.powertrain else ""
    yield car.model.casefold()
    yield driven_by
    for percent in (car.charge_percent, car.fuel_percent):
        least = None if percent is None else min(step(percent, PERCENT_STEP), 100 - PERCENT_STEP)
        yield "" if least is None else f"{driven_by}/{least}"
    yield "" if car.service_due is None else "due" if car.service_due else "not-due"
    driven_km = car.odometer_km
    yield "" if driven_km is None else str(step(driven_km, ODOMETER_STEP_KM))
