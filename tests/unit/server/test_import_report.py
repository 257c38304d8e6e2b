import pytest

from geotarget.area_file import AreaReport
from geotarget.place_file import RefusedRow
from server.import_report import described


def report(refused: int, *, dry_run: bool = False) -> AreaReport:
    refusals = tuple(RefusedRow(row, "row-malformed", "It cannot be read.") for row in range(1, refused + 1))
    return AreaReport(
        "dep", dry_run, 20, 20 - refused, 3, 2, 1, refused, {"row-malformed": refused}, refusals
    )


@pytest.mark.parametrize(("refused", "shown", "more"), [(10, 10, ""), (12, 10, "  … and 2 more refused")])
def test_the_first_ten_refused_rows_are_told(refused, shown, more):
    head, reason, *rows = described(report(refused)).splitlines()
    assert head == f"20 rows: {20 - refused} accepted (3 new, 2 changed, 1 as before), {refused} refused"
    assert reason == f"  row-malformed: {refused}"
    assert rows[0] == "  refused: row 1: row-malformed: It cannot be read."
    assert rows[shown:] == ([more] if more else [])


def test_what_else_there_is_to_tell_stands_where_it_belongs():
    lines = described(report(1, dry_run=True), ", 5 merged", ["a note"], ["  merged: row 3"]).splitlines()
    assert lines[0].endswith("1 refused, 5 merged")
    assert lines[1:3] == ["  a note", "  row-malformed: 1"]
    assert lines[-2:] == ["  merged: row 3", "Nothing was changed: this was a dry run."]
