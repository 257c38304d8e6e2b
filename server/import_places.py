"""Importing a file of places from the command line."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from geotarget.csv_places import Columns
from geotarget.place import Category
from geotarget.place_file import FileFormat, ImportReport
from kernel.errors import Invalid
from server.import_report import described, first
from server.records import migrate
from server.wiring.house import House

ROLES = tuple(field.name for field in fields(Columns))


def import_file(
    house: House,
    file: Path,
    source: str,
    *,
    kind: str | None,
    category: str,
    columns: Sequence[str] = (),
    dry_run: bool = False,
) -> ImportReport:
    """What the import did.

    Args:
        house: the installation.
        file: what to read.
        source: name of the list.
        kind: its format; by its content if None.
        category: for rows that name none.
        columns: of a CSV, each as ``role=column``; see :class:`Columns`.
        dry_run: change nothing.

    Raises:
        Invalid: ``category-unknown``, ``column-malformed``, or what the import itself refuses.
    """
    if category not in set(Category):
        raise Invalid("category-unknown", f"Categories are {', '.join(Category)}.")
    chosen = _columns(columns)
    migrate(house.engines.database)
    try:
        return house.geotarget.import_places(
            file.read_bytes(),
            file_format=FileFormat(kind) if kind else None,
            source=source,
            category=Category(category),
            columns=chosen,
            dry_run=dry_run,
        )
    except Invalid as error:
        if error.code != "column-missing" or not error.fields:
            raise
        fix = f"Say which column holds it: --column {next(iter(error.fields))}=COLUMN."
        raise Invalid(error.code, error.detail, fix=fix) from None


def _columns(texts: Sequence[str]) -> Columns:
    chosen = {}
    for text in texts:
        role, _, column = text.partition("=")
        if role not in ROLES or not column.strip():
            fix = f"Write ROLE=COLUMN, where the role is one of {', '.join(ROLES)}."
            raise Invalid("column-malformed", f"“{text}” names no column.", fix=fix)
        chosen[role] = column
    return Columns(**chosen)


def check_taken(report: ImportReport) -> None:
    """Refuse to call an import done that took nothing.

    Raises:
        Invalid: ``nothing-accepted``.
    """
    if not report.accepted:
        fix = "See the reasons above." if report.rows else "Check that it is the file that you meant."
        detail = "None of its rows was accepted." if report.rows else "The file holds no places."
        raise Invalid("nothing-accepted", detail, fix=fix)


def describe(report: ImportReport) -> str:
    """The report in a few lines."""
    merged = [f"row {row.row} with row {row.into}, {row.name}" for row in report.merges]
    return described(
        report,
        f", {report.merged} merged with others",
        notes=report.notes,
        merged=first("merged", merged, report.merged),
    )
