"""Whom a line item is for, beyond where: hours, language, what the car does and is, what is on."""

import re
from collections.abc import Iterator
from datetime import datetime, time
from enum import StrEnum

import msgspec

from kernel.language import LANGUAGE_TAG

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN
DAYPARTS_LIMIT = 28
LANGUAGES_LIMIT = 20
MODELS_LIMIT, MODEL_LIMIT = 50, 60
ODOMETER_MAX_KM = 2_000_000
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Driving(StrEnum):
    """What the car does."""

    PARKED = "parked"
    IDLING = "idling"
    MOVING = "moving"


class Modality(StrEnum):
    """How a spot may reach the people in the car: where pictures may be shown, or where sound alone may."""

    ANY = "any"
    PICTURE = "picture"
    SOUND = "sound"


class Genre(StrEnum):
    """What kind of programme is on; the words are those of the editors' room."""

    NEWS = "news"
    MAGAZINE = "magazine"
    DOCUMENTARY = "documentary"
    TRAVEL = "travel"
    CULTURE = "culture"
    MUSIC = "music"
    SPORT = "sport"
    CHILDREN = "children"
    OTHER = "other"


class Powertrain(StrEnum):
    """What drives the car; the words are those of VSS 6.0, ``Vehicle.Powertrain.Type``."""

    COMBUSTION = "combustion"
    HYBRID = "hybrid"
    ELECTRIC = "electric"


class Daypart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of some weekdays, by the clock in the car: [start, end).

    Args:
        days: on which they begin; empty for every day.
        starts, ends: ``HH:MM``, up to ``24:00``. What does not end after it starts ends on the day after.
    """

    days: tuple[Day, ...] = ()
    starts: str = "00:00"
    ends: str = "24:00"

    def spans(self) -> Iterator[tuple[int, int]]:
        """[start, end) in minutes since Monday 00:00; what passes the end of the week goes on beyond it."""
        first, last = _minutes(self.starts), _minutes(self.ends)
        length = last - first if last > first else last - first + DAY_MIN
        for number, day in enumerate(Day):
            if not self.days or day in self.days:
                yield number * DAY_MIN + first, number * DAY_MIN + first + length


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number within [``least``, ``below``); what is None does not matter."""

    least: int | None = None
    below: int | None = None

    def __bool__(self) -> bool:
        """Whether it matters at all."""
        return self.least is not None or self.below is not None

    def hold(self, value: float) -> bool:
        """Whether ``value`` is within."""
        return (self.least is None or value >= self.least) and (self.below is None or value < self.below)

    def __str__(self) -> str:
        """Such as ``20 ≤ … < 80``."""
        least = "" if self.least is None else f"{self.least} ≤ "
        return f"{least}…{'' if self.below is None else f' < {self.below}'}"


ANY_NUMBER = Bounds()


class Targeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom a line item is for; what is left out does not matter, and what is asked must be known.

    Args:
        dayparts: when, by the clock in the car.
        languages: of the screen, as BCP 47 ranges: ``fr`` is also for ``fr-CA``, not the other way about.
        driving: what the car does when it is decided.
        modality: how spots may reach who sits in it; a card has none.
        genres: what is on around the break; not known for a card.
        models: as the car was enrolled, whichever the case of their letters.
        powertrains: as the car was enrolled.
        charge_percent, fuel_percent: how full it is; this and the rest only where its owner shares it.
        service_due: whether it says that a service is.
        odometer_km: how far it was driven in all.
    """

    dayparts: tuple[Daypart, ...] = ()
    languages: tuple[str, ...] = ()
    driving: tuple[Driving, ...] = ()
    modality: Modality = Modality.ANY
    genres: tuple[Genre, ...] = ()
    models: tuple[str, ...] = ()
    powertrains: tuple[Powertrain, ...] = ()
    charge_percent: Bounds = ANY_NUMBER
    fuel_percent: Bounds = ANY_NUMBER
    service_due: bool | None = None
    odometer_km: Bounds = ANY_NUMBER

    @property
    def of_state(self) -> bool:
        """Whether it asks for what a car's owner has to share."""
        numbers = self.charge_percent or self.fuel_percent or self.odometer_km
        return bool(numbers) or self.service_due is not None

    @property
    def of_vehicle(self) -> bool:
        """Whether it asks for what is known of the car itself."""
        return bool(self.models or self.powertrains) or self.of_state


