"""Places in CSV (RFC 4180): any table with named columns."""

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Protocol

from geotarget.place import Category, Place
from geotarget.place_file import (
    PlaceFile,
    ReadRow,
    RefusedRow,
    category_of,
    gather,
    make_place,
    number,
    refusal,
)
from kernel.errors import Invalid

_HEADER_LIMIT = 200
_SAMPLE_LIMIT = 40
_LINES_LIMIT = 100
"""Of one row: cells may have lines, but not so many."""
# One letter wrong in fifteen is a slip; ``prise_type_2`` for ``prise_type_3`` is another column.
_ALIKE = 0.95
_GUESSES = {
    "external_id": ("external_id", "id", "ref", "code", "identifiant"),
    "name": ("name", "nom", "title", "titre", "label"),
    "latitude": ("latitude", "lat", "y", "consolidated_latitude"),
    "longitude": ("longitude", "lon", "lng", "long", "x", "consolidated_longitude"),
    "brand": ("brand", "marque", "enseigne"),
    "category": ("category", "categorie", "catégorie"),
    "address": ("address", "adresse", "street", "rue"),
    "postcode": ("postcode", "zip", "cp", "code_postal", "code postal"),
    "city": ("city", "ville", "commune", "town"),
    "phone": ("phone", "telephone", "téléphone", "tel"),
}
# Roles that are kept as attributes of this name.
_ADDRESS = ("address", "postcode", "city", "phone")
_NEEDED = ("external_id", "name", "latitude", "longitude")


# A row's number, from 1, and its cells by column or why they cannot be read.
NumberedRow = tuple[int, dict[str, str] | Invalid]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; an empty name is guessed from the header (``lat``, ``nom``, ``id`` …)."""

    external_id: str = ""
    name: str = ""
    latitude: str = ""
    longitude: str = ""
    brand: str = ""
    category: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV's header, stripped, and its rows."""

    header: tuple[str, ...]
    rows: Iterator[NumberedRow]


def open_table(data: bytes) -> Table:
    """Read a CSV in UTF-8, separated by commas, semicolons or tabs; blank lines are no rows.

    Raises:
        Invalid: ``file-not-utf8``, ``header-missing`` or ``header-malformed``.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8: {error.reason} at byte {error.start}."
        raise Invalid("file-not-utf8", message, fix="Save it as “CSV UTF-8”.") from None
    first_line = text[:100_000].split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first_line.count))
    try:
        header = tuple(name.strip() for name in next(reader, []))
    except csv.Error as error:
        raise Invalid("header-malformed", f"The header cannot be read: {error}.") from None
    if not any(header):
        raise Invalid("header-missing", "The file has no header.", fix="Name the columns in the first line.")
    if len(header) > _HEADER_LIMIT or len(set(header)) < len(header):
        raise Invalid(
            "header-malformed",
            "The header names a column twice, or more than 200.",
            fix="Name every column once.",
        )
    return Table(header, _numbered(reader, header))


def _numbered(reader: "_Reader", header: tuple[str, ...]) -> Iterator[NumberedRow]:
    row = 0
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = None
            wrong = f"The row cannot be read: {error}."
        lines = reader.line_num - first_line + 1
        if lines > _LINES_LIMIT:
            # It has swallowed rows, which would be told of nowhere.
            detail = f"The row that begins in line {first_line} goes on for {lines} lines."
            fix = "A quotation mark is missing there, or one too many: put it right."
            raise Invalid("quote-unclosed", detail, fix=fix)
        if cells is not None:
            if not any(cells):
                continue
            if len(cells) == len(header):
                row += 1
                yield row, dict(zip(header, cells, strict=True))
                continue
            wrong = f"Cells in the row: {len(cells)}, in the header: {len(header)}."
        row += 1
        where = f" It stands in lines {first_line} to {reader.line_num}." if lines > 1 else ""
        yield row, Invalid("row-malformed", wrong + where)


class _Reader(Protocol):
    line_num: int

    def __next__(self) -> list[str]: ...


def find_columns(header: tuple[str, ...], wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The columns by their known names, misspelt ones included, and a note on each of those.

    Args:
        header: names as the file has them.
        wanted: known name → what it is called here.
    """
    found: dict[str, str] = {}
    notes = []
    for known, name in wanted.items():
        spare = [column for column in header if column not in wanted]
        if known in header:
            found[name] = known
        elif close := difflib.get_close_matches(known, spare, 1, cutoff=_ALIKE):
            found[name] = close[0]
            notes.append(f"Column “{close[0]}” was read as “{known}”.")
    return found, notes


