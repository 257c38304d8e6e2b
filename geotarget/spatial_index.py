"""What lies within r of here, nearest first."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geotarget.distance import Floats, arcs_m, boxes_deg, brackets_m, chords_m, earth_fixed, geodesic_m
from geotarget.place import Category, Place, check_position

_BANDS_PER_DEG = 50
_CATEGORIES = {category: code for code, category in enumerate(Category)}
_CLOSE_ENOUGH_M = 1e-3


class Nearby(NamedTuple):
    """A place and how far it is along the ground, in metres."""

    place: Place
    distance_m: float


class PlaceIndex:
    """An immutable index of places, some 50 bytes each beside the places themselves.

    Places are sorted by bands of latitude (0.02°) and by longitude within a band, so that a query
    is a few slices of contiguous memory.

    Args:
        places: any number of places.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        unsorted = list(places)
        latitudes = np.array([place.latitude for place in unsorted], dtype=np.float64)
        longitudes = np.array([place.longitude for place in unsorted], dtype=np.float64)
        keys = _keys(_bands(latitudes), longitudes)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._places = [unsorted[i] for i in order]
        self._points = earth_fixed(latitudes[order], longitudes[order])
        codes = np.array([_CATEGORIES[place.category] for place in unsorted], dtype=np.int8)
        self._categories = codes[order]
        self._by_id = {place.place_id: place for place in unsorted}

    def __len__(self) -> int:
        return len(self._places)

    def get(self, place_id: str) -> Place | None:
        """The place of that id, or None."""
        return self._by_id.get(place_id)

    def near(
        self,
        latitude: float,
        longitude: float,
        radius_m: float,
        *,
        category: Category | None = None,
        limit: int = 100,
    ) -> list[Nearby]:
        """The ``limit`` nearest places within ``radius_m`` (inclusive), nearest first.

        Membership is exactly that of geopy's geodesic; distances agree with it within 1 mm. Equal
        distances come in the order of the places' ids.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        check_position(latitude, longitude)
        if limit <= 0 or not radius_m >= 0:
            return []
        rows = self._rows_around(latitude, longitude, radius_m)
        if category is not None:
            rows = rows[self._categories[rows] == _CATEGORIES[category]]
        chords = chords_m(earth_fixed(latitude, longitude), self._points[rows])
        low, high = brackets_m(chords)
        reach = radius_m
        if len(rows) > limit:
            reach = min(radius_m, float(np.partition(high, limit - 1)[limit - 1]))
        kept = np.flatnonzero(low <= reach)
        found: list[Nearby] = []
        for row, middle, least, most in zip(
            rows[kept].tolist(),
            arcs_m(chords[kept]).tolist(),
            low[kept].tolist(),
            high[kept].tolist(),
            strict=True,
        ):
            place = self._places[row]
            if most > radius_m or most - least > _CLOSE_ENOUGH_M:
                middle = geodesic_m(latitude, longitude, place.latitude, place.longitude)
                if middle > radius_m:
                    continue
            found.append(Nearby(place, middle))
        found.sort(key=lambda nearby: (nearby.distance_m, nearby.place.place_id))
        return found[:limit]

    def _rows_around(self, latitude: float, longitude: float, radius_m: float) -> NDArray[np.int64]:
        """Rows of the places in the box around a circle (a few more than in the circle)."""
        here = np.array([latitude]), np.array([radius_m])
        height, width = (float(half[0]) for half in boxes_deg(*here))
        south, north = _bands(np.array([latitude - height, latitude + height]))
        bands = np.arange(south, north + 1)
        if width >= 180:
            spans = [(-180.0, 180.0)]
        elif longitude - width < -180:
            spans = [(longitude - width + 360, 180.0), (-180.0, longitude + width)]
        elif longitude + width > 180:
            spans = [(longitude - width, 180.0), (-180.0, longitude + width - 360)]
        else:
            spans = [(longitude - width, longitude + width)]
        slices = []
        for west, east in spans:
            starts = np.searchsorted(self._keys, _keys(bands, west), "left")
            ends = np.searchsorted(self._keys, _keys(bands, east), "right")
            slices += [np.arange(a, b) for a, b in zip(starts, ends, strict=True) if a < b]
        return np.concatenate(slices) if slices else np.empty(0, dtype=np.int64)


def _bands(latitudes: Floats) -> NDArray[np.int64]:
    return np.floor((np.clip(latitudes, -90, 90) + 90) * _BANDS_PER_DEG).astype(np.int64)


def _keys(bands: NDArray[np.int64], longitudes: Floats | float) -> Floats:
    """One sortable number for (band, longitude): bands lie 512 degrees apart."""
    return bands.astype(np.float64) * 512 + longitudes
