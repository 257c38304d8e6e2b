"""What there is to sell: opportunities to show something, counted by hour, coarse cell, market and kind.

Apart from that, by day and without a place, how many of them were in which language, before what, in what
cars. No vehicle, session or position stands in it. It is bounded: four weeks, and :data:`ROWS_LIMIT` rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from adserver.serving.avail import Avail, Car, Format
from kernel.clock import to_ms

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


Profile = tuple[int, str, Kind, tuple[tuple[Trait, str], ...]]
"""Day, market and kind of an opportunity, and its traits."""


def slot_of(avail: Avail, cell: str) -> Slot:
    """Where an opportunity is counted: in the hour in which it is seen or heard."""
    return Slot(to_ms(avail.heard_at) // HOUR_MS, cell, avail.market, _kind(avail))


def profile_of(avail: Avail) -> Profile:
    """What is kept of an opportunity apart from where and at what hour it was."""
    traits: tuple[tuple[Trait, str], ...] = (
        (Trait.LANGUAGE, avail.language.lower()),
        (Trait.DRIVING, str(avail.car.driving or "")),
        (Trait.GENRE, str(avail.genre or "")),
        (Trait.SEGMENTS, str(avail.segments)),
        (Trait.COURSE, GOING if avail.course else ""),
    )
    if avail.car.told:
        traits += tuple(_of(avail.car))
    return to_ms(avail.heard_at) // (HOUR_MS * DAY_H), avail.market, _kind(avail), traits


def split(counted: Mapping[Profile, int]) -> Counter[TraitSlot]:
    """Each trait on its own."""
    found = Counter[TraitSlot]()
    for (day, market, kind, traits), number in counted.items():
        for trait, value in traits:
            found[TraitSlot(day, market, kind, trait, value)] += number
    return found


def step(value: float, size: int) -> int:
    """The lower end of the step that a number lies in."""
    return int(value // size) * size


def _kind(avail: Avail) -> Kind:
    spot = Kind.VIDEO if Format.VIDEO in avail.formats else Kind.AUDIO
    return spot if avail.segments else Kind.CARD


def _of(car: Car) -> Iterator[tuple[Trait, str]]:
    driven_by = str(car.powertrain or "")
    yield Trait.MODEL, car.model.casefold()
    yield Trait.POWERTRAIN, driven_by
    for trait, percent in ((Trait.CHARGE, car.charge_percent), (Trait.FUEL, car.fuel_percent)):
        least = None if percent is None else min(step(percent, PERCENT_STEP), 100 - PERCENT_STEP)
        yield trait, "" if least is None else f"{driven_by}/{least}"
    yield Trait.SERVICE, "" if car.service_due is None else "due" if car.service_due else "not-due"
    driven_km = car.odometer_km
    yield Trait.ODOMETER, "" if driven_km is None else str(step(driven_km, ODOMETER_STEP_KM))
