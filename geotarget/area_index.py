"""Which of many areas a point lies in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import frexp
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geotarget.area import Area, Around, Border, Corridor, Disc, PlaceSet, Position, length_m, polygons_of
from geotarget.distance import (
    Floats,
    box_deg,
    chord_bracket_m,
    earth_fixed,
    earth_point,
    farther,
    geodesic_m,
)
from geotarget.place import Category, Place, check_position
from geotarget.place_file import fold
from geotarget.reach_index import Circle, ReachIndex, doubled

PIECE_M = 500.0
"""A corridor's line is taken in straight pieces no longer than this: a centimetre off at most."""
_PIECE_SLACK_M = 0.05
_LEAST_M2 = 1e-12


_SetKey = tuple[str, Category | None, str]


class Spot(NamedTuple):
    """A disc's middle."""

    latitude: float
    longitude: float


class AreaIndex:
    """An immutable index of areas.

    Discs, and what lies around places, are decided by geopy's geodesic; borders by shapely in degrees,
    exactly; corridors by the distance to the nearest piece of their line, and by geopy's geodesic to the
    nearest point of it at the edge. Edges are inside.

    Args:
        areas: any number.
        places: of which sets are made.
    """

    def __init__(self, areas: Iterable[Area], places: Iterable[Place] = ()) -> None:
        self._areas = {area.area_id: area for area in areas}
        self._discs = ReachIndex(_discs(self._areas.values()))
        self._around = _AroundSets(self._areas.values(), places)
        self._borders = _Borders(self._areas.values())
        self._corridors = _Corridors(self._areas.values())

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def get(self, area_id: str) -> Area | None:
        """The area of that id, or None."""
        return self._areas.get(area_id)

    def containing(self, latitude: float, longitude: float) -> list[str]:
        """The ids of the areas that a point lies in, in order.

        Raises:
            Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
        """
        check_position(latitude, longitude)
        found = set(self._borders.at(latitude, longitude)) | set(self._corridors.at(latitude, longitude))
        if len(self._discs):
            found |= {reached.owner_key for reached in self._discs.covering(latitude, longitude)}
        found.update(self._around.at(latitude, longitude))
        return sorted(found)

    def meeting(self, box: shapely.Polygon) -> set[str]:
        """The ids of the areas that a box in degrees may meet: no other does."""
        around = self._around.meeting(box)
        return {
            *self._borders.meeting(box),
            *self._corridors.meeting(box),
            *self._discs.meeting(box),
            *around,
        }

    def set_places(self, area_id: str) -> tuple[Position, ...]:
        """Where the places lie around which an area is, none of what is no set; alike where they are."""
        return self._around.places(area_id)

    def holds(self, area_id: str, box: shapely.Polygon) -> bool:
        """Whether an area surely holds a box in degrees; never of corridors and sets of places."""
        area = self._areas.get(area_id)
        match area.shape if area else None:
            case Border():
                return self._borders.holds(area_id, box)
            case Disc(latitude, longitude, radius_m):
                corners = list(box.exterior.coords)[:4]
                return not any(farther(latitude, longitude, lat, lon, radius_m) for lon, lat in corners)
        return False

    def within(self, area_ids: Collection[str], latitude: float, longitude: float, slack_m: float) -> bool:
        """Whether a point lies in any of some areas, or no farther than about ``slack_m`` from one.

        For what must not flicker at an edge: eight points around are asked about, where the point is out.
        """
        if not set(area_ids).isdisjoint(self.containing(latitude, longitude)):
            return True
        height, width = box_deg(latitude, slack_m)
        around = [(up, right) for up in (-height, 0, height) for right in (-width, 0, width) if up or right]
        for up, right in around:
            there = max(-90.0, min(90.0, latitude + up)), (longitude + right + 180) % 360 - 180
            if not set(area_ids).isdisjoint(self.containing(*there)):
                return True
        return False


