"""What this room asks of the world."""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from geotarget.address import FoundAddress, TooOften
from geotarget.area import Area
from geotarget.correction import Correction
from geotarget.extract import ExtractImport
from geotarget.import_attempt import ImportAttempt
from geotarget.osm_borders import OsmBorder
from geotarget.osm_places import OsmElement
from geotarget.place import Category, Place


class Stored(NamedTuple):
    """What an import did to what is kept.

    Args:
        gone: how many are no longer offered.
    """

    added: int
    updated: int
    unchanged: int
    gone: int = 0


class KeptPlace(NamedTuple):
    """A place as it is kept.

    Args:
        place: with its correction.
        correction: what was set right by hand.
        withdrawn: whether somebody took it away.
        gone: whether its list says that drivers can no longer go there.
    """

    place: Place
    correction: Correction
    withdrawn: bool
    gone: bool = False


class Places(Protocol):
    """The places that are kept. (source, external_id) is unique. Those withdrawn or gone are passed over."""

    def store(
        self, places: Sequence[Place], now_ms: int, *, dry_run: bool, gone: Collection[str] = ()
    ) -> Stored:
        """Add or update places in one transaction; with ``dry_run`` only tell what would happen.

        Corrections stay, and what was withdrawn stays withdrawn. Those whose ids are in ``gone`` are not
        offered until they are stored again; unknown ones are let be.
        """

    def each(self) -> Iterator[Place]:
        """All places, in no particular order."""

    def counts(self) -> dict[Category, int]:
        """How many places there are of each category that has any."""

    def search(
        self, text: str, category: Category | None, offset: int, limit: int, *, withdrawn: bool = False
    ) -> list[Place]:
        """Places whose name, brand or city contains ``text``, whatever its case and accents, by name.

        With ``withdrawn`` those that are withdrawn, and no others.
        """

    def get(self, place_id: str) -> KeptPlace | None:
        """One place, withdrawn or not."""

    def correct(
        self, place_id: str, change: Callable[[KeptPlace], KeptPlace], now_ms: int
    ) -> tuple[KeptPlace, KeptPlace] | None:
        """Keep a place as it is set right, and what was set right in it: before and after; None if unknown.

        Nothing comes between what ``change`` is told and what is written.
        """

    def withdraw(self, place_id: str, since_ms: int | None) -> None:
        """No longer offer a place, or with None offer it again."""

    def revision(self) -> int:
        """Rises with each change: where it is the same, so are the places."""


class AreaRow(NamedTuple):
    """An area without its shape, as lists show it."""

    area_id: str
    source: str
    external_id: str
    name: str
    kind: str


class Areas(Protocol):
    """The areas that are kept. (source, external_id) is unique."""

    def store(self, areas: Sequence[Area], now_ms: int, *, dry_run: bool) -> Stored:
        """Add or update areas in one transaction; with ``dry_run`` only tell what would happen."""

    def each(self) -> Iterator[Area]:
        """All areas, in no particular order."""

    def search(self, text: str, offset: int, limit: int) -> list[AreaRow]:
        """Areas whose name contains ``text``, whatever its case and accents, by name."""

    def get(self, area_id: str) -> Area | None:
        """One area."""

    def remove(self, area_id: str) -> bool:
        """Remove an area; False where there was none."""

    def revision(self) -> int:
        """Rises with each change: where it is the same, so are the areas."""


class CampaignsAt(Protocol):
    """Who points at a place."""

    def __call__(self, place_id: str) -> list[str]:
        """The names of the campaigns around a place that are not over."""


class CampaignsIn(Protocol):
    """Who points at an area."""

    def __call__(self, area_id: str) -> list[str]:
        """The names of the campaigns in an area that are not over."""


class ImportAttempts(Protocol):
    """What was sent to be imported, for an hour."""

    def keep(self, attempt: ImportAttempt, data: bytes, now_ms: int) -> None:
        """Keep an attempt with its file, and let go of what is too old or too much."""

    def find(self, attempt_id: str) -> ImportAttempt | None:
        """An attempt, while it is kept."""

    def file(self, attempt_id: str) -> bytes | None:
        """The file of an attempt, while it is kept."""


Progress = Callable[[int], None]
"""Told how much was read, in permille."""


class Extracts(Protocol):
    """Reads extracts of OpenStreetMap, however large; what is broken or hostile harms nobody.

    Raises:
        Invalid: ``format-unknown`` or ``file-malformed``.
        TooLarge: ``extract-too-heavy`` where it takes too much memory or too long.
        Unavailable: ``extract-interrupted``.
    """

    def places(self, path: Path, only: Collection[Category], progress: Progress) -> Iterator[OsmElement]:
        """What has the tags of those categories, or of any where there are none."""

    def borders(self, path: Path, levels: Collection[int], progress: Progress) -> Iterator[OsmBorder]:
        """Administrative borders of those levels, or of all where there are none."""

    def end(self) -> None:
        """End what is being read now, as ``extract-interrupted``: this process is about to end."""


class ExtractFiles(Protocol):
    """Extracts that were sent, until they are imported."""

    def keep(self, import_id: str, file: BinaryIO) -> None:
        """Keep a file."""

    def fetch(self, import_id: str) -> Path:
        """Where it can be read, until it is dropped.

        Raises:
            NotFound: ``extract-not-kept``.
        """

    def drop(self, import_id: str) -> None:
        """Let go of it, if it is there."""

    def expire(self, before_ms: int) -> int:
        """Let go of what was kept before; how many."""


class ExtractImports(Protocol):
    """Imports of extracts, each for a day after its last change."""

    def save(self, one: ExtractImport) -> None:
        """Keep it as it is now."""

    def find(self, import_id: str) -> ExtractImport | None:
        """One import."""

    def recent(self) -> list[ExtractImport]:
        """The last twenty, the newest first."""


class ExtractQueue(Protocol):
    """The hop to a worker."""

    async def enqueue(self, import_id: str) -> None:
        """Have an import run, in a while."""


class Geocoder(Protocol):
    """A provider of addresses."""

    @property
    def attribution(self) -> str:
        """Whom to thank beside what it finds."""

    async def __call__(self, text: str, language: str) -> list[FoundAddress]:
        """The best candidates, the likeliest first, at most five.

        Raises:
            Unavailable: ``address-search-failed``.
        """


class AddressesAsked(Protocol):
    """What was asked of the provider, and how often it may be asked."""

    async def find(self, text: str, language: str) -> list[FoundAddress] | None:
        """What was answered to that, None where it was not asked in the last days."""

    async def keep(self, text: str, language: str, found: Sequence[FoundAddress]) -> None:
        """Remember an answer."""

    async def count(self, account_id: str) -> TooOften | None:
        """Count a question of an account; it may be one too many."""

    async def turn(self) -> TooOften | None:
        """Wait until the provider may be asked; it may be too long."""


class Routing(Protocol):
    """A routing engine."""

    async def times_s(
        self, sources: Sequence[tuple[float, float]], targets: Sequence[tuple[float, float]]
    ) -> list[list[float | None]]:
        """How many seconds it takes a car from each source to each target; None where there is no way.

        Raises:
            Unavailable: ``routing-unavailable`` if there is no answer, or none that can be read.
        """
