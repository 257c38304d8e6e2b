"""Whose time it is where a car is, from its country, and where that has several zones from its place.

A country of one zone needs no place. In others the zone of the nearest chief place holds, unless others are
nearly as near: then all of them may, and whoever asks has to be content only where they agree. Without a
place each zone of the country may.
"""

import math
from functools import lru_cache
from zoneinfo import ZoneInfo

from geotarget.country_zones import SEVERAL, SOLE
from geotarget.distance import EQUATOR_M

NEARLY = 1.5
"""How many times as far as the nearest a chief place may lie for its zone to come into question,"""
ANYWAY_M = 50_000.0
"""and how much farther it may be anyway."""


def zones_of(country: str, place: tuple[float, float] | None = None) -> tuple[str, ...]:
    """IANA names of the zones that it may be; none for a country that nobody knows.

    Args:
        country: ISO 3166-1.
        place: latitude and longitude in degrees.
    """
    found = (SOLE[country],) if country in SOLE else _several(SEVERAL.get(country, ()), place)
    # A zone database that is older than this table does not know some: then the time is not known.
    return found if all(map(_readable, found)) else ()


def _several(
    places: tuple[tuple[str, float, float], ...], place: tuple[float, float] | None
) -> tuple[str, ...]:
    if place is None or not places:
        return tuple(zone for zone, _, _ in places)
    apart_m = [_apart_m(place, (latitude, longitude)) for _, latitude, longitude in places]
    limit_m = min(apart_m) * NEARLY + ANYWAY_M
    return tuple(zone for (zone, _, _), far_m in zip(places, apart_m, strict=True) if far_m <= limit_m)


def _apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great circle (haversine): a model that is coarse anyway needs no ellipsoid."""
    (phi_a, lam_a), (phi_b, lam_b) = (tuple(map(math.radians, one)) for one in (a, b))
    half = math.sin((phi_b - phi_a) / 2) ** 2
    half += math.cos(phi_a) * math.cos(phi_b) * math.sin((lam_b - lam_a) / 2) ** 2
    return 2 * EQUATOR_M * math.asin(math.sqrt(min(1.0, half)))


@lru_cache(maxsize=1_000)
def _readable(zone: str) -> bool:
    try:
        return bool(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return False
