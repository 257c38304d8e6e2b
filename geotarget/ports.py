"""What this room asks of the world."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from geotarget.place import Category, Place


class Stored(NamedTuple):
    """What an import did to the places that are kept."""

    added: int
    updated: int
    unchanged: int


class Places(Protocol):
    """The places that are kept. (source, external_id) is unique."""

    def store(self, places: Sequence[Place], now_ms: int, *, dry_run: bool) -> Stored:
        """Add or update places in one transaction; with ``dry_run`` only tell what would happen."""

    def each(self) -> Iterator[Place]:
        """All places, in no particular order."""

    def counts(self) -> dict[Category, int]:
        """How many places there are of each category that has any."""

    def search(self, text: str, category: Category | None, offset: int, limit: int) -> list[Place]:
        """Places whose name, brand or city contains ``text``, whatever its case and accents, by name."""
