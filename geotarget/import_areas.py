"""Take a file of areas in."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.area_file import AreaFile, AreaReport, read_areas
from geotarget.import_places import check_size
from geotarget.place import check_source
from geotarget.ports import Areas
from kernel.clock import Clock


@dataclass(frozen=True)
class ImportAreas:
    """All acceptable features are stored in one transaction; a file imported again changes nothing.

    Args:
        areas: where they are kept.
        announce: told ``areas`` when something changed.
    """

    areas: Areas
    clock: Clock
    announce: Callable[[str], None]

    def __call__(self, data: bytes, *, source: str, dry_run: bool = False) -> AreaReport:
        """Read a GeoJSON FeatureCollection, store (unless ``dry_run``) and report.

        Raises:
            TooLarge: ``file-too-large`` or ``too-many-rows``.
            Invalid: ``source-malformed`` or ``file-malformed``.
        """
        check_source(source)
        check_size(len(data))
        return self.store(read_areas(data, source), source, dry_run=dry_run)

    def store(self, read: AreaFile, source: str, *, dry_run: bool) -> AreaReport:
        """Store what was read (unless ``dry_run``) and report."""
        stored = self.areas.store(read.areas, self.clock.now_ms(), dry_run=dry_run)
        if not dry_run and stored.added + stored.updated:
            self.announce("areas")
        return AreaReport(
            source=source,
            dry_run=dry_run,
            rows=read.rows,
            accepted=len(read.areas),
            added=stored.added,
            updated=stored.updated,
            unchanged=stored.unchanged,
            refused=sum(read.refused.values()),
            reasons=read.refused,
            refusals=read.refusals,
        )
