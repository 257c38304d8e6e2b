"""An advertiser looks for places to promote around."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.place import Category
from geotarget.spatial_index import Nearby, PlaceIndex

SEARCH_RADIUS_M = 200_000
SHOWN_LIMIT = 50
_WORD_LIMIT = 80


@dataclass(frozen=True)
class FoundPlaces:
    """The nearest matches to show, and the ids of all (20,000 at most) to take as a set."""

    nearest: tuple[Nearby, ...]
    place_ids: tuple[str, ...]


@dataclass(frozen=True)
class FindPlaces:
    """Searches by category and by words of name or brand, nearest first, within 200 km of a point."""

    places: Callable[[], PlaceIndex]

    def __call__(
        self,
        latitude: float,
        longitude: float,
        words: str = "",
        category: Category | None = None,
        limit: int = 20_000,
    ) -> FoundPlaces:
        """What matches every word.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        wanted = words[:_WORD_LIMIT].casefold().split()
        index = self.places()
        found = index.near(latitude, longitude, SEARCH_RADIUS_M, category=category, limit=len(index))
        if wanted:
            found = [near for near in found if _matches(near, wanted)]
        found = found[:limit]
        return FoundPlaces(tuple(found[:SHOWN_LIMIT]), tuple(near.place.place_id for near in found))


def _matches(near: Nearby, wanted: list[str]) -> bool:
    text = f"{near.place.name} {near.place.brand}".casefold()
    return all(word in text for word in wanted)
