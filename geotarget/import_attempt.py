"""What a person sent to be imported, and what came of it: kept for an hour, to be read and tried again."""

import msgspec

from geotarget.csv_places import Columns
from geotarget.place import Category
from geotarget.place_file import FileFormat, ImportReport

KEPT_MS = 3_600_000


class ImportForm(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a file is to be read.

    Args:
        format: None lets the file's content tell.
        columns: role → column, of a CSV, where its header does not speak for itself.
    """

    source: str
    category: Category = Category.POI
    format: FileFormat | None = None
    dry_run: bool = False
    columns: dict[str, str] = {}

    @property
    def chosen(self) -> Columns:
        """The columns, as the reader of CSV takes them."""
        return Columns(**{role: name for role, name in self.columns.items() if role in Columns.__slots__})


class Refusal(msgspec.Struct, frozen=True):
    """Why nothing was imported, as errors are told."""

    code: str
    detail: str
    fix: str = ""


class ImportAttempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One try.

    Args:
        report: what was done, or would be; None where it was refused.
        header: of a CSV, each column with what its first row holds.
    """

    attempt_id: str
    file_name: str
    form: ImportForm
    report: ImportReport | None = None
    refusal: Refusal | None = None
    header: tuple[tuple[str, str], ...] = ()
