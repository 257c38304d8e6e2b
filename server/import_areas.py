"""Importing a file of areas from the command line."""

from pathlib import Path

from geotarget.area_file import AreaReport
from kernel.errors import Invalid
from server.wiring.house import House


def import_file(house: House, file: Path, source: str, *, dry_run: bool = False) -> AreaReport:
    """What the import did.

    Raises:
        Invalid: ``nothing-accepted``, or what the import itself refuses.
    """
    report = house.geotarget.import_areas(file.read_bytes(), source=source, dry_run=dry_run)
    check_taken(report)
    return report


def check_taken(report: AreaReport) -> None:
    """Refuse to call an import done that took nothing.

    Raises:
        Invalid: ``nothing-accepted``.
    """
    if not report.accepted:
        why = "; ".join(f"{one.ref or f'row {one.row}'}: {one.code}" for one in report.refusals[:3])
        detail = f"None of its features was accepted ({why})." if report.rows else "The file holds no areas."
        raise Invalid("nothing-accepted", detail, fix="Check that it is the file that you meant.")
