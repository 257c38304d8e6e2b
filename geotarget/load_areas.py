"""Load all areas into an index for the hot path."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.area_index import AreaIndex
from geotarget.ports import Areas
from geotarget.spatial_index import PlaceIndex


@dataclass(frozen=True)
class LoadAreas:
    """Builds the snapshot of topic ``areas``; to be built anew also when ``places`` change."""

    areas: Areas
    places: Callable[[], PlaceIndex]

    def __call__(self) -> AreaIndex:
        """An index of all areas as they are now, around places as they are."""
        return AreaIndex(self.areas.each(), self.places())
