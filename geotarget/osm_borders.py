"""Areas from the administrative borders that an extract of OpenStreetMap holds."""

from collections.abc import Iterable, Iterator

import msgspec

from geotarget.area import Area, Border, make_area
from geotarget.area_file import AreaFile, gather_areas
from geotarget.area_geojson import Geometry, read_shape
from geotarget.place_file import RefusedRow, clean, refusal
from kernel.errors import Invalid, TooLarge

LEVELS = tuple(range(2, 12))
"""``admin_level``: 2 is a country; what else there is, differs by country."""
POINTS_LIMIT = 5_000_000


class OsmBorder(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way or relation with ``boundary=administrative``.

    Args:
        ref: ``way/1`` or ``relation/1``.
        geometry: a GeoJSON polygon or multipolygon; None where the extract does not hold all of it.
    """

    ref: str
    name: str
    geometry: Geometry | None = None


def read_borders(borders: Iterable[OsmBorder], source: str) -> AreaFile:
    """Areas from borders.

    Raises:
        TooLarge: ``too-many-rows`` beyond 50,000, ``extract-too-detailed`` beyond 5,000,000 points in all.
    """
    return gather_areas(_each(borders, source))


def _each(borders: Iterable[OsmBorder], source: str) -> Iterator[Area | RefusedRow]:
    points = 0
    for row, border in enumerate(borders, 1):
        try:
            area = _area(border, source)
            points += _points(area)
            if points > POINTS_LIMIT:
                detail = f"The borders have more than {POINTS_LIMIT:,} points in all."
                raise TooLarge("extract-too-detailed", detail, fix="Take fewer levels, or a smaller extract.")
            yield area
        except Invalid as error:
            yield refusal(row, error, border.ref)


def _area(border: OsmBorder, source: str) -> Area:
    if border.geometry is None:
        raise Invalid("geometry-incomplete", "The extract does not hold the whole of its border.")
    return make_area(source, border.ref, clean(border.name), read_shape(border.geometry, {}))


def _points(area: Area) -> int:
    shape = area.shape
    return sum(len(ring) for rings in shape.polygons for ring in rings) if isinstance(shape, Border) else 0
