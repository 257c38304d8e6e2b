"""The fences that somebody asks for, as an index: the areas themselves, and a little around each."""

from collections.abc import Collection, Iterable, Mapping

import msgspec
import shapely

from geotarget.area import Area, Around, Border, Corridor, Disc, Rings, Shape, polygons_of
from geotarget.area_index import AreaIndex
from geotarget.distance import box_deg
from geotarget.fence import Fences, Seen
from geotarget.place import Place
from geotarget.reach_index import RADIUS_LIMIT_M

EDGE_M = 50.0
"""How far beyond its edge a fence is left: more than a position trembles."""
_CALM_DEG = (0.002, 0.01, 0.1)
STEP_DEG = 0.0001
"""Some ten metres: who has moved less is not looked at again."""
_SIMPLER = 0.2
SIMPLIFIED_POINTS = 5_000
"""Shapely simplifies by recursion: a saw with many more teeth would end the process."""


class FenceIndex:
    """Immutable; implements :class:`geotarget.fence.Fences`.

    Args:
        area_ids: those that are asked for; unknown ones are nowhere.
        areas: all there are.
        places: of which sets are made.
    """

    def __init__(
        self, area_ids: Collection[str] = (), areas: AreaIndex | None = None, places: Iterable[Place] = ()
    ) -> None:
        self._areas = areas or AreaIndex(())
        asked = [area for area_id in sorted(set(area_ids)) if (area := self._areas.get(area_id))]
        self._drawn = {
            area.area_id: hash((area.shape, self._areas.set_places(area.area_id))) for area in asked
        }
        self._wider = AreaIndex([_wider(area) for area in asked], places if asked else ())

    def __len__(self) -> int:
        return len(self._drawn)

    def seen(self, latitude: float, longitude: float) -> dict[str, Seen]:
        """See the protocol."""
        near = self._wider.containing(latitude, longitude)
        if not near:
            return {}
        within = set(self._areas.containing(latitude, longitude))
        return {area_id: Seen.INSIDE if area_id in within else Seen.EDGE for area_id in near}

    def calm_deg(self, latitude: float, longitude: float, seen: Mapping[str, Seen]) -> float:
        """See the protocol."""
        calm_deg = STEP_DEG
        if Seen.EDGE in seen.values():
            return calm_deg
        for margin_deg in _CALM_DEG:
            west, south = longitude - margin_deg, latitude - margin_deg
            around = shapely.box(west, south, longitude + margin_deg, latitude + margin_deg)
            held = all(self._areas.holds(area_id, around) for area_id in seen)
            if not (held and self._wider.meeting(around) <= seen.keys()):
                break
            calm_deg = margin_deg
        return calm_deg

    def same(self, before: Fences, area_id: str) -> bool:
        """See the protocol."""
        return (
            isinstance(before, FenceIndex)
            and area_id in self._drawn.keys() & before._drawn.keys()
            and (self._drawn[area_id] == before._drawn[area_id])
        )


def _wider(area: Area) -> Area:
    """The area with :data:`EDGE_M` around it; what is as wide as may be stays so."""
    return msgspec.structs.replace(area, shape=_wider_shape(area.shape))


def _wider_shape(shape: Shape) -> Shape:
    match shape:
        case Disc() | Around():
            radius_m = min(shape.radius_m + EDGE_M, RADIUS_LIMIT_M)
            return msgspec.structs.replace(shape, radius_m=radius_m)
        case Corridor():
            return msgspec.structs.replace(shape, width_m=shape.width_m + 2 * EDGE_M)
        case Border():
            parts = [part for polygon in polygons_of(shape) for part in _buffered(polygon)]
            return Border(tuple(parts))


def _buffered(polygon: shapely.Polygon) -> list[Rings]:
    """A polygon with a margin, in degrees; simplified first, well within it, where that is safe."""
    _, south, _, north = polygon.bounds
    height, width = box_deg(min(max(abs(south), abs(north)), 89.0), EDGE_M * (1 + _SIMPLER))
    stretch = height / width
    flat = shapely.transform(polygon, lambda xy: xy * (stretch, 1.0))
    if shapely.get_num_coordinates(flat) <= SIMPLIFIED_POINTS:
        flat = flat.simplify(height * _SIMPLER / (1 + _SIMPLER))
    wider = flat.buffer(height, quad_segs=2)
    back = shapely.transform(wider, lambda xy: xy / (stretch, 1.0))
    return [_rings(part) for part in shapely.get_parts(back)]


def _rings(polygon: shapely.Polygon) -> Rings:
    rings = (polygon.exterior, *polygon.interiors)
    return tuple(tuple((x, y) for x, y in ring.coords) for ring in rings)
