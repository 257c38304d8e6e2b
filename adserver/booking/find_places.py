"""An advertiser looks for places to promote around."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from adserver.booking.order import PLACES_LIMIT
from geotarget.place import Category
from geotarget.spatial_index import Nearby, PlaceIndex

SHOWN_LIMIT = 50
WITHIN_MAX_M = 2_000_000
_WORDS_LIMIT = 80


class PlaceQuery(msgspec.Struct, frozen=True):
    """Which places: of a category, with every word in name or brand, around a point."""

    latitude: float
    longitude: float
    within_m: int
    words: str = ""
    category: Category | None = None


@dataclass(frozen=True)
class FoundPlaces:
    """The nearest matches to show, and the ids of all (20,000 at most) to take as a set."""

    nearest: tuple[Nearby, ...]
    place_ids: tuple[str, ...]


@dataclass(frozen=True)
class FindPlaces:
    """Searches the snapshot of places, nearest first."""

    places: Callable[[], PlaceIndex]

    def __call__(self, query: PlaceQuery) -> FoundPlaces:
        """What matches.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        words = query.words[:_WORDS_LIMIT].casefold().split()
        index = self.places()
        found = index.near(
            query.latitude,
            query.longitude,
            min(query.within_m, WITHIN_MAX_M),
            category=query.category,
            limit=max(1, len(index)),
        )
        matching = [near for near in found if _matches(near, words)][:PLACES_LIMIT]
        return FoundPlaces(tuple(matching[:SHOWN_LIMIT]), tuple(near.place.place_id for near in matching))


def _matches(near: Nearby, words: list[str]) -> bool:
    text = f"{near.place.name} {near.place.brand}".casefold()
    return all(word in text for word in words)
