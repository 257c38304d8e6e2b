"""Take what a person sent, and keep both the file and what came of it for another try."""

from dataclasses import dataclass

import msgspec

from geotarget.csv_places import open_table, sample
from geotarget.file_kind import recognise
from geotarget.import_attempt import ImportAttempt, ImportForm, Refusal
from geotarget.import_places import ImportPlaces
from geotarget.irve_places import is_irve
from geotarget.place_file import FileFormat
from geotarget.ports import ImportAttempts
from kernel.clock import Clock
from kernel.errors import Invalid, NotFound, TooLarge
from kernel.ids import NewId

_NAME_LIMIT = 200


@dataclass(frozen=True)
class TryImport:
    """A refusal is kept as a report is: the same file then serves for choosing columns or in earnest."""

    import_places: ImportPlaces
    attempts: ImportAttempts
    clock: Clock
    new_id: NewId

    def __call__(self, data: bytes, file_name: str, form: ImportForm) -> ImportAttempt:
        """What came of it."""
        attempt = ImportAttempt(self.new_id("imp"), file_name[:_NAME_LIMIT], form, header=_header(data, form))
        try:
            report = self.import_places(
                data,
                file_format=form.format,
                source=form.source,
                category=form.category,
                columns=form.chosen,
                dry_run=form.dry_run,
            )
        except (Invalid, TooLarge) as error:
            refusal = Refusal(error.code, error.detail, error.fix)
            found = msgspec.structs.replace(attempt, refusal=refusal)
        else:
            found = msgspec.structs.replace(attempt, report=report)
        self.attempts.keep(found, data, self.clock.now_ms())
        return found

    def again(self, attempt_id: str, form: ImportForm) -> ImportAttempt:
        """The file of an earlier try, read in another way.

        Raises:
            NotFound: ``import-not-kept``.
        """
        earlier, data = self.find(attempt_id), self.attempts.file(attempt_id)
        if data is None:
            raise _not_kept()
        return self(data, earlier.file_name, form)

    def find(self, attempt_id: str) -> ImportAttempt:
        """An earlier try.

        Raises:
            NotFound: ``import-not-kept``.
        """
        found = self.attempts.find(attempt_id)
        if found is None:
            raise _not_kept()
        return found


def _header(data: bytes, form: ImportForm) -> tuple[tuple[str, str], ...]:
    """The columns that may be chosen; those of charge points are fixed."""
    try:
        table = (form.format or recognise(data)) is FileFormat.CSV and open_table(data)
    except Invalid:
        return ()
    return sample(data) if table and not is_irve(table) else ()


def _not_kept() -> NotFound:
    return NotFound(
        "import-not-kept",
        "This import is no longer kept.",
        fix="Choose the file again on the page of places.",
    )
