"""Which circles around places cover a point: "which line items reach here"."""

from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geotarget.course import Course, Side, offsets_m, sides
from geotarget.detour import detours_s, travels_s
from geotarget.distance import Floats, arcs_m, boxes_deg, chord_brackets_m, chords_m, earth_fixed, geodesic_m
from geotarget.place import check_position
from kernel.errors import Invalid

RADIUS_LIMIT_M = 500_000
_SIDES = tuple(Side)


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


class ReachIndex(Generic[P]):
    """An immutable index of circles.

    Args:
        circles: any number, several to an owner as wanted.

    Raises:
        Invalid: ``radius-out-of-range`` unless 0 < radius_m <= 500 km.
    """

    def __init__(self, circles: Iterable[Circle[P]]) -> None:
        self._circles = list(circles)
        for circle in self._circles:
            check_radius(circle.radius_m)
        latitudes = np.array([circle.place.latitude for circle in self._circles], dtype=np.float64)
        longitudes = np.array([circle.place.longitude for circle in self._circles], dtype=np.float64)
        radii = np.array([circle.radius_m for circle in self._circles], dtype=np.float64)
        self._points = earth_fixed(latitudes, longitudes)
        self._sure, self._possible = chord_brackets_m(radii)
        boxes, owners = _boxes(latitudes, longitudes, radii)
        self._tree = shapely.STRtree(boxes)
        self._circle_of_box = owners

    def __len__(self) -> int:
        return len(self._circles)

    def covering(self, latitude: float, longitude: float, course: Course | None = None) -> list[Reached[P]]:
        """The owners that reach a point, each once with its nearest covering place, nearest first.

        With a course the nearest of those that are not behind, past or across the road, where there is one;
        then come the owners that have none.

        A circle covers by geopy's geodesic, its edge included. Distances agree with it within 1 mm
        up to 40 km and 2 m up to 500 km.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        check_position(latitude, longitude)
        rows = self._circle_of_box[self._tree.query(shapely.points(longitude, latitude))]
        chords = chords_m(earth_fixed(latitude, longitude), self._points[rows])
        inside = chords <= self._sure[rows]
        for i in np.flatnonzero(~inside & (chords <= self._possible[rows])).tolist():
            circle = self._circles[rows[i]]
            apart_m = geodesic_m(latitude, longitude, circle.place.latitude, circle.place.longitude)
            inside[i] = apart_m <= circle.radius_m
        rows, chords = rows[inside], chords[inside]
        if course is None:
            order = np.argsort(chords, kind="stable")
            distances = arcs_m(chords[order])
            nowhere = np.zeros(len(rows), dtype=np.int8)
            return self._first(rows[order], distances, nowhere, 2 * travels_s(distances))
        points = self._points[rows]
        along, right = offsets_m(
            latitude, longitude, course.heading_deg, points - earth_fixed(latitude, longitude)
        )
        found = sides(course, along, right, points)
        order = np.lexsort((chords, found >= Side.OTHER_SIDE))
        return self._first(
            rows[order], arcs_m(chords[order]), found[order], detours_s(along[order], right[order])
        )

    def _first(
        self, rows: NDArray[np.int64], distances: Floats, found: NDArray[np.int8], detours: Floats
    ) -> list[Reached[P]]:
        """The first circle of each owner."""
        reached: dict[str, Reached[P]] = {}
        columns = rows.tolist(), distances.tolist(), found.tolist(), detours.tolist()
        for row, distance_m, side, detour_s in zip(*columns, strict=True):
            owner_key, place, _ = self._circles[row]
            if owner_key not in reached:
                reached[owner_key] = Reached(owner_key, place, distance_m, _SIDES[side], detour_s)
        return list(reached.values())


def check_radius(radius_m: float) -> None:
    """Refuse a radius that is no distance, or more than 500 km.

    Raises:
        Invalid: ``radius-out-of-range``.
    """
    if not 0 < radius_m <= RADIUS_LIMIT_M:
        message = f"A radius lies above 0 m and goes up to {RADIUS_LIMIT_M // 1000} km."
        raise Invalid("radius-out-of-range", message, fix="Give it in metres.", fields={"radius_m": message})


def _boxes(latitudes: Floats, longitudes: Floats, radii_m: Floats) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Boxes in degrees around circles, doubled across the antimeridian, and the circle of each box."""
    heights, widths = boxes_deg(latitudes, radii_m)
    around = widths >= 180
    west = np.where(around, -180, longitudes - widths)
    east = np.where(around, 180, longitudes + widths)
    return doubled(west, latitudes - heights, east, latitudes + heights)


def doubled(
    west: Floats, south: Floats, east: Floats, north: Floats
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Boxes in degrees, again a turn away where they cross the antimeridian, and the row of each."""
    over_west, over_east = np.flatnonzero(west < -180), np.flatnonzero(east > 180)
    rows = np.concatenate([np.arange(len(west)), over_west, over_east])
    turn = np.repeat([0.0, 360.0, -360.0], [len(west), len(over_west), len(over_east)])
    return shapely.box(west[rows] + turn, south[rows], east[rows] + turn, north[rows]), rows
