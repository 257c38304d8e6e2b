"""Places in JSON: GeoJSON (RFC 7946) and the French fuel prices."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from geotarget.osm_tags import category_in
from geotarget.place import ATTRIBUTE_LIMIT, Category, Place
from geotarget.place_file import PlaceFile, ReadRow, RefusedRow, category_of, gather, make_place, refusal
from kernel.errors import Invalid

_Shape = TypeVar("_Shape")

_ID_KEYS = ("external_id", "id", "@id", "ref")
_OWN_KEYS = frozenset({*_ID_KEYS, "name", "brand", "category"})


class _Collection(msgspec.Struct, tag="FeatureCollection"):
    features: list[msgspec.Raw]


class _Geometry(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"null")


class _Feature(msgspec.Struct, tag="Feature"):
    geometry: _Geometry | None
    properties: dict[str, Any] | None
    id: str | int | float | None = None


class _Price(msgspec.Struct):
    p: float | None = None
    d: str = ""


class _Station(msgspec.Struct):
    id: int | str
    lat: float | None
    lng: float | None
    addr: str = ""
    city: str = ""
    cp: str = ""
    fuels: dict[str, _Price] = {}
    brand: str = ""
    services: list[str] = []
    h24: bool = False


def read_geojson(data: bytes, source: str, default: Category) -> PlaceFile:
    """Places from a FeatureCollection of points.

    A feature's id is its ``id`` or the property ``external_id``, ``id``, ``@id`` or ``ref``; its
    category the property ``category`` or OpenStreetMap's tags, else ``default``. Other plain
    properties become attributes.

    Raises:
        Invalid: ``file-malformed`` if it is no FeatureCollection in JSON.
        TooLarge: ``too-many-rows``.
    """
    features = _decode(data, _Collection, "a GeoJSON FeatureCollection").features
    return gather(_each(features, _Feature, lambda feature: _from_feature(feature, source, default)))


def read_fuel(data: bytes, source: str) -> PlaceFile:
    """Fuel stations from a list of ``{id, lat, lng, addr, city, cp, brand, fuels, services, h24}``.

    Raises:
        Invalid: ``file-malformed`` if it is no list in JSON.
        TooLarge: ``too-many-rows``.
    """
    stations = _decode(data, list[msgspec.Raw], "a list of fuel stations")
    return gather(_each(stations, _Station, lambda station: _from_station(station, source)))


def _decode(data: bytes, shape: type[_Shape], what: str) -> _Shape:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The file is not {what}: {error}."
        raise Invalid(
            "file-malformed", message, fix="Check the format that you chose and the file."
        ) from error


def _each(
    rows: list[msgspec.Raw], shape: type[_Shape], make: Callable[[_Shape], Place]
) -> Iterator[ReadRow | RefusedRow]:
    decoder = msgspec.json.Decoder(shape)
    for row, raw in enumerate(rows, 1):
        try:
            yield ReadRow(row, make(decoder.decode(raw)))
        except Invalid as error:
            yield refusal(row, error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield refusal(row, Invalid("row-malformed", f"The row cannot be read: {error}."))


def _from_feature(feature: _Feature, source: str, default: Category) -> Place:
    properties = feature.properties or {}
    if feature.geometry is None:
        raise Invalid("position-missing", "The feature has no geometry.")
    if feature.geometry.type != "Point":
        raise Invalid("geometry-not-a-point", f"The geometry is a {feature.geometry.type[:40]}.")
    coordinates = msgspec.json.decode(feature.geometry.coordinates, type=list[float])
    if len(coordinates) < 2:
        raise Invalid("position-missing", "The point has fewer than two coordinates.")
    own_ids = [feature.id, *(properties.get(key) for key in _ID_KEYS)]
    return make_place(
        source,
        next((_plain(value) for value in own_ids if _plain(value)), ""),
        _plain(properties.get("name")),
        _plain(properties.get("brand")),
        category_of(_plain(properties.get("category")), category_in(properties) or default),
        (coordinates[1], coordinates[0]),
        {key: _plain(value) for key, value in properties.items() if key not in _OWN_KEYS},
    )


def _from_station(station: _Station, source: str) -> Place:
    if station.lat is None or station.lng is None:
        raise Invalid("position-missing", "The station has no position.")
    city = station.city.title() if station.city.isupper() else station.city
    prices = {f"price {fuel}": f"{price.p:.3f}" for fuel, price in station.fuels.items() if price.p}
    dates = [price.d for price in station.fuels.values() if price.d]
    return make_place(
        source,
        str(station.id),
        f"{station.brand or 'Station-service'} {city}",
        station.brand,
        Category.FUEL,
        (station.lat, station.lng),
        {
            "address": station.addr,
            "postcode": station.cp,
            "city": city,
            "hours": "24/7" if station.h24 else "",
            **prices,
            "prices of": max(dates, default=""),
            "services": _joined(station.services),
        },
    )


def _joined(services: list[str]) -> str:
    """As many services as fit into an attribute."""
    text = ""
    for service in services:
        longer = f"{text}; {service}" if text else service
        if len(longer) > ATTRIBUTE_LIMIT:
            break
        text = longer
    return text


def _plain(value: Any) -> str:
    """A JSON scalar as text; lists, objects and null are nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
