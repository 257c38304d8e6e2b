"""Take a file of places in."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.csv_places import Columns, open_table, read_csv
from geotarget.extract import HEAD_BYTES, encoding_of, no_extract
from geotarget.file_kind import recognise
from geotarget.irve_places import is_irve, read_irve
from geotarget.json_places import read_fuel, read_geojson
from geotarget.place import Category, check_source, place_id_of
from geotarget.place_file import FILE_LIMIT_BYTES, FileFormat, ImportReport, PlaceFile
from geotarget.ports import Places
from kernel.clock import Clock
from kernel.errors import Invalid, TooLarge


@dataclass(frozen=True)
class ImportPlaces:
    """All acceptable rows are stored in one transaction, or none; a file imported again changes nothing.

    Args:
        places: where they are kept.
        announce: told ``places`` when something changed.
    """

    places: Places
    clock: Clock
    announce: Callable[[str], None]

    def __call__(
        self,
        data: bytes,
        *,
        file_format: FileFormat | None,
        source: str,
        category: Category = Category.POI,
        columns: Columns | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """Read, store (unless ``dry_run``) and report.

        Args:
            data: the file, at most 64 MiB.
            file_format: what it is; None lets its content tell.
            source: name of the list; with a row's id it makes the place's identity.
            category: for rows that name none.
            columns: of a CSV, where the header's names are not self-evident.
            dry_run: report what would happen, and change nothing.

        Raises:
            TooLarge: ``file-too-large`` or ``too-many-rows``.
            Invalid: ``source-malformed``, ``format-unknown``, ``file-malformed``, ``extract-elsewhere``,
                ``file-not-utf8``, ``header-missing``, ``header-malformed``, ``column-missing`` or
                ``quote-unclosed``.
        """
        check_source(source)
        check_size(len(data))
        file_format = file_format or recognise(data)
        read = _read(data, file_format, source, category, columns or Columns())
        return self.store(read, file_format, source, dry_run=dry_run)

    def store(self, read: PlaceFile, file_format: FileFormat, source: str, *, dry_run: bool) -> ImportReport:
        """Store what was read (unless ``dry_run``) and report."""
        gone = {place_id_of(source, ref) for ref in read.gone}
        stored = self.places.store(read.places, self.clock.now_ms(), dry_run=dry_run, gone=gone)
        if not dry_run and stored.added + stored.updated + stored.gone:
            self.announce("places")
        return ImportReport(
            source=source,
            format=file_format,
            dry_run=dry_run,
            rows=read.rows,
            accepted=len(read.places),
            **stored._asdict(),
            merged=read.merged,
            refused=sum(read.refused.values()),
            reasons=read.refused,
            refusals=read.refusals,
            notes=read.notes,
            merges=read.merges,
        )


def check_size(size_bytes: int) -> None:
    """Refuse a file above 64 MiB.

    Raises:
        TooLarge: ``file-too-large``.
    """
    if size_bytes > FILE_LIMIT_BYTES:
        mebibytes = FILE_LIMIT_BYTES // 1024**2
        raise TooLarge("file-too-large", f"The file has more than {mebibytes} MiB.", fix="Split it.")


def _read(
    data: bytes, file_format: FileFormat, source: str, category: Category, columns: Columns
) -> PlaceFile:
    if file_format is FileFormat.OSM:
        if encoding_of(data[:HEAD_BYTES]) is None:
            raise no_extract()
        raise Invalid(
            "extract-elsewhere",
            "The file is an extract of OpenStreetMap, which is imported as a job.",
            fix="Send it to /v1/extracts, or use the page of places or roadcast import-places.",
        )
    if file_format is FileFormat.GEOJSON:
        return read_geojson(data, source, category)
    if file_format is FileFormat.FUEL:
        return read_fuel(data, source)
    table = open_table(data)
    if is_irve(table) and columns == Columns():
        return read_irve(table, source)
    return read_csv(table, source, category, columns)