EVERYBODY = Targeting()


def tidied(targeting: Targeting) -> Targeting:
    """The same with nothing said twice, and models without white space at their ends."""
    models = {name.casefold(): name for name in (" ".join(one.split()) for one in targeting.models) if name}
    lists = ("dayparts", "languages", "driving", "genres", "powertrains")
    once = {name: tuple(dict.fromkeys(getattr(targeting, name))) for name in lists}
    return msgspec.structs.replace(targeting, models=tuple(models.values()), **once)


def week_spans(dayparts: tuple[Daypart, ...]) -> tuple[tuple[int, int], ...]:
    """When they are, as :meth:`Daypart.spans`."""
    return tuple(span for part in dayparts for span in part.spans())


def week_minute(local: datetime) -> int:
    """The minute since Monday 00:00 that a clock shows."""
    return local.weekday() * DAY_MIN + local.hour * 60 + local.minute


def within(spans: tuple[tuple[int, int], ...], minute: int) -> bool:
    """Whether a minute of the week lies in one of them, or in what of one passes the end of the week."""
    return any(first <= minute < last or first <= minute + WEEK_MIN < last for first, last in spans)


def speaks(languages: tuple[str, ...], spoken: str) -> bool:
    """Whether a screen's language is within one of the ranges (RFC 4647, 3.3.1)."""
    tag = spoken.lower()
    return any(tag == one.lower() or tag.startswith(one.lower() + "-") for one in languages)


def faults(targeting: Targeting) -> Iterator[tuple[str, str, str, str]]:
    """Everything that is wrong with it: a code, the field, what is wrong and what to do."""
    if len(targeting.dayparts) > DAYPARTS_LIMIT:
        fix = f"Give at most {DAYPARTS_LIMIT}."
        yield "dayparts-too-many", "dayparts", "There are too many hours.", fix
    elif not all(_CLOCK.fullmatch(text) for part in targeting.dayparts for text in (part.starts, part.ends)):
        fix = "Write them as 07:00-09:30, up to 24:00."
        yield "daypart-malformed", "dayparts", "The hours cannot be read.", fix
    elif any(part.starts == "24:00" for part in targeting.dayparts):
        yield "daypart-malformed", "dayparts", "No day begins at 24:00.", "Write 00:00."
    if len(targeting.languages) > LANGUAGES_LIMIT or not all(
        map(LANGUAGE_TAG.fullmatch, targeting.languages)
    ):
        fix = "Write languages as their tags, such as fr, or en-GB."
        yield "language-malformed", "languages", "A language cannot be read.", fix
    if len(targeting.models) > MODELS_LIMIT or any(len(name) > MODEL_LIMIT for name in targeting.models):
        fix = f"Name at most {MODELS_LIMIT}, of {MODEL_LIMIT} letters each."
        yield "models-too-many", "models", "There are too many models, or one is too long.", fix
    for field, most in (("charge_percent", 100), ("fuel_percent", 100), ("odometer_km", ODOMETER_MAX_KM)):
        bounds: Bounds = getattr(targeting, field)
        given = [one for one in (bounds.least, bounds.below) if one is not None]
        if not all(0 <= one <= most + 1 for one in given) or given != sorted(set(given)):
            fix = f"Choose from 0 to {most:,}, and the lower one first."
            yield "bounds-out-of-range", field, "The limits are out of range.", fix


def _minutes(text: str) -> int:
    if text == "24:00":
        return DAY_MIN
    clock = time.fromisoformat(text)
    return clock.hour * 60 + clock.minute
