"""Whom a campaign is for, as forms have it: from what was typed and ticked to a targeting, and back."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from adserver.booking.targeting import (
    DAYPARTS_LIMIT,
    Bounds,
    Day,
    Daypart,
    Driving,
    Genre,
    Modality,
    Powertrain,
    Targeting,
)

DAYS = {
    "mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun",
}  # fmt: skip
DRIVING = {"parked": "parked", "idling": "standing in traffic", "moving": "driving"}
MODALITIES = {
    "any": "with picture or with sound alone",
    "picture": "with picture only",
    "sound": "sound alone",
}
GENRES = {
    "news": "News", "magazine": "Magazine", "documentary": "Documentary", "travel": "Travel",
    "culture": "Culture", "music": "Music", "sport": "Sport", "children": "Children’s", "other": "Other",
}  # fmt: skip
POWERTRAINS = {"combustion": "combustion", "hybrid": "hybrid", "electric": "electric"}
DUE = {"": "does not matter", "yes": "is due", "no": "is not due"}
"""The words of what can be chosen; ``locales/fr.toml`` has the French."""

_NUMBERS = ("charge_percent", "fuel_percent", "odometer_km")
_TEXTS = (
    "languages",
    "models",
    "modality",
    "service_due",
    *(f"{n}_{e}" for n in _NUMBERS for e in ("least", "below")),
)
_TICKS: dict[str, Mapping[str, str]] = {"driving": DRIVING, "genres": GENRES, "powertrains": POWERTRAINS}
_TEXT_LIMIT = 2000
_SPAN = re.compile(r"(\d{1,2})(?:[:hH.](\d\d)?)?\s*[-–]\s*(\d{1,2})(?:[:hH.](\d\d)?)?")
_HOURS_MEANT = "Write hours as 07:00-09:30, 17:00-19:00, up to 24:00."
_NUMBER_MEANT = "Type whole numbers, or nothing."


@dataclass(frozen=True)
class Row:
    """Days that are ticked, and hours on them as they were typed."""

    days: tuple[str, ...] = ()
    hours: str = ""


@dataclass(frozen=True)
class Whom:
    """One state of these fields: texts, what is ticked by field, and hours."""

    texts: Mapping[str, str]
    ticked: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...] = ()

    @property
    def offered(self) -> tuple[Row, ...]:
        """The rows of hours, and an empty one."""
        return (*self.rows, Row())

    @property
    def touched(self) -> bool:
        """Whether anything was chosen."""
        typed = {name: text for name, text in self.texts.items() if name != "modality"}
        return bool(any(typed.values()) or any(self.ticked.values()) or self.rows) or (
            self.texts["modality"] != Modality.ANY
        )


def read(data: FormData) -> Whom:
    """As it was sent; nothing is judged yet."""
    texts = {name: str(data.get(f"whom_{name}", ""))[:_TEXT_LIMIT] for name in _TEXTS}
    texts["modality"] = texts["modality"] if texts["modality"] in MODALITIES else Modality.ANY.value
    ticked = {name: _chosen(data, f"whom_{name}", words) for name, words in _TICKS.items()}
    rows = [
        Row(_chosen(data, f"whom_days_{n}", DAYS), str(data.get(f"whom_hours_{n}", ""))[:_TEXT_LIMIT].strip())
        for n in range(DAYPARTS_LIMIT + 1)
    ]
    return Whom(texts, ticked, tuple(row for row in rows if row.days or row.hours))


def _chosen(data: FormData, name: str, words: Mapping[str, str]) -> tuple[str, ...]:
    sent = {str(value) for value in data.getlist(name)}
    return tuple(word for word in words if word in sent)


def shown(targeting: Targeting) -> Whom:
    """The fields of a targeting as it is; hours of the same days stand in one row."""
    texts = {
        "languages": ", ".join(targeting.languages),
        "models": ", ".join(targeting.models),
        "modality": targeting.modality.value,
        "service_due": "" if targeting.service_due is None else "yes" if targeting.service_due else "no",
    }
    for name in _NUMBERS:
        bounds: Bounds = getattr(targeting, name)
        texts[f"{name}_least"] = "" if bounds.least is None else str(bounds.least)
        texts[f"{name}_below"] = "" if bounds.below is None else str(bounds.below)
    ticked = {name: tuple(one.value for one in getattr(targeting, name)) for name in _TICKS}
    return Whom(texts, ticked, tuple(Row(days, hours) for days, hours in hours_by_days(targeting).items()))


def hours_by_days(targeting: Targeting) -> dict[tuple[str, ...], str]:
    """Such as ``{("mon", "tue"): "07:00-09:00, 17:00-19:00"}``; no days stand for all."""
    found: dict[tuple[str, ...], list[str]] = {}
    for part in targeting.dayparts:
        days = tuple(day.value for day in Day if day in part.days)
        found.setdefault(days, []).append(f"{part.starts}-{part.ends}")
    return {days: ", ".join(hours) for days, hours in found.items()}


BLANK = shown(Targeting())
"""The fields before anything is chosen."""


def targeting_of(whom: Whom) -> tuple[Targeting, dict[str, str]]:
    """What the fields describe, and what of them could not be read, by field."""
    errors: dict[str, str] = {}
    dayparts: list[Daypart] = []
    for row in whom.rows:
        try:
            dayparts += _dayparts(row)
        except ValueError:
            errors["dayparts"] = _HOURS_MEANT
    numbers = {}
    for name in _NUMBERS:
        try:
            numbers[name] = Bounds(*(_number(whom.texts[f"{name}_{end}"]) for end in ("least", "below")))
        except ValueError:
            errors[name] = _NUMBER_MEANT
    targeting = Targeting(
        dayparts=tuple(dayparts),
        languages=tuple(whom.texts["languages"].replace(",", " ").split()),
        driving=tuple(map(Driving, whom.ticked["driving"])),
        modality=Modality(whom.texts["modality"]),
        genres=tuple(map(Genre, whom.ticked["genres"])),
        models=tuple(name.strip() for name in whom.texts["models"].split(",") if name.strip()),
        powertrains=tuple(map(Powertrain, whom.ticked["powertrains"])),
        service_due={"yes": True, "no": False}.get(whom.texts["service_due"]),
        **numbers,
    )
    return targeting, errors


def _dayparts(row: Row) -> Iterator[Daypart]:
    days = tuple(map(Day, row.days))
    if not row.hours:
        yield Daypart(days)
        return
    for text in row.hours.replace(";", ",").split(","):
        span = _SPAN.fullmatch(text.strip())
        if span is None:
            raise ValueError(text)
        hour, minute, last_hour, last_minute = (int(part or 0) for part in span.groups())
        yield Daypart(days, f"{hour:02}:{minute:02}", f"{last_hour:02}:{last_minute:02}")


def _number(text: str) -> int | None:
    typed = text.strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise ValueError(text)
    return int(typed)
