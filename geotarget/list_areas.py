"""What areas there are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from geotarget.area import Area
from geotarget.area_index import AreaIndex
from geotarget.page import TEXT_LIMIT, Page, page_of
from geotarget.ports import AreaRow, Areas


@dataclass(frozen=True)
class ListAreas:
    """Reads the areas that are kept, a page at a time; or which of them a point lies in.

    Args:
        index: gives the current snapshot.
    """

    areas: Areas
    index: Callable[[], AreaIndex]

    def __call__(self, text: str = "", page: int = 1) -> Page[AreaRow]:
        """The areas whose name contains ``text`` (its first 100 characters), by name."""
        return page_of(partial(self.areas.search, text[:TEXT_LIMIT]), page)

    def containing(self, latitude: float, longitude: float) -> list[Area]:
        """The areas that a point lies in; takes no I/O.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        index = self.index()
        return [area for one in index.containing(latitude, longitude) if (area := index.get(one))]
