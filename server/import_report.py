"""What an import of a file did, in lines for people."""

from collections.abc import Iterable, Sequence

from geotarget.area_file import AreaReport
from geotarget.place_file import ImportReport
from server.commands import counted

SHOWN_ROWS = 10


def described(
    report: ImportReport | AreaReport,
    beside: str = "",
    notes: Iterable[str] = (),
    merged: Iterable[str] = (),
) -> str:
    """What became of the rows, and the first of those that one must look at.

    Args:
        report: the import's.
        beside: what else is to be counted.
        notes: what was read otherwise than written.
        merged: lines of rows that went into others.
    """
    lines = [
        f"{counted(report.rows, 'row')}: {report.accepted} accepted ({report.added} new, "
        f"{report.updated} changed, {report.unchanged} as before), {report.refused} refused{beside}"
    ]
    if isinstance(report, ImportReport) and report.gone:
        lines.append(f"  {counted(report.gone, 'place')} no longer offered: out of use, or closed to drivers")
    lines += [f"  {note}" for note in notes]
    lines += [f"  {reason}: {number}" for reason, number in report.reasons.items()]
    refused = [f"{row.ref or f'row {row.row}'}: {row.code}: {row.detail}" for row in report.refusals]
    lines += [*first("refused", refused, report.refused), *merged]
    if report.dry_run:
        lines.append("Nothing was changed: this was a dry run.")
    return "\n".join(lines)


def first(what: str, rows: Sequence[str], number: int) -> list[str]:
    """The first ten of ``number`` rows, and how many more there are."""
    shown = [f"  {what}: {row}" for row in rows[:SHOWN_ROWS]]
    return [*shown, f"  … and {number - SHOWN_ROWS} more {what}"] if number > SHOWN_ROWS else shown
