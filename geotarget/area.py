"""An area that a promotion can be shown in, and the rules that every area keeps.

Positions are (longitude, latitude) in WGS 84 degrees, as in GeoJSON (RFC 7946 §3.1.1). Between two
positions of a border or a line runs what is straight in longitude and latitude. What crosses the
antimeridian is cut there in two (RFC 7946 §3.1.9); a border around a pole runs along it.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Never

import msgspec
import shapely

from geotarget.distance import DEGREE_M
from geotarget.place import (
    EXTERNAL_ID_LIMIT,
    NAME_LIMIT,
    Category,
    Place,
    check_position,
    check_source,
    check_text,
    id_of,
)
from geotarget.place_file import fold
from geotarget.reach_index import check_radius
from kernel.errors import Invalid

POINTS_LIMIT = 100_000
POLYGONS_LIMIT = 5_000
LINE_POINTS_LIMIT = 10_000
LINE_LIMIT_M = 3_000_000
WIDTH_MIN_M, WIDTH_MAX_M = 10, 50_000
POLAR_DEG = 85

Position = tuple[float, float]
Ring = tuple[Position, ...]
Rings = tuple[Ring, ...]
"""The outer ring, then the holes; each is closed."""


class Disc(msgspec.Struct, frozen=True, tag="disc"):
    """All within ``radius_m`` along the ground of a point."""

    latitude: float
    longitude: float
    radius_m: float


class Border(msgspec.Struct, frozen=True, tag="border"):
    """All within any of some polygons, their borders included and their holes left out."""

    polygons: tuple[Rings, ...]


class Corridor(msgspec.Struct, frozen=True, tag="corridor"):
    """All within half of ``width_m`` of a line, such as a road; its ends are round."""

    line: Ring
    width_m: float


class PlaceSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """All places of a list, of a category or of a brand: of whatever is given, all of it.

    Args:
        source: name of the list.
        brand: whatever its case and accents.
    """

    source: str = ""
    category: Category | None = None
    brand: str = ""

    def holds(self, place: Place) -> bool:
        """Whether a place is one of them."""
        return (
            (not self.source or place.source == self.source)
            and (self.category is None or place.category is self.category)
            and (not self.brand or fold(place.brand) == fold(self.brand))
        )


class Around(msgspec.Struct, frozen=True, tag="around"):
    """All within ``radius_m`` of any place of a set, as the set is at the time."""

    places: PlaceSet
    radius_m: float


Shape = Disc | Border | Corridor | Around


class Area(msgspec.Struct, frozen=True):
    """One area.

    Args:
        area_id: ``are_…``, see :func:`area_id_of`.
        source: whose list it came from; with ``external_id`` it is unique.
        name: what an advertiser reads.
    """

    area_id: str
    source: str
    external_id: str
    name: str
    shape: Shape

    @property
    def kind(self) -> str:
        """``disc``, ``border``, ``corridor`` or ``around``."""
        return str(self.shape.__struct_config__.tag)


def area_id_of(source: str, external_id: str) -> str:
    """The id of an area, see :func:`geotarget.place.id_of`."""
    return id_of("are", source, external_id)


def make_area(source: str, external_id: str, name: str, shape: Shape) -> Area:
    """An area that keeps every rule.

    Raises:
        Invalid: ``source-malformed``, ``external-id-missing``, ``external-id-too-long``,
            ``name-missing``, ``name-too-long``, ``text-malformed``, or what :func:`check_shape` says.
    """
    check_source(source)
    check_text("external-id", external_id, EXTERNAL_ID_LIMIT)
    check_text("name", name, NAME_LIMIT)
    check_shape(shape)
    return Area(area_id_of(source, external_id), source, external_id, name, shape)


def check_shape(shape: Shape) -> None:
    """Refuse a shape that is none.

    Raises:
        Invalid: ``latitude-out-of-range``, ``longitude-out-of-range``, ``radius-out-of-range``,
            ``width-out-of-range``, ``place-set-empty``, ``source-malformed``, ``brand-too-long``,
            ``text-malformed``, ``area-empty``, ``area-too-many-points``,
            ``area-ring-open``, ``area-ring-too-short``, ``area-crosses-antimeridian``,
            ``area-crosses-itself``, ``area-malformed``, ``line-too-short``, ``line-too-long`` or
            ``line-near-pole``.
    """
    match shape:
        case Disc():
            check_position(shape.latitude, shape.longitude)
            check_radius(shape.radius_m)
        case Border():
            _check_border(shape)
        case Corridor():
            _check_corridor(shape)
        case Around():
            check_radius(shape.radius_m)
            _check_set(shape.places)


def polygons_of(border: Border) -> list[shapely.Polygon]:
    """As shapely has them, in degrees."""
    return [shapely.Polygon(rings[0], rings[1:]) for rings in border.polygons]


def length_m(line: Sequence[Position]) -> float:
    """How long a line is, within a percent."""
    total = 0.0
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise(line):
        east = (lon_b - lon_a) * math.cos(math.radians((lat_a + lat_b) / 2))
        total += math.hypot(east, lat_b - lat_a)
    return total * DEGREE_M


def _check_set(places: PlaceSet) -> None:
    if places == PlaceSet():
        fix = "Name the list, the category or the brand of its places."
        raise Invalid("place-set-empty", "The set of places is not described.", fix=fix)
    if places.source:
        check_source(places.source)
    check_text("brand", places.brand, NAME_LIMIT, required=False)


def _check_border(border: Border) -> None:
    if not border.polygons or not all(border.polygons):
        raise Invalid("area-empty", "The area has no polygon.", fix="Draw at least one.")
    points = sum(len(ring) for rings in border.polygons for ring in rings)
    if points > POINTS_LIMIT or len(border.polygons) > POLYGONS_LIMIT:
        message = f"The area has more than {POINTS_LIMIT:,} points, or {POLYGONS_LIMIT:,} polygons."
        raise Invalid("area-too-many-points", message, fix="Simplify its border, or cut it in several.")
    for ring in (ring for rings in border.polygons for ring in rings):
        _check_positions(ring)
        if len(ring) < 4:
            _refuse_ring("too-short", ring, "has fewer than four positions")
        if ring[0] != ring[-1]:
            _refuse_ring("open", ring, "does not end where it begins")
    for rings, polygon in zip(border.polygons, polygons_of(border), strict=True):
        if not shapely.is_valid(polygon):
            _refuse_polygon(rings, shapely.is_valid_reason(polygon))


def _check_positions(positions: Iterable[Position]) -> None:
    before: Position | None = None
    for longitude, latitude in positions:
        check_position(latitude, longitude)
        along_pole = before is not None and abs(latitude) == 90 and before[1] == latitude
        if before is not None and abs(longitude - before[0]) > 180 and not along_pole:
            message = f"A side from longitude {before[0]:g} to {longitude:g} crosses the antimeridian."
            fix = "Cut the area in two there, at 180 and at -180 degrees."
            raise Invalid("area-crosses-antimeridian", message, fix=fix)
        before = longitude, latitude


def _refuse_ring(what: str, ring: Ring, sentence: str) -> Never:
    at = f" (it begins at {ring[0][0]:g}, {ring[0][1]:g})" if ring else ""
    fix = "Give each ring at least four positions, the last of them the first again."
    raise Invalid(f"area-ring-{what}", f"A ring of the area {sentence}{at}.", fix=fix)


def _refuse_polygon(rings: Rings, reason: str) -> Never:
    """Shapely's reason, such as ``Self-intersection[1.5 2]``, as a sentence."""
    what, _, where = reason.partition("[")
    at = ", ".join(where.rstrip("]").split()) or f"{rings[0][0][0]:g}, {rings[0][0][1]:g}"
    if "elf-intersection" in what:
        message = f"The border crosses itself at {at}."
        raise Invalid("area-crosses-itself", message, fix="Draw it so that its sides do not meet.")
    raise Invalid(
        "area-malformed",
        f"The polygon is none: {what.strip().lower()} at {at}.",
        fix="Draw holes inside of their polygon, apart from each other.",
    )


def _check_corridor(corridor: Corridor) -> None:
    line = corridor.line
    if len(line) < 2 or len(set(line)) < 2:
        raise Invalid("line-too-short", "The line has fewer than two positions.", fix="Draw at least two.")
    if len(line) > LINE_POINTS_LIMIT:
        message = f"The line has more than {LINE_POINTS_LIMIT:,} positions."
        raise Invalid("area-too-many-points", message, fix="Simplify it, or cut it in several.")
    _check_positions(line)
    if max(abs(latitude) for _, latitude in line) > POLAR_DEG:
        message = f"The line goes beyond {POLAR_DEG} degrees of latitude."
        raise Invalid("line-near-pole", message, fix="Use a border or a disc there.")
    if length_m(line) > LINE_LIMIT_M:
        message = f"The line is longer than {LINE_LIMIT_M // 1000:,} km."
        raise Invalid("line-too-long", message, fix="Cut it in several.")
    if not WIDTH_MIN_M <= corridor.width_m <= WIDTH_MAX_M:
        message = f"A corridor is {WIDTH_MIN_M} m to {WIDTH_MAX_M // 1000} km wide."
        raise Invalid("width-out-of-range", message, fix="Give the width in metres.")
