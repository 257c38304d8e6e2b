"""What a file of places may hold, and what became of each of its rows."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
GONE = frozenset({"out-of-use", "not-public"})
"""The refusals of rows that tell of a place, by their ``ref``, that drivers can no longer go there."""
_DETAIL_LIMIT = 300
_NUMBER = re.compile(r"[+-]?([0-9]{1,12}([.,][0-9]{0,30})?|[.,][0-9]{1,30})([eE][+-]?[0-9]{1,3})?")


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
        gone: of the refused, the external ids of those that are no longer there for drivers.
    """

    places: list[Place]
    rows: int
    merged: int
    refused: dict[str, int]
    refusals: tuple[RefusedRow, ...]
    notes: tuple[str, ...] = ()
    merges: tuple[MergedRow, ...] = ()
    gone: tuple[str, ...] = ()


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did, or with ``dry_run`` would have done.

    Args:
        gone: how many were offered until now, and no longer are: the file says that they are out of use or
            not open to drivers.
    """

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
    gone: int = 0


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
    gone: list[str] = []
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
        if outcome.code in GONE:
            gone.append(outcome.ref)
        if len(kept) < REFUSALS_KEPT:
            kept.append(outcome)
    return PlaceFile(
        places=list(places.values()),
        rows=rows,
        merged=merged,
        refused=dict(reasons),
        refusals=tuple(kept),
        notes=tuple(notes),
        merges=tuple(merges),
        gone=tuple(gone),
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
    if _NUMBER.fullmatch(text.strip()):
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
