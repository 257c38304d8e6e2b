"""Frequency caps as forms have them: rows of a number and within what it counts, and back."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from adserver.booking.cap import CAPS_LIMIT, USUAL, FrequencyCap, Per

WITHINS = {
    "60": "in a minute",
    "3600": "in an hour",
    "86400": "in a day",
    "604800": "in a week",
    "2592000": "in 30 days",
    Per.DRIVE.value: "in a drive",
    Per.LIFE.value: "in all",
}
"""The words of what can be chosen; ``locales/fr.toml`` has the French."""
_SPARE = 2
_COUNT_MEANT = "Type how often a car may be shown it, as a whole number."


class Row(NamedTuple):
    """The names of one row's fields."""

    number: str
    within: str


def _rows(level: str) -> list[Row]:
    marks = ["", *(f"_{n}" for n in range(2, CAPS_LIMIT + 1))]
    return [Row(f"{level}_count{mark}", f"{level}_window_s{mark}") for mark in marks]


TEXTS = tuple(name for level in ("cap", "campaign_cap") for row in _rows(level) for name in row)
"""All fields of a booking."""


def rows(typed: Mapping[str, str], level: str) -> list[Row]:
    """Those that are used, and two more."""
    found = _rows(level)
    used = [n for n, row in enumerate(found) if typed.get(row.number, "").strip()]
    return found[: max(used, default=-1) + 1 + _SPARE]


def withins(value: str) -> dict[str, str]:
    """What can be chosen, with what was, which a program may have booked otherwise."""
    if value in WITHINS or not _is_whole(value):
        return WITHINS
    return {value: f"{value} s", **WITHINS}


def shown(caps: Iterable[FrequencyCap], level: str) -> dict[str, str]:
    """The fields of what is booked; those that are not used are empty."""
    told = dict.fromkeys((name for row in _rows(level) for name in row), "")
    for row, cap in zip(_rows(level), caps, strict=False):
        told[row.number] = str(cap.count)
        told[row.within] = str(cap.window_s) if cap.per is Per.WINDOW else cap.per.value
    return told


DEFAULTS = {**shown((FrequencyCap(4, 3600),), "cap"), **shown((), "campaign_cap")}


def read(typed: Mapping[str, str], level: str) -> tuple[tuple[FrequencyCap, ...], dict[str, str]]:
    """The caps of the rows that are used, and what could not be read, by field."""
    found, errors = [], {}
    for row in _rows(level):
        count, within = typed.get(row.number, "").strip(), typed.get(row.within, "")
        if _is_whole(count):
            found.append(_cap(int(count[:9]), within))
        elif count:
            errors[f"{level}_count"] = _COUNT_MEANT
    if level == "cap" and not found and not errors:
        errors["cap_count"] = _COUNT_MEANT
    return tuple(found) or (USUAL if level == "cap" else ()), errors


def _cap(count: int, within: str) -> FrequencyCap:
    if within in {Per.DRIVE, Per.LIFE}:
        return FrequencyCap(count, per=Per(within))
    return FrequencyCap(count, int(within[:9]) if _is_whole(within) else 0)


def within(cap: FrequencyCap) -> str:
    """Within what a cap counts, in words."""
    value = str(cap.window_s) if cap.per is Per.WINDOW else cap.per.value
    return withins(value)[value]


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit()
