"""What places there are."""

from dataclasses import dataclass

from geotarget.place import Category, Place
from geotarget.ports import Places

PAGE_SIZE = 50
_TEXT_LIMIT = 100
_PAGE_LIMIT = 200  # whoever wants more narrows the search: far pages are slow to find


@dataclass(frozen=True)
class PlacePage:
    """Places by name.

    Args:
        number: of this page, from 1.
        has_next: whether another follows.
    """

    places: list[Place]
    number: int
    has_next: bool


@dataclass(frozen=True)
class ListPlaces:
    """Reads the places that are kept, a page at a time."""

    places: Places

    def __call__(
        self, text: str = "", category: Category | None = None, page: int = 1, *, withdrawn: bool = False
    ) -> PlacePage:
        """One page of the places whose name, brand or city contains ``text`` (its first 100 characters).

        With ``withdrawn`` of those that are withdrawn.
        """
        number = min(max(page, 1), _PAGE_LIMIT)
        offset = (number - 1) * PAGE_SIZE
        found = self.places.search(text[:_TEXT_LIMIT], category, offset, PAGE_SIZE + 1, withdrawn=withdrawn)
        return PlacePage(found[:PAGE_SIZE], number, len(found) > PAGE_SIZE)

    def counts(self) -> dict[Category, int]:
        """How many there are in all, by category: reads them all."""
        return self.places.counts()
