"""Importing a file of places from the command line."""

from pathlib import Path

from geotarget.place import Category
from geotarget.place_file import FileFormat, ImportReport
from kernel.errors import Invalid
from server.records import migrate
from server.wiring.house import House

SHOWN_REFUSALS = 10


def import_file(
    house: House, file: Path, source: str, kind: str | None, category: str, dry_run: bool
) -> ImportReport:
    """What the import did.

    Args:
        house: the installation.
        file: what to read.
        source: name of the list.
        kind: its format; by the file's name if None.
        category: for rows that name none.
        dry_run: change nothing.

    Raises:
        Invalid: ``format-unknown``, ``category-unknown``, or what the import itself refuses.
    """
    guessed = {".geojson": "geojson", ".csv": "csv", ".json": "fuel"}.get(file.suffix.lower())
    file_format = kind or guessed
    if file_format is None:
        raise Invalid("format-unknown", f"What is in {file.name}?", fix="Give --format.")
    if category not in set(Category):
        raise Invalid("category-unknown", f"Categories are {', '.join(Category)}.")
    migrate(house.engines.database)
    return house.geotarget.import_places(
        file.read_bytes(),
        file_format=FileFormat(file_format),
        source=source,
        category=Category(category),
        dry_run=dry_run,
    )


def describe(report: ImportReport) -> str:
    """The report in a few lines."""
    lines = [
        f"{report.rows} rows: {report.accepted} accepted ({report.added} new, {report.updated} changed, "
        f"{report.unchanged} as before), {report.refused} refused"
    ]
    lines += [f"  {reason}: {number}" for reason, number in report.reasons.items()]
    return "\n".join(lines)
