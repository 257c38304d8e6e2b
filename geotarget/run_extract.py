"""Import an extract that waits."""

from dataclasses import dataclass

import msgspec

from geotarget.area_file import AreaReport
from geotarget.extract import ExtractImport, State
from geotarget.import_attempt import Refusal
from geotarget.import_extract import ImportExtract
from geotarget.place_file import ImportReport
from geotarget.ports import ExtractFiles, ExtractImports
from kernel.errors import Invalid, NotFound, TooLarge


@dataclass(frozen=True)
class RunExtract:
    """What a worker does; one that is killed leaves it to another to do anew: that changes nothing twice."""

    import_extract: ImportExtract
    files: ExtractFiles
    imports: ExtractImports

    def __call__(self, import_id: str) -> ExtractImport | None:
        """What came of it; None where nobody remembers it.

        Raises:
            Unavailable: ``extract-interrupted``: it may be tried again.
        """
        one = self.imports.find(import_id)
        if one is None or one.ended:
            return one
        one = self._saved(one, state=State.RUNNING, permille=0)
        try:
            report = self._imported(one)
        except (Invalid, TooLarge, NotFound) as error:
            return self.give_up(import_id, Refusal(error.code, error.detail, error.fix))
        if not one.form.dry_run:
            self.files.drop(one.file_id)
        name = "areas" if isinstance(report, AreaReport) else "report"
        return self._saved(one, state=State.DONE, permille=1000, **{name: report})

    def give_up(self, import_id: str, refusal: Refusal) -> ExtractImport | None:
        """Nothing more will come of it."""
        one = self.imports.find(import_id)
        if one is None:
            return None
        self.files.drop(one.file_id)
        return self._saved(one, state=State.REFUSED, refusal=refusal)

    def end(self) -> None:
        """End what runs, for this process is about to end; another will do it anew."""
        self.import_extract.extracts.end()

    def _imported(self, one: ExtractImport) -> ImportReport | AreaReport:
        def progress(permille: int) -> None:
            self._saved(one, permille=permille)

        return self.import_extract(self.files.fetch(one.file_id), one.form, progress)

    def _saved(self, one: ExtractImport, **changed: object) -> ExtractImport:
        saved = msgspec.structs.replace(one, **changed)
        self.imports.save(saved)
        return saved
