"""Load the fences that are asked for into an index for the stream of positions."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.area_index import AreaIndex
from geotarget.fence_index import FenceIndex
from geotarget.spatial_index import PlaceIndex


@dataclass(frozen=True)
class LoadFences:
    """Builds the snapshot of fences.

    Args:
        wanted: the areas that somebody asks for the crossing of.
    """

    wanted: Callable[[], frozenset[str]]
    areas: Callable[[], AreaIndex]
    places: Callable[[], PlaceIndex]

    def __call__(self) -> FenceIndex:
        """An index of them as they are now."""
        return FenceIndex(self.wanted(), self.areas(), self.places())

    def revision(self) -> object:
        """Where it is the same, so are the fences."""
        return self.wanted(), self.areas()
