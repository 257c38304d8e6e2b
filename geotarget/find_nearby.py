"""What lies within r of here."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.place import Category
from geotarget.spatial_index import Neighbours, PlaceIndex
from kernel.errors import Invalid

RADIUS_LIMIT_M = 100_000
RESULTS_LIMIT = 500


@dataclass(frozen=True)
class FindNearby:
    """Answers from the current snapshot; takes no I/O.

    Args:
        places: gives the current index.
    """

    places: Callable[[], PlaceIndex]

    def __call__(
        self,
        latitude: float,
        longitude: float,
        radius_m: float,
        *,
        category: Category | None = None,
        limit: int = 100,
    ) -> Neighbours:
        """The nearest places within ``radius_m``, nearest first.

        Raises:
            Invalid: ``latitude-out-of-range``, ``longitude-out-of-range``, ``radius-out-of-range``
                (above 0 up to 100 km) or ``limit-out-of-range`` (1 to 500).
        """
        if not 0 < radius_m <= RADIUS_LIMIT_M:
            message = f"A radius lies above 0 m and goes up to {RADIUS_LIMIT_M} m."
            raise Invalid(
                "radius-out-of-range", message, fix="Give it in metres.", fields={"radius_m": message}
            )
        if not 1 <= limit <= RESULTS_LIMIT:
            message = f"The limit lies between 1 and {RESULTS_LIMIT}."
            raise Invalid(
                "limit-out-of-range", message, fix="Ask for fewer places.", fields={"limit": message}
            )
        return self.places().near(latitude, longitude, radius_m, category=category, limit=limit)
