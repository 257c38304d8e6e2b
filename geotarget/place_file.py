"""What a file of places may hold, and what became of each of its rows."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from geotarget.place import (
    ATTRIBUTE_LIMIT,
    ATTRIBUTE_NAME_LIMIT,
    ATTRIBUTES_LIMIT,
    Category,
    Place,
    place_id_of,
)
from kernel.errors import Invalid, TooLarge

FILE_LIMIT_BYTES = 64 * 1024 * 1024
ROW_LIMIT = 500_000
REFUSALS_KEPT = 100
_DETAIL_LIMIT = 300


class FileFormat(StrEnum):
    """The forms in which places arrive. A CSV of charge points (IRVE) is known by its columns.

    ``OSM`` is an extract of OpenStreetMap, see :mod:`geotarget.extract`.
    """

    GEOJSON = "geojson"
    CSV = "csv"
    FUEL = "fuel"
    OSM = "osm"


class RefusedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that was not taken.

    Args:
        row: counted from 1, without a CSV's header.
        ref: what it is called where it came from, such as ``way/123``, where rows have no numbers there.
    """

    row: int
    code: str
    detail: str
    ref: str = ""


class MergedRow(msgspec.Struct, frozen=True):
    """A row that went into the place of an earlier row ``into``, whose name is ``name``."""

    row: int
    into: int
    name: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A place, and the row of the file where it (first) stood; ``ref`` as in :class:`RefusedRow`."""

    row: int
    place: Place
    ref: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFile:
    """What was read from a file.

    Args:
        places: accepted, each (source, external_id) once.
        rows: rows that the file holds.
        merged: how many rows went into a place together with an earlier one.
        merges: the first 100 of those.
        refused: how many rows were refused for each reason.
        refusals: the first 100 refused rows.
        notes: what was read otherwise than written, such as a misspelt column.
    """

    places: list[Place]
    rows: int
    merged: int
    refused: dict[str, int]
    refusals: tuple[RefusedRow, ...]
    notes: tuple[str, ...] = ()
    merges: tuple[MergedRow, ...] = ()


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did, or with ``dry_run`` would have done."""

    source: str
    format: FileFormat
    dry_run: bool
    rows: int
    accepted: int
    added: int
    updated: int
    unchanged: int
    merged: int
    refused: int
    reasons: dict[str, int]
    refusals: tuple[RefusedRow, ...]
    notes: tuple[str, ...] = ()
    merges: tuple[MergedRow, ...] = ()


def refusal(row: int, error: Invalid, ref: str = "") -> RefusedRow:
    """The refusal of a row for a coded reason."""
    return RefusedRow(row, error.code, error.detail[:_DETAIL_LIMIT], ref)


def gather(
    outcomes: Iterable[ReadRow | RefusedRow],
    *,
    merged: int = 0,
    merges: Iterable[MergedRow] = (),
    notes: Iterable[str] = (),
    limit: int | None = None,
) -> PlaceFile:
    """Sort the outcomes of all rows; a second row with the same external id is refused.

    Args:
        outcomes: of each row, in order.
        merged: rows that went into others.
        merges: the first of those.
        notes: asked for once all outcomes are known.
        limit: how many rows there may be; 500,000 unless told. Never are more than that accepted.

    Raises:
        TooLarge: ``too-many-rows``.
    """
    places: dict[str, Place] = {}
    reasons: Counter[str] = Counter()
    kept: list[RefusedRow] = []
    rows = merged
    for outcome in outcomes:
        rows += 1
        check_rows(rows, limit or ROW_LIMIT)
        check_rows(len(places), ROW_LIMIT)
        if isinstance(outcome, ReadRow):
            if places.setdefault(outcome.place.place_id, outcome.place) is outcome.place:
                continue
            detail = f"The id “{outcome.place.external_id}” has stood in an earlier row."
            outcome = RefusedRow(outcome.row, "duplicate-external-id", detail, outcome.ref)
        reasons[outcome.code] += 1
        if len(kept) < REFUSALS_KEPT:
            kept.append(outcome)
    return PlaceFile(
        list(places.values()), rows, merged, dict(reasons), tuple(kept), tuple(notes), tuple(merges)
    )


def check_rows(rows: int, limit: int) -> None:
    """Refuse a file with too many rows.

    Raises:
        TooLarge: ``too-many-rows``.
    """
    if rows > limit:
        raise TooLarge("too-many-rows", f"The file has more than {limit} rows.", fix="Split the file.")


def make_place(
    source: str,
    external_id: str,
    name: str,
    brand: str,
    category: Category,
    position: tuple[float, float],
    attributes: Mapping[str, str],
) -> Place:
    """A place from a row: texts normalised (NFC, single spaces), attributes that do not fit left out.

    Raises:
        Invalid: ``position-missing`` for exactly 0, 0, where lost coordinates end up, and all of ``Place``.
    """
    latitude, longitude = position
    if latitude == 0 == longitude:
        raise Invalid("position-missing", "Latitude and longitude are both 0, which stands for no position.")
    external_id = clean(external_id)
    return Place(
        place_id=place_id_of(source, external_id),
        source=source,
        external_id=external_id,
        name=clean(name),
        brand=clean(brand),
        category=category,
        latitude=latitude,
        longitude=longitude,
        attributes=dict(_fitting(attributes)),
    )


def clean(text: str) -> str:
    """NFC, and every run of white space one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Lower case without accents, for comparing and searching."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def number(text: str, axis: str) -> float:
    """A coordinate from text, with a decimal point or comma.

    Raises:
        Invalid: ``position-missing`` if empty, ``coordinate-malformed`` if it is no number.
    """
    if not text.strip():
        raise Invalid("position-missing", f"The {axis} is empty.", fix="Fill it in.")
    with suppress(ValueError):
        found = float(text.strip().replace(",", "."))
        if math.isfinite(found):
            return found
    message = f"The {axis} “{text[:40]}” is not a number."
    raise Invalid("coordinate-malformed", message, fix="Type a number, such as 48.1.")


def category_of(word: str, default: Category) -> Category:
    """A category by its name; ``default`` where there is none.

    Raises:
        Invalid: ``category-unknown``.
    """
    try:
        return Category(word.strip().lower()) if word.strip() else default
    except ValueError:
        known = ", ".join(Category)
        raise Invalid("category-unknown", f"“{word[:40]}” is no category; there are {known}.") from None


def _fitting(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    room = ATTRIBUTES_LIMIT
    for key, value in attributes.items():
        key, value = clean(key), clean(value)
        if room and key and value and len(key) <= ATTRIBUTE_NAME_LIMIT and len(value) <= ATTRIBUTE_LIMIT:
            room -= 1
            yield key, value
