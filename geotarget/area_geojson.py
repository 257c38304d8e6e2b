"""Areas as GeoJSON (RFC 7946), in and out.

A border is a Polygon or MultiPolygon; a corridor a LineString with the property ``width_m``; a disc a
Point with ``radius_m``; "around places" has no geometry, but ``radius_m`` and ``places``.
"""

from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from geotarget.area import Area, Around, Border, Corridor, Disc, PlaceSet, Position, Rings, Shape, make_area
from geotarget.place_file import clean
from kernel.errors import Invalid

_T = TypeVar("_T")
_ID_KEYS = ("external_id", "id", "@id", "ref", "code", "code_insee", "insee", "iso_a2")
_NAME_KEYS = ("name", "nom", "NAME")
_FIX = "See RFC 7946 for what GeoJSON looks like."


class Geometry(msgspec.Struct):
    """A geometry that is yet to be read."""

    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"null")


class Feature(msgspec.Struct, tag="Feature"):
    """A feature as it comes."""

    geometry: Geometry | None = None
    properties: dict[str, Any] | None = None
    id: str | int | float | None = None


def read_area(feature: Feature, source: str, external_id: str = "") -> Area:
    """An area from a feature.

    Its id is ``external_id``, or else the feature's ``id`` or its property ``external_id``, ``id``,
    ``@id``, ``ref``, ``code``, ``code_insee``, ``insee`` or ``iso_a2``; its name the property ``name``,
    ``nom`` or ``NAME``.

    Raises:
        Invalid: ``geometry-malformed``, ``geometry-not-an-area``, or what ``make_area`` says.
    """
    properties = feature.properties or {}
    ids = [external_id, feature.id, *(properties.get(key) for key in _ID_KEYS)]
    names = [properties.get(key) for key in _NAME_KEYS]
    return make_area(source, _first(ids), _first(names), read_shape(feature.geometry, properties))


def read_shape(geometry: Geometry | None, properties: dict[str, Any]) -> Shape:
    """The shape that a feature has, not yet checked.

    Raises:
        Invalid: ``geometry-malformed`` or ``geometry-not-an-area``.
    """
    if geometry is None and "places" in properties:
        places = _read(properties["places"], PlaceSet, "places")
        return Around(places, _number(properties, "radius_m"))
    if geometry is None:
        detail = "The feature has no geometry, and names no places."
        raise Invalid("geometry-not-an-area", detail, fix=_FIX)
    match geometry.type:
        case "Polygon":
            return Border((_rings(_decode(geometry, list[list[list[float]]])),))
        case "MultiPolygon":
            polygons = _decode(geometry, list[list[list[list[float]]]])
            return Border(tuple(_rings(rings) for rings in polygons))
        case "LineString":
            line = _decode(geometry, list[list[float]])
            return Corridor(tuple(_position(each) for each in line), _number(properties, "width_m"))
        case "Point":
            longitude, latitude = _position(_decode(geometry, list[float]))
            return Disc(latitude, longitude, _number(properties, "radius_m"))
    raise Invalid(
        "geometry-not-an-area",
        f"The geometry is a {geometry.type[:40]}.",
        fix="Use Polygon, MultiPolygon, LineString with width_m, or Point with radius_m.",
    )


def feature_of(area: Area) -> dict[str, Any]:
    """An area as a GeoJSON feature: reading it again gives the same area."""
    properties: dict[str, Any] = {
        "name": area.name,
        "kind": area.kind,
        "source": area.source,
        "external_id": area.external_id,
    }
    geometry: dict[str, Any] | None = None
    match area.shape:
        case Border(polygons):
            one = len(polygons) == 1
            geometry = {"type": "Polygon", "coordinates": polygons[0]} if one else None
            geometry = geometry or {"type": "MultiPolygon", "coordinates": polygons}
        case Corridor(line, width_m):
            geometry = {"type": "LineString", "coordinates": line}
            properties["width_m"] = width_m
        case Disc(latitude, longitude, radius_m):
            geometry = {"type": "Point", "coordinates": (longitude, latitude)}
            properties["radius_m"] = radius_m
        case Around(places, radius_m):
            properties |= {"radius_m": radius_m, "places": places}
    return {"type": "Feature", "id": area.area_id, "geometry": geometry, "properties": properties}


def _rings(rings: list[list[list[float]]]) -> Rings:
    return tuple(tuple(_position(each) for each in ring) for ring in rings)


def _position(numbers: list[float]) -> Position:
    """Longitude and latitude; a height is passed over (RFC 7946 §3.1.1)."""
    if len(numbers) < 2:
        raise Invalid("geometry-malformed", "A position has fewer than two numbers.", fix=_FIX)
    return numbers[0], numbers[1]


def _decode(geometry: Geometry, shape: type[_T]) -> _T:
    try:
        return msgspec.json.decode(geometry.coordinates, type=shape)
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"The coordinates of a {geometry.type} cannot be read: {error}."
        raise Invalid("geometry-malformed", message, fix=_FIX) from None


def _number(properties: dict[str, Any], name: str) -> float:
    value = properties.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):  # of whole numbers there are larger ones
            return float(value)
    message = f"The property {name} is missing, or is no number."
    raise Invalid("geometry-malformed", message, fix="Give it in metres.", fields={name: message})


def _read(value: Any, shape: type[_T], name: str) -> _T:
    try:
        return msgspec.convert(value, type=shape)
    except msgspec.ValidationError as error:
        message = f"The property {name} cannot be read: {error}."
        fix = "Name the list, the category or the brand of its places."
        raise Invalid("geometry-malformed", message, fix=fix, fields={name: message}) from None


def _first(values: list[Any]) -> str:
    """The first that is a text or a number."""
    plain = (str(value) for value in values if isinstance(value, str | int | float))
    return next((clean(text) for text in plain if text.strip()), "")
