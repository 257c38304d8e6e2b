"""Distances on the WGS 84 ellipsoid: geopy's geodesic, and a fast bracket around it.

The straight chord between two points (through the Earth) is three subtractions and a root. The
geodesic above it is longer by about c³/24R², where R is the curve's radius of curvature, which
nowhere leaves [6335 km, 6400 km]. So the chord alone gives the geodesic within 1 mm up to 40 km
and within 2 m up to 500 km; wherever that is not enough to decide, geopy decides.
"""

import math
from typing import Any

import numpy as np
from geopy.distance import geodesic
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
# Radii of curvature: the meridian's at the equator is the least, the one at the poles the greatest.
_LEAST_M = EQUATOR_M * (1 - _E2)
_GREATEST_M = EQUATOR_M / (1 - _E2) ** 0.5
_MEAN_M = 6_367_500.0
HALF_MERIDIAN_M = 20_003_932.0
DEGREE_M = 111_320.0
"""Of longitude at the equator, and within a percent of latitude anywhere."""
# Slack for float64 rounding of coordinates of some 6e6 m.
_ROUNDING_M = 1e-6


def geodesic_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Geodesic of geopy (Karney 2013) in metres; exact, and some 80 µs."""
    return float(geodesic((latitude_a, longitude_a), (latitude_b, longitude_b)).m)


def farther(
    latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float, limit_m: float
) -> bool:
    """Whether the geodesic is longer than ``limit_m``; exact, and some 3 µs unless that is a near thing."""
    chord = math.dist(_at(latitude_a, longitude_a), _at(latitude_b, longitude_b))
    if chord - _ROUNDING_M > limit_m:
        return True
    ratio = chord / (2 * _LEAST_M)
    if ratio < 1 and 2 * _LEAST_M * math.asin(ratio) + _ROUNDING_M <= limit_m:
        return False
    return geodesic_m(latitude_a, longitude_a, latitude_b, longitude_b) > limit_m


def _at(latitude: float, longitude: float) -> tuple[float, float, float]:
    phi, lam = math.radians(latitude), math.radians(longitude)
    sine, cosine = math.sin(phi), math.cos(phi)
    normal = EQUATOR_M / math.sqrt(1 - _E2 * sine * sine)
    return normal * cosine * math.cos(lam), normal * cosine * math.sin(lam), normal * (1 - _E2) * sine


def earth_fixed(latitude: Any, longitude: Any) -> Floats:
    """Earth-centred coordinates in metres of points on the ellipsoid, shape (…, 3)."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    sine, cosine = np.sin(phi), np.cos(phi)
    normal = EQUATOR_M / np.sqrt(1 - _E2 * sine * sine)
    return np.stack(
        [normal * cosine * np.cos(lam), normal * cosine * np.sin(lam), normal * (1 - _E2) * sine], axis=-1
    )


def chords_m(here: Floats, points: Floats) -> Floats:
    """Straight distances in metres from ``here`` (3,) to ``points`` (n, 3)."""
    apart = points - here
    lengths: Floats = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    return lengths


def arcs_m(chords: Floats) -> Floats:
    """The geodesics above chords, within 1 mm up to 40 km and 2 m up to 500 km."""
    return 2 * _MEAN_M * np.arcsin(np.minimum(chords / (2 * _MEAN_M), 1))


def chords_of(arcs: Floats) -> Floats:
    """What :func:`arcs_m` is told to answer ``arcs``."""
    return 2 * _MEAN_M * np.sin(arcs / (2 * _MEAN_M))


def short_arcs_m(squares: Floats) -> Floats:
    """The geodesics above chords whose squares are given, quickly.

    Within 1 mm up to 40 km, 2 cm up to 100 km, 3 m up to 500 km and 200 m up to 2,000 km; only in the
    right order beyond.
    """
    chords = np.sqrt(squares)
    longer: Floats = squares * (1 / (24 * _MEAN_M**2))
    longer += 1
    longer *= chords
    return longer


def earth_point(latitude: float, longitude: float) -> Floats:
    """:func:`earth_fixed` of one point, in a microsecond."""
    return np.array(_at(latitude, longitude))


def chord_bracket_m(arc_m: float) -> tuple[float, float]:
    """:func:`chord_brackets_m` of one radius, in a microsecond."""
    quarter = min(arc_m, HALF_MERIDIAN_M / 2)
    sure = 2 * _LEAST_M * math.sin(quarter / (2 * _LEAST_M)) - _ROUNDING_M
    if arc_m > HALF_MERIDIAN_M / 2:
        return sure, math.inf
    return sure, 2 * _GREATEST_M * math.sin(quarter / (2 * _GREATEST_M)) + _ROUNDING_M


def box_deg(latitude: float, radius_m: float) -> tuple[float, float]:
    """:func:`boxes_deg` of one circle, in a microsecond."""
    angle = min((radius_m * 1.01 + 1e-3) / _MEAN_M, math.pi)
    height = math.degrees(angle)
    if abs(latitude) + height >= 90:
        return height, 180.0
    ratio = math.sin(angle) / math.cos(math.radians(latitude))
    return height, math.degrees(math.asin(min(ratio, 1.0)))


def chord_brackets_m(arcs: Floats) -> tuple[Floats, Floats]:
    """For radii along the ground: chords up to ``sure`` are inside, those beyond ``possible`` outside."""
    quarter = np.minimum(arcs, HALF_MERIDIAN_M / 2)
    sure = 2 * _LEAST_M * np.sin(quarter / (2 * _LEAST_M)) - _ROUNDING_M
    possible = 2 * _GREATEST_M * np.sin(quarter / (2 * _GREATEST_M)) + _ROUNDING_M
    return sure, possible


def boxes_deg(latitudes: Floats, radii_m: Floats) -> tuple[Floats, Floats]:
    """Half heights and half widths in degrees of boxes that surely hold circles along the ground.

    A half width is 180 where the circle reaches around a pole. One per cent and a millimetre are
    added, more than a sphere's error against the ellipsoid.
    """
    angles = np.minimum((radii_m * 1.01 + 1e-3) / _MEAN_M, np.pi)
    heights = np.degrees(angles)
    polar = np.abs(latitudes) + heights >= 90
    ratios = np.sin(angles) / np.cos(np.radians(np.where(polar, 0, latitudes)))
    return heights, np.where(polar, 180.0, np.degrees(np.arcsin(np.minimum(ratios, 1))))
