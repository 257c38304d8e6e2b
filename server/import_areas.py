"""Importing a file of areas from the command line."""

from pathlib import Path

from geotarget.area_file import AreaReport
from kernel.errors import Invalid
from server.commands import counted
from server.wiring.house import House

SHOWN_ROWS = 10


def import_file(house: House, file: Path, source: str, *, dry_run: bool = False) -> AreaReport:
    """What the import did.

    Raises:
        Invalid: ``nothing-accepted``, or what the import itself refuses.
    """
    report = house.geotarget.import_areas(file.read_bytes(), source=source, dry_run=dry_run)
    if not report.accepted:
        why = "; ".join(f"row {one.row}: {one.code}" for one in report.refusals[:3])
        detail = f"None of its features was accepted ({why})." if report.rows else "The file holds no areas."
        raise Invalid("nothing-accepted", detail, fix="Check that it is the file that you meant.")
    return report


def describe(report: AreaReport) -> str:
    """The report in a few lines."""
    lines = [
        f"{counted(report.rows, 'row')}: {report.accepted} accepted ({report.added} new, "
        f"{report.updated} changed, {report.unchanged} as before), {report.refused} refused"
    ]
    lines += [f"  {reason}: {number}" for reason, number in report.reasons.items()]
    lines += [f"  refused: row {one.row}: {one.code}: {one.detail}" for one in report.refusals[:SHOWN_ROWS]]
    if report.refused > SHOWN_ROWS:
        lines.append(f"  … and {report.refused - SHOWN_ROWS} more refused")
    if report.dry_run:
        lines.append("Nothing was changed: this was a dry run.")
    return "\n".join(lines)