def sample(data: bytes) -> tuple[tuple[str, str], ...]:
    """Each column of a CSV with what its first row holds; nothing where it cannot be read."""
    try:
        table = open_table(data)
        _, first = next(table.rows, (0, {}))
    except Invalid:
        return ()
    cells = {} if isinstance(first, Invalid) else first
    return tuple((column, cells.get(column, "")[:_SAMPLE_LIMIT]) for column in table.header if column)


def read_csv(table: Table, source: str, default: Category, columns: Columns) -> PlaceFile:
    """Places from a table; columns without a role become attributes.

    Raises:
        Invalid: ``column-missing`` if the id, name, latitude or longitude is in no column;
            ``quote-unclosed`` where a row goes on for more than 100 lines.
        TooLarge: ``too-many-rows``.
    """
    chosen = _choose(table.header, columns)
    return gather(_places(table, source, default, chosen))


def guess_columns(header: tuple[str, ...], columns: Columns) -> dict[str, str]:
    """Role → column: those that were named, and those whose names speak for themselves."""
    by_lower = {name.lower(): name for name in header}
    chosen = {}
    for field in fields(columns):
        asked = getattr(columns, field.name)
        guesses = (asked.strip().lower(),) if asked else _GUESSES[field.name]
        column = next((by_lower[guess] for guess in guesses if guess in by_lower), None)
        if column is not None:
            chosen[field.name] = column
    return chosen


def _choose(header: tuple[str, ...], columns: Columns) -> dict[str, str]:
    chosen = guess_columns(header, columns)
    if len(header) < len(_NEEDED) and not chosen:
        message = "The file is no list of places: its first line names no columns for them."
        fix = "Send GeoJSON, or a CSV with columns for an id, a name, a latitude and a longitude."
        raise Invalid("column-missing", message, fix=fix, fields={_NEEDED[0]: message})
    for field in fields(columns):
        asked = getattr(columns, field.name)
        if field.name not in chosen and (asked or field.name in _NEEDED):
            message = f"No column “{asked or field.name}” in: {', '.join(header)[:200]}."
            fix = "Say which column holds it."
            raise Invalid("column-missing", message, fix=fix, fields={field.name: message})
    return chosen


def _places(
    table: Table, source: str, default: Category, chosen: Mapping[str, str]
) -> Iterator[ReadRow | RefusedRow]:
    taken = set(chosen.values())
    for row, cells in table.rows:
        try:
            yield ReadRow(row, _from_cells(cells, source, default, chosen, taken))
        except Invalid as error:
            yield refusal(row, error)


def _from_cells(
    cells: dict[str, str] | Invalid,
    source: str,
    default: Category,
    chosen: Mapping[str, str],
    taken: set[str],
) -> Place:
    if isinstance(cells, Invalid):
        raise cells
    value = {role: cells[column] for role, column in chosen.items()}
    return make_place(
        source,
        value["external_id"],
        value["name"],
        value.get("brand", ""),
        category_of(value.get("category", ""), default),
        (number(value["latitude"], "latitude"), number(value["longitude"], "longitude")),
        {role: value[role] for role in _ADDRESS if role in value}
        | {column: text for column, text in cells.items() if column not in taken},
    )
