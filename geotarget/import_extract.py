"""Take an extract of OpenStreetMap in, places or administrative borders of it."""

from dataclasses import dataclass
from pathlib import Path

from geotarget.area_file import AreaReport
from geotarget.extract import FILE_LIMIT_BYTES, ExtractForm, Take, check_form, check_size
from geotarget.import_areas import ImportAreas
from geotarget.import_places import ImportPlaces
from geotarget.osm_borders import read_borders
from geotarget.osm_places import read_osm
from geotarget.place_file import FileFormat, ImportReport
from geotarget.ports import Extracts, Progress


@dataclass(frozen=True)
class ImportExtract:
    """As of other files, all of what is acceptable is stored in one transaction, or none.

    The extract itself may be far larger than the memory: what of it is ours is read first, and then stored.
    """

    extracts: Extracts
    import_places: ImportPlaces
    import_areas: ImportAreas

    def __call__(self, path: Path, form: ExtractForm, progress: Progress) -> ImportReport | AreaReport:
        """Read, store (unless ``dry_run``) and report. To import it again changes nothing.

        Raises:
            TooLarge: ``file-too-large``, ``too-many-rows``, ``extract-too-heavy`` or
                ``extract-too-detailed``.
            Invalid: ``source-malformed``, ``category-unknown``, ``level-unknown``, ``format-unknown`` or
                ``file-malformed``.
            Unavailable: ``extract-interrupted``.
        """
        return (self.areas if form.take is Take.AREAS else self.places)(path, form, progress)

    def places(self, path: Path, form: ExtractForm, progress: Progress) -> ImportReport:
        """The places of it."""
        _check(path, form)
        read = read_osm(self.extracts.places(path, form.only, progress), form.source, form.only)
        return self.import_places.store(read, FileFormat.OSM, form.source, dry_run=form.dry_run)

    def areas(self, path: Path, form: ExtractForm, progress: Progress) -> AreaReport:
        """The administrative borders of it."""
        _check(path, form)
        read = read_borders(self.extracts.borders(path, form.levels, progress), form.source)
        return self.import_areas.store(read, form.source, dry_run=form.dry_run)


def _check(path: Path, form: ExtractForm) -> None:
    check_form(form)
    check_size(path.stat().st_size, FILE_LIMIT_BYTES)
