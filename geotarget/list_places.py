"""What places there are."""

from dataclasses import dataclass
from functools import partial

from geotarget.page import TEXT_LIMIT, Page, page_of
from geotarget.place import Category, Place
from geotarget.ports import Places


@dataclass(frozen=True)
class ListPlaces:
    """Reads the places that are kept, a page at a time."""

    places: Places

    def __call__(
        self, text: str = "", category: Category | None = None, page: int = 1, *, withdrawn: bool = False
    ) -> Page[Place]:
        """The places whose name, brand or city contains ``text`` (its first 100 characters), by name.

        With ``withdrawn`` of those that are withdrawn.
        """
        return page_of(partial(self.places.search, text[:TEXT_LIMIT], category, withdrawn=withdrawn), page)

    def counts(self) -> dict[Category, int]:
        """How many there are in all, by category: reads them all."""
        return self.places.counts()