def _discs(areas: Iterable[Area]) -> Iterator[Circle[Spot]]:
    for area in areas:
        if isinstance(area.shape, Disc):
            yield Circle(area.area_id, Spot(area.shape.latitude, area.shape.longitude), area.shape.radius_m)


class _AroundSets:
    """What lies around the places of sets, with one circle to a place for all areas whose radii are alike.

    A place is of seven sets at most, and radii up to twice as wide share a circle: what is drawn does not
    grow with the number of areas.
    """

    def __init__(self, areas: Iterable[Area], places: Iterable[Place]) -> None:
        self._rings: dict[str, list[tuple[str, float]]] = {}
        self._set_of: dict[str, _SetKey] = {}
        widest: dict[_SetKey, dict[str, float]] = defaultdict(dict)
        for area in areas:
            if isinstance(area.shape, Around):
                radius_m, key = area.shape.radius_m, _set_key(area.shape.places)
                ring = f"{key}:{frexp(radius_m)[1]}"
                self._rings.setdefault(ring, []).append((area.area_id, radius_m))
                self._set_of[area.area_id] = key
                widest[key][ring] = max(radius_m, widest[key].get(ring, 0.0))
        self._places: dict[_SetKey, list[Position]] = defaultdict(list)
        self._circles = ReachIndex(self._drawn(places, widest) if widest else ())

    def _drawn(
        self, places: Iterable[Place], widest: Mapping[_SetKey, Mapping[str, float]]
    ) -> Iterator[Circle[Place]]:
        for place in places:
            for key in _sets_of(place):
                if key in widest:
                    self._places[key].append((place.longitude, place.latitude))
                    for ring, radius_m in widest[key].items():
                        yield Circle(ring, place, radius_m)

    def places(self, area_id: str) -> tuple[Position, ...]:
        key = self._set_of.get(area_id)
        return tuple(sorted(self._places.get(key, ()))) if key else ()

    def meeting(self, box: shapely.Polygon) -> Iterator[str]:
        for ring in self._circles.meeting(box):
            for area_id, _ in self._rings[ring]:
                yield area_id

    def at(self, latitude: float, longitude: float) -> Iterator[str]:
        if not len(self._circles):
            return
        for ring, place, *_ in self._circles.covering(latitude, longitude):
            for area_id, radius_m in self._rings[ring]:
                if not farther(latitude, longitude, place.latitude, place.longitude, radius_m):
                    yield area_id


def _set_key(places: PlaceSet) -> _SetKey:
    return places.source, places.category, fold(places.brand)


def _sets_of(place: Place) -> Iterator[_SetKey]:
    """Every set that a place can be of."""
    brand = fold(place.brand)
    brands = ("", brand) if brand else ("",)
    return product(("", place.source), (None, place.category), brands)


class _Borders:
    """Polygons, each part on its own, so that islands far apart do not share a box."""

    def __init__(self, areas: Iterable[Area]) -> None:
        polygons: list[shapely.Polygon] = []
        self._owners: list[str] = []
        for area in areas:
            if isinstance(area.shape, Border):
                parts = polygons_of(area.shape)
                polygons += parts
                self._owners += [area.area_id] * len(parts)
        self._polygons = np.array(polygons, dtype=object)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)

    def meeting(self, box: shapely.Polygon) -> Iterator[str]:
        rows = self._tree.query(box)
        meet = shapely.intersects(self._polygons[rows], box)
        return map(self._owners.__getitem__, rows[meet].tolist())

    def holds(self, owner: str, box: shapely.Polygon) -> bool:
        rows = [row for row in self._tree.query(box).tolist() if self._owners[row] == owner]
        return bool(shapely.contains(self._polygons[rows], box).any())

    def at(self, latitude: float, longitude: float) -> Iterator[str]:
        if not self._owners:
            return
        # The antimeridian has two longitudes.
        for same in (longitude, -longitude) if abs(longitude) == 180 else (longitude,):
            rows = self._tree.query(shapely.Point(same, latitude))
            inside = shapely.intersects_xy(self._polygons[rows], same, latitude)
            for row in rows[inside].tolist():
                yield self._owners[row]


