"""What areas there are."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.area import Area
from geotarget.area_index import AreaIndex
from geotarget.ports import AreaRow, Areas

PAGE_SIZE = 50
_TEXT_LIMIT = 100
_PAGE_LIMIT = 200


@dataclass(frozen=True)
class AreaPage:
    """Areas by name.

    Args:
        number: of this page, from 1.
        has_next: whether another follows.
    """

    areas: list[AreaRow]
    number: int
    has_next: bool


@dataclass(frozen=True)
class ListAreas:
    """Reads the areas that are kept, a page at a time; or which of them a point lies in.

    Args:
        index: gives the current snapshot.
    """

    areas: Areas
    index: Callable[[], AreaIndex]

    def __call__(self, text: str = "", page: int = 1) -> AreaPage:
        """One page of the areas whose name contains ``text`` (its first 100 characters)."""
        number = min(max(page, 1), _PAGE_LIMIT)
        offset = (number - 1) * PAGE_SIZE
        found = self.areas.search(text[:_TEXT_LIMIT], offset, PAGE_SIZE + 1)
        return AreaPage(found[:PAGE_SIZE], number, len(found) > PAGE_SIZE)

    def containing(self, latitude: float, longitude: float) -> list[Area]:
        """The areas that a point lies in; takes no I/O.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        index = self.index()
        return [area for one in index.containing(latitude, longitude) if (area := index.get(one))]
