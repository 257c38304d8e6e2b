"""Which circles around places cover a point: "which line items reach here"."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geotarget.cells import Cells
from geotarget.course import Course, Side, offsets_m, sides
from geotarget.detour import detours_s, travels_s
from geotarget.distance import (
    Floats,
    arcs_m,
    boxes_deg,
    chord_brackets_m,
    earth_fixed,
    earth_point,
    geodesic_m,
)
from geotarget.place import check_position
from kernel.errors import Invalid

RADIUS_LIMIT_M = 500_000
_SIDES = tuple(Side)
_BANDS_PER_DEG = 50


class Located(Protocol):
    """What a circle is around: a place, or a point."""

    @property
    def latitude(self) -> float:
        """WGS 84 degrees."""

    @property
    def longitude(self) -> float:
        """WGS 84 degrees."""


P = TypeVar("P", bound=Located, covariant=True)


class Circle(NamedTuple, Generic[P]):
    """Everything within ``radius_m`` metres along the ground of a place belongs to ``owner_key``."""

    owner_key: str
    place: P
    radius_m: float


class Reached(NamedTuple, Generic[P]):
    """An owner whose circle covers the point, with its nearest covering place.

    Args:
        side: where that lies from the car; ``AHEAD`` where no course is known.
        detour_s: how much longer a trip takes by way of it.
    """

    owner_key: str
    place: P
    distance_m: float
    side: Side = Side.AHEAD
    detour_s: float = 0.0


class _Scratch(threading.local):
    """Where each owner stands foremost: of use only while one query asks, and to each thread its own."""

    def __init__(self, owners: int) -> None:
        self.foremost = np.empty(owners, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Nearest(Generic[P]):
    """The owners that reach a point, each once with its nearest covering place, in columns, nearest first.

    Args:
        owners: who they are: where each stands in :attr:`ReachIndex.owners`.
        squares_m2: of how far the places are, through the Earth.
        sides: where they lie from the car; None where no course is known.
    """

    owners: NDArray[np.intp]
    squares_m2: Floats
    sides: NDArray[np.int8] | None
    _places: Sequence[P]
    _rows: NDArray[np.intp]
    _offsets_m: tuple[Floats, Floats] | None

    def __len__(self) -> int:
        return len(self.owners)

    def places(self, which: NDArray[np.intp]) -> Iterator[P]:
        """The places of some of them, in order."""
        return map(self._places.__getitem__, self._rows.take(which).tolist())

    def distances_m(self, which: NDArray[np.intp]) -> Floats:
        """How far they are along the ground."""
        return arcs_m(np.sqrt(self.squares_m2.take(which)))

    def sides_of(self, which: NDArray[np.intp]) -> Iterator[Side]:
        """Where they lie from the car; ``AHEAD`` where no course is known."""
        if self.sides is None:
            return repeat(Side.AHEAD, len(which))
        return map(_SIDES.__getitem__, self.sides.take(which).tolist())

    def detours_s(self, which: NDArray[np.intp]) -> Floats:
        """How much longer a trip takes by way of them."""
        if self._offsets_m is None:
            return 2 * travels_s(self.distances_m(which))
        along, right = self._offsets_m
        return detours_s(along.take(which), right.take(which))


class ReachIndex(Generic[P]):
    """An immutable index of circles.

    Args:
        circles: any number, several to an owner as wanted.

    Attributes:
        owners: whom circles belong to, each once.

    Raises:
        Invalid: ``radius-out-of-range`` unless 0 < radius_m <= 500 km.
    """

    def __init__(self, circles: Iterable[Circle[P]]) -> None:
        numbers: dict[str, int] = {}
        owners: list[int] = []
        radii_m: list[float] = []
        self._places: list[P] = []
        for owner_key, place, radius_m in circles:
            check_radius(radius_m)
            owners.append(numbers.setdefault(owner_key, len(numbers)))
            self._places.append(place)
            radii_m.append(radius_m)
        self.owners = list(numbers)
        latitudes = np.array([place.latitude for place in self._places], dtype=np.float64)
        longitudes = np.array([place.longitude for place in self._places], dtype=np.float64)
        # Neighbours stand side by side in memory.
        order = np.lexsort((longitudes, np.floor(latitudes * _BANDS_PER_DEG)))
        self._places = [self._places[i] for i in order.tolist()]
        latitudes, longitudes = latitudes[order], longitudes[order]
        self._owner_of = np.array(owners, dtype=np.intp)[order]
        self._radii = np.array(radii_m, dtype=np.float64)[order]
        # All that a query asks of a circle stands together, and is gathered at once.
        self._table = np.empty((len(radii_m), 5))
        self._table[:, :3] = earth_fixed(latitudes, longitudes)
        sure, possible = chord_brackets_m(self._radii)
        self._table[:, 3] = sure * abs(sure)
        self._table[:, 4] = possible * possible
        self._cells = Cells(*_boxes(latitudes, longitudes, self._radii))
        self._scratch = _Scratch(len(self.owners))

    def __len__(self) -> int:
        return len(self._places)

    def covering(self, latitude: float, longitude: float, course: Course | None = None) -> list[Reached[P]]:
        """The owners that reach a point, each once with its nearest covering place, nearest first.

        With a course the nearest of those that are not behind, past or across the road, where there is one;
        then come the owners that have none.

        A circle covers by geopy's geodesic, its edge included. Distances agree with it within 1 mm
        up to 40 km and 2 m up to 500 km.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        near = self.nearest(latitude, longitude, course)
        every = np.arange(len(near))
        owners = map(self.owners.__getitem__, near.owners.tolist())
        distances, detours = near.distances_m(every).tolist(), near.detours_s(every).tolist()
        return list(map(Reached, owners, near.places(every), distances, near.sides_of(every), detours))

    def nearest(self, latitude: float, longitude: float, course: Course | None = None) -> Nearest[P]:
        """:meth:`covering` in columns, for who wants few of many."""
        check_position(latitude, longitude)
        here = earth_point(latitude, longitude)
        rows = self._cells.at(latitude, longitude)
        found = self._table.take(rows, axis=0)
        squares = _squares(found, here)
        kept = (squares <= found[:, 4]).nonzero()[0]
        rows, squares = rows.take(kept), squares.take(kept)
        unsure = (squares > found[:, 3].take(kept)).nonzero()[0]
        if len(unsure):
            inside = self._inside(rows, unsure, latitude, longitude)
            kept, rows, squares = kept[inside], rows[inside], squares[inside]
        if course is None:
            order = squares.argsort()
            order = order.take(self._first(rows.take(order)))
            rows = rows.take(order)
            return Nearest(self._owner_of.take(rows), squares.take(order), None, self._places, rows, None)
        points = found[kept, :3]
        along, right = offsets_m(latitude, longitude, course.heading_deg, points - here)
        side = sides(course, along, right, points)
        order = np.lexsort((squares, side >= Side.OTHER_SIDE))
        order = order.take(self._first(rows.take(order)))
        rows, squares, side = rows.take(order), squares.take(order), side.take(order)
        offsets = along.take(order), right.take(order)
        return Nearest(self._owner_of.take(rows), squares, side, self._places, rows, offsets)

    def meeting(self, box: shapely.Polygon) -> set[str]:
        """The owners of the circles whose boxes meet one, in degrees."""
        tree, rows = self._boxes
        return {self.owners[owner] for owner in self._owner_of[rows[tree.query(box)]].tolist()}

    @cached_property
    def _boxes(self) -> tuple[shapely.STRtree, NDArray[np.int64]]:
        """A tree of the circles' boxes, and the circle of each; made for who asks."""
        latitudes, longitudes = (
            np.array([getattr(place, axis) for place in self._places], dtype=np.float64)
            for axis in ("latitude", "longitude")
        )
        boxes, rows = doubled(*_boxes(latitudes, longitudes, self._radii))
        return shapely.STRtree(boxes), rows

    def _inside(
        self, rows: NDArray[np.intp], unsure: NDArray[np.intp], latitude: float, longitude: float
    ) -> NDArray[np.bool_]:
        """Which rows cover the point: geopy says it of those at the edge, which are hardly ever any."""
        inside = np.ones(len(rows), dtype=bool)
        for i in unsure.tolist():
            place = self._places[rows[i]]
            apart_m = geodesic_m(latitude, longitude, place.latitude, place.longitude)
            inside[i] = apart_m <= self._radii[rows[i]]
        return inside

    def _first(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where in ``rows`` each owner stands first, in order."""
        owners, places = self._owner_of.take(rows), np.arange(len(rows))
        foremost = self._scratch.foremost
        # What is written last stands: backwards, the first.
        foremost[owners[::-1]] = places[::-1]
        first: NDArray[np.intp] = (foremost.take(owners) == places).nonzero()[0]
        return first


def check_radius(radius_m: float) -> None:
    """Refuse a radius that is no distance, or more than 500 km.

    Raises:
        Invalid: ``radius-out-of-range``.
    """
    if not 0 < radius_m <= RADIUS_LIMIT_M:
        message = f"A radius lies above 0 m and goes up to {RADIUS_LIMIT_M // 1000} km."
        raise Invalid("radius-out-of-range", message, fix="Give it in metres.", fields={"radius_m": message})


def _squares(found: Floats, here: Floats) -> Floats:
    """The squares of the distances through the Earth of points, in the first three columns, from ``here``."""
    squares = np.zeros(len(found))
    for axis, at in enumerate(here.tolist()):
        apart = found[:, axis] - at
        apart *= apart
        squares += apart
    return squares


def _boxes(latitudes: Floats, longitudes: Floats, radii_m: Floats) -> tuple[Floats, ...]:
    """West, south, east and north of boxes around circles, in degrees, perhaps across the antimeridian."""
    heights, widths = boxes_deg(latitudes, radii_m)
    around = widths >= 180
    west = np.where(around, -180, longitudes - widths)
    east = np.where(around, 180, longitudes + widths)
    return west, latitudes - heights, east, latitudes + heights


def doubled(
    west: Floats, south: Floats, east: Floats, north: Floats
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Boxes in degrees, again a turn away where they cross the antimeridian, and the row of each."""
    over_west, over_east = np.flatnonzero(west < -180), np.flatnonzero(east > 180)
    rows = np.concatenate([np.arange(len(west)), over_west, over_east])
    turn = np.repeat([0.0, 360.0, -360.0], [len(west), len(over_west), len(over_east)])
    return shapely.box(west[rows] + turn, south[rows], east[rows] + turn, north[rows]), rows