class _Corridors:
    """Lines in pieces through the Earth, so short that the Earth is flat along them."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._owners: list[str] = []
        halves: list[float] = []
        begins: list[Position] = []
        ends: list[Position] = []
        for area in areas:
            if isinstance(area.shape, Corridor):
                line = _cut(area.shape.line)
                begins += line[:-1]
                ends += line[1:]
                self._owners += [area.area_id] * (len(line) - 1)
                halves += [area.shape.width_m / 2] * (len(line) - 1)
        self._degrees = np.array([begins, ends]).reshape(2, -1, 2)
        self._begins, ends_m = (earth_fixed(end[:, 1], end[:, 0]) for end in self._degrees)
        self._along = ends_m - self._begins
        # Two positions may be apart in degrees, and the same in metres as floats tell them.
        self._lengths2 = np.maximum(np.einsum("ij,ij->i", self._along, self._along), _LEAST_M2)
        self._halves = np.array(halves)
        boxes, self._piece_of_box = _boxes(self._degrees, self._halves)
        self._tree = shapely.STRtree(boxes)

    def meeting(self, box: shapely.Polygon) -> Iterator[str]:
        return map(self._owners.__getitem__, self._piece_of_box[self._tree.query(box)].tolist())

    def at(self, latitude: float, longitude: float) -> Iterator[str]:
        if not self._owners:
            return
        boxes = self._tree.query(shapely.Point(longitude, latitude))
        rows = self._piece_of_box[boxes]
        if not len(rows):
            return
        here = earth_point(latitude, longitude) - self._begins[rows]
        shares = np.einsum("ij,ij->i", here, self._along[rows]) / self._lengths2[rows]
        shares = np.clip(shares, 0, 1)
        apart = here - shares[:, None] * self._along[rows]
        chords = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        for row, share, chord in zip(rows.tolist(), shares.tolist(), chords.tolist(), strict=True):
            if self._within(row, share, chord, latitude, longitude):
                yield self._owners[row]

    def _within(self, row: int, share: float, chord: float, latitude: float, longitude: float) -> bool:
        half_m = float(self._halves[row])
        sure, possible = chord_bracket_m(half_m)
        if chord <= sure - _PIECE_SLACK_M:
            return True
        if chord > possible + _PIECE_SLACK_M:
            return False
        begin, end = self._degrees[:, row]
        lon, lat = (begin + share * (end - begin)).tolist()
        return geodesic_m(latitude, longitude, lat, lon) <= half_m


def _cut(line: Sequence[Position]) -> list[Position]:
    """The same line with more points, none farther than ``PIECE_M`` from the next; none twice in a row."""
    cut = [line[0]]
    for before, after in pairwise(line):
        pieces = int(length_m((before, after)) // PIECE_M) + 1
        for n in range(1, pieces + 1):
            at = tuple(a + (b - a) * n / pieces for a, b in zip(before, after, strict=True))
            if at != cut[-1]:
                cut.append((at[0], at[1]))
    return cut


def _boxes(degrees: Floats, halves_m: Floats) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Boxes around pieces, doubled across the antimeridian, and the piece of each box."""
    low, high = degrees.min(axis=0), degrees.max(axis=0)
    farthest = np.maximum(abs(low[:, 1]), abs(high[:, 1])) if len(halves_m) else np.empty(0)
    margins = [box_deg(lat, half) for lat, half in zip(farthest.tolist(), halves_m.tolist(), strict=True)]
    height, width = np.array(margins).reshape(-1, 2).T
    west, east = low[:, 0] - width, high[:, 0] + width
    return doubled(west, low[:, 1] - height, east, high[:, 1] + height)
