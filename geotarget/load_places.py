"""Load all places into an index for the hot path."""

from dataclasses import dataclass

from geotarget.ports import Places
from geotarget.spatial_index import PlaceIndex


@dataclass(frozen=True)
class LoadPlaces:
    """Builds the snapshot of topic ``places``."""

    places: Places

    def __call__(self) -> PlaceIndex:
        """An index of all places as they are now."""
        return PlaceIndex(self.places.each())
