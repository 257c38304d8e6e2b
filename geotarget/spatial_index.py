"""What lies within r of here, nearest first."""

import math
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from geotarget.distance import (
    Floats,
    arcs_m,
    box_deg,
    chord_bracket_m,
    earth_fixed,
    earth_point,
    geodesic_m,
    short_arcs_m,
)
from geotarget.place import Category, Place, check_position

_BANDS_PER_DEG = 50
_BAND_APART = 512
_CATEGORIES = {category: code for code, category in enumerate(Category)}
_LAST = 180.5
"""A hair east of all longitudes: slices end before their upper end."""
_NONE = np.empty(0)
_PAIRS_AT_ONCE = 2_000_000


class Nearby(msgspec.Struct, frozen=True, gc=False):
    """A place and how far it is along the ground, in metres."""

    place: Place
    distance_m: float


class Neighbours(Sequence[Nearby]):
    """What was found, nearest first; each place is looked up only when it is asked for.

    Args:
        places: all that the index has.
        rows: which of them were found.
        distances_m: how far each is.
    """

    __slots__ = ("_places", "_rows", "distances_m")

    def __init__(self, places: Sequence[Place], rows: Floats, distances_m: Floats) -> None:
        self._places = places
        self._rows = rows
        self.distances_m = distances_m

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Nearby: ...

    @overload
    def __getitem__(self, at: slice) -> "Neighbours": ...

    def __getitem__(self, at: int | slice) -> "Nearby | Neighbours":
        if isinstance(at, slice):
            return Neighbours(self._places, self._rows[at], self.distances_m[at])
        return Nearby(self._places[int(self._rows[at])], float(self.distances_m[at]))

    def __iter__(self) -> Iterator[Nearby]:
        rows = self._rows.astype(np.int64).tolist()
        # The getter gives no tuple for one row alone.
        places = itemgetter(*rows)(self._places) if len(rows) > 1 else [self._places[row] for row in rows]
        return map(Nearby, places, self.distances_m.tolist())


class PlaceIndex:
    """An immutable index of places, some 150 bytes each beside the places themselves.

    Places are sorted by bands of latitude (0.02°) and by longitude within a band, so that a query
    is a few slices of contiguous memory.

    Args:
        places: any number of places, up to 2**53.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        unsorted = sorted(places, key=lambda place: place.place_id)
        latitudes = np.array([place.latitude for place in unsorted], dtype=np.float64)
        longitudes = np.array([place.longitude for place in unsorted], dtype=np.float64)
        keys = np.floor((latitudes + 90) * _BANDS_PER_DEG) * _BAND_APART + longitudes
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._places = [unsorted[i] for i in order]
        # Its row stands beside each point, so that both are gathered at once.
        self._points = np.empty((len(unsorted), 4))
        self._points[:, :3] = earth_fixed(latitudes[order], longitudes[order])
        self._points[:, 3] = np.arange(len(unsorted))
        codes = np.array([_CATEGORIES[place.category] for place in unsorted], dtype=np.int8)
        self._categories = codes[order]
        self._by_id = {place.place_id: place for place in unsorted}

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

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
    ) -> Neighbours:
        """The ``limit`` nearest places within ``radius_m`` (inclusive), nearest first.

        Membership is exactly that of geopy's geodesic; for the distances see ``short_arcs_m``. Places
        at one point come in the order of their ids.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        check_position(latitude, longitude)
        slices = self._slices(latitude, longitude, radius_m) if limit > 0 and radius_m >= 0 else []
        if not slices:
            return Neighbours(self._places, _NONE, _NONE)
        points = np.concatenate(slices)
        apart = points[:, :3] - earth_point(latitude, longitude)
        squares = np.einsum("ij,ij->i", apart, apart)
        sure, possible = chord_bracket_m(radius_m)
        inside = squares <= possible * possible
        rows, squares = points[:, 3][inside], squares[inside]
        unsure = (squares > sure * abs(sure)).nonzero()[0]
        if len(unsure):
            kept = self._inside(rows, unsure, latitude, longitude, radius_m)
            rows, squares = rows[kept], squares[kept]
        if category is not None:
            wanted = self._categories[rows.astype(np.int64)] == _CATEGORIES[category]
            rows, squares = rows[wanted], squares[wanted]
        if len(rows) > limit:
            few = squares <= np.partition(squares, limit - 1)[limit - 1]
            rows, squares = rows[few], squares[few]
        order = squares.argsort(kind="stable")
        rows, squares = rows[order], squares[order]
        return Neighbours(self._places, rows[:limit], short_arcs_m(squares[:limit]))

    def nearest_m(self, positions: Sequence[tuple[float, float]]) -> Floats:
        """How far the nearest place is from each of many positions, within 3 m up to 500 km; inf without any.

        For thousands at once: some seconds at 20,000 from 20,000, and other threads go on meanwhile.

        Args:
            positions: (latitude, longitude) in degrees.
        """
        found = np.full(len(positions), np.inf)
        if not self._places or not positions:
            return found
        here, points = earth_fixed(*np.array(positions).T), self._points[:, :3]
        lengths = np.einsum("ij,ij->i", points, points)
        step = max(1, _PAIRS_AT_ONCE // len(points))
        for first in range(0, len(here), step):
            some = here[first : first + step]
            # |a - b|², but for |a|².
            squares = some @ points.T
            squares *= -2
            squares += lengths
            found[first : first + step] = squares.min(axis=1) + np.einsum("ij,ij->i", some, some)
        return arcs_m(np.sqrt(np.maximum(found, 0)))

    def _inside(
        self, rows: Floats, unsure: NDArray[np.int64], latitude: float, longitude: float, radius_m: float
    ) -> NDArray[np.bool_]:
        """Which rows are inside: geopy says it of those at the edge, which are hardly ever any."""
        kept = np.ones(len(rows), dtype=bool)
        for i in unsure.tolist():
            place = self._places[int(rows[i])]
            kept[i] = geodesic_m(latitude, longitude, place.latitude, place.longitude) <= radius_m
        return kept

    def _slices(self, latitude: float, longitude: float, radius_m: float) -> list[Floats]:
        """The points in the box around a circle: a few more than in the circle."""
        height, width = box_deg(latitude, radius_m)
        south = math.floor((max(latitude - height, -90) + 90) * _BANDS_PER_DEG)
        north = math.floor((min(latitude + height, 90) + 90) * _BANDS_PER_DEG)
        if width >= 180:
            # All the way round: the bands lie one after the other.
            edges = [south * _BAND_APART - 180.0, north * _BAND_APART + _LAST]
        else:
            spans = _around(longitude - width, longitude + width)
            bands = range(south * _BAND_APART, north * _BAND_APART + 1, _BAND_APART)
            edges = [band + edge for band in bands for edge in spans]
        bounds = self._keys.searchsorted(edges).tolist()
        points = self._points
        return [points[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=True) if a < b]


def _around(west: float, east: float) -> tuple[float, ...]:
    """Both ends of a span of longitudes, or of its two halves across the antimeridian."""
    if west < -180:
        return west + 360, _LAST, -180.0, east
    if east > 180:
        return west, _LAST, -180.0, east - 360
    return west, east
