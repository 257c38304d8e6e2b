"""Drives that the simulator offers: plausible ones through Rennes, computed, so that none had to be recorded.

A car is driven along waypoints second by second: it speeds up and brakes as a calm driver does, slows for
corners, waits at its stops, and stands parked at both ends.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from players.feed.signals import GEAR_DRIVE, GEAR_PARK

PARKED_S = 20
ACCELERATION_MS2 = 1.6
BRAKING_MS2 = 1.9
_ROUNDING = 3
_METRES_PER_DEGREE = 111_320.0
_KMH = 3.6

Spot = tuple[float, float]
"""Latitude and longitude in degrees."""


class DrivePoint(msgspec.Struct, frozen=True):
    """The car at one moment. ``gear`` as in VSS (126 Park, 127 Drive, 0 Neutral)."""

    t_s: float
    lat: float
    lon: float
    speed_kmh: float
    gear: int
    parking_brake: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Where a drive goes.

    Args:
        drive_id, title: how it is chosen.
        waypoints: places on the way with the speed limit towards the next one in km/h; ``stop_s``
            is how long to wait there (a traffic light), 0 to drive on.
    """

    drive_id: str
    title: str
    waypoints: tuple["Waypoint", ...]


@dataclass(frozen=True, slots=True)
class Waypoint:
    """One point of a route; see :class:`Route`."""

    spot: Spot
    limit_kmh: float = 50
    stop_s: int = 0


def _legs(*rows: tuple[float, float, float, int]) -> tuple[Waypoint, ...]:
    return tuple(Waypoint((lat, lon), limit, stop) for lat, lon, limit, stop in rows)


ROUTES: tuple[Route, ...] = (
    Route(
        "centre",
        "Round the centre of Rennes",
        _legs(
            (48.10340, -1.67240, 30, 0),
            (48.10560, -1.67330, 50, 0),
            (48.10860, -1.67420, 50, 8),
            (48.11020, -1.67560, 30, 0),
            (48.11060, -1.67950, 30, 0),
            (48.11050, -1.68430, 50, 12),
            (48.11330, -1.68690, 50, 0),
            (48.11730, -1.68730, 50, 0),
            (48.12030, -1.68560, 50, 10),
            (48.12130, -1.67980, 50, 0),
            (48.11890, -1.67800, 30, 0),
            (48.11730, -1.67780, 30, 9),
            (48.11600, -1.67300, 50, 0),
            (48.11430, -1.66560, 50, 0),
            (48.11010, -1.66440, 50, 10),
            (48.10710, -1.66720, 50, 0),
            (48.10430, -1.66980, 30, 0),
            (48.10340, -1.67240, 30, 0),
        ),
    ),
    Route(
        "east",
        "East to Cesson, back by Saint-Grégoire",
        _legs(
            (48.11230, -1.68300, 30, 0),
            (48.11060, -1.67950, 30, 0),
            (48.10940, -1.67480, 50, 8),
            (48.10860, -1.66700, 50, 0),
            (48.10930, -1.65600, 50, 0),
            (48.11210, -1.64400, 50, 10),
            (48.11600, -1.63000, 50, 0),
            (48.11950, -1.61500, 50, 0),
            (48.12120, -1.60400, 50, 8),
            (48.12400, -1.59900, 50, 0),
            (48.12900, -1.60400, 70, 0),
            (48.13450, -1.62000, 90, 0),
            (48.13900, -1.64200, 90, 0),
            (48.14200, -1.66200, 90, 0),
            (48.14500, -1.67900, 70, 0),
            (48.15200, -1.68300, 50, 8),
            (48.14400, -1.68600, 50, 0),
            (48.13500, -1.68300, 50, 0),
            (48.12700, -1.68000, 50, 10),
            (48.12130, -1.67980, 50, 0),
            (48.11730, -1.67780, 30, 0),
        ),
    ),
    Route(
        "ring",
        "West by the Lorient road, back by the ring road",
        _legs(
            (48.11730, -1.67780, 30, 0),
            (48.11480, -1.68020, 50, 8),
            (48.11050, -1.68430, 50, 0),
            (48.10960, -1.69330, 50, 10),
            (48.10860, -1.70400, 50, 0),
            (48.10770, -1.71450, 50, 0),
            (48.10640, -1.72780, 70, 0),
            (48.10350, -1.73420, 70, 0),
            (48.09360, -1.73560, 90, 0),
            (48.08330, -1.72530, 90, 0),
            (48.07840, -1.70680, 90, 0),
            (48.07900, -1.68490, 90, 0),
            (48.08360, -1.67820, 50, 12),
            (48.09130, -1.67640, 50, 0),
            (48.09850, -1.67510, 50, 8),
            (48.10340, -1.67240, 50, 0),
            (48.10860, -1.67420, 50, 0),
            (48.11280, -1.67690, 30, 0),
            (48.11730, -1.67780, 30, 0),
        ),
    ),
    Route(
        "errand",
        f"Two minutes: {PARKED_S} s parked, off, a red light, parked again",
        _legs(
            (48.11730, -1.67780, 30, 0),
            (48.11890, -1.67800, 50, 0),
            (48.12020, -1.67990, 50, 12),
            (48.12090, -1.68340, 50, 0),
            (48.12030, -1.68560, 30, 0),
        ),
    ),
)


def drive(route: Route) -> list[DrivePoint]:
    """The car along ``route``, one point a second, from parked to parked."""
    points: list[DrivePoint] = []
    _stand(points, route.waypoints[0].spot, PARKED_S, parked=True)
    for stage in _stages(route.waypoints):
        for spot, speed_ms in _between_stops(stage):
            points.append(_point(len(points), spot, speed_ms, parked=False))
        _stand(points, stage[-1].spot, stage[-1].stop_s, parked=False)
    _stand(points, route.waypoints[-1].spot, PARKED_S, parked=True)
    return points


def _stand(points: list[DrivePoint], spot: Spot, seconds: int, *, parked: bool) -> None:
    began = len(points)
    points.extend(_point(began + n, spot, 0.0, parked=parked) for n in range(seconds))


def _point(t_s: int, spot: Spot, speed_ms: float, *, parked: bool) -> DrivePoint:
    return DrivePoint(
        t_s=t_s,
        lat=round(spot[0], 6),
        lon=round(spot[1], 6),
        speed_kmh=round(speed_ms * _KMH, 1),
        gear=GEAR_PARK if parked else GEAR_DRIVE,
        parking_brake=parked,
    )


def _stages(waypoints: Sequence[Waypoint]) -> Iterator[list[Waypoint]]:
    """The route cut at its stops."""
    stage = [waypoints[0]]
    for waypoint in waypoints[1:]:
        stage.append(waypoint)
        if waypoint.stop_s:
            yield stage
            stage = [waypoint]
    if len(stage) > 1:
        yield stage


def _between_stops(stage: Sequence[Waypoint]) -> Iterator[tuple[Spot, float]]:
    """Second by second from standing to standing: the spot, and the speed in m/s."""
    path = _rounded([(waypoint.spot, waypoint.limit_kmh / _KMH) for waypoint in stage])
    lengths = [distance_m(a[0], b[0]) for a, b in itertools.pairwise(path)]
    left_m, speed_ms, at, into_m = sum(lengths), 0.0, 0, 0.0
    while left_m > 0.5:
        limit_ms = path[at][1]
        able_ms = math.sqrt(2 * BRAKING_MS2 * max(left_m - speed_ms / 2, 0))
        gentle_ms = max(speed_ms - BRAKING_MS2, limit_ms)
        speed_ms = max(1.0, min(speed_ms + ACCELERATION_MS2, gentle_ms, able_ms))
        step_m = min(speed_ms, left_m)
        left_m, into_m = left_m - step_m, into_m + step_m
        while at < len(lengths) - 1 and into_m > lengths[at]:
            into_m, at = into_m - lengths[at], at + 1
        yield _towards(path[at][0], path[at + 1][0], into_m / lengths[at]), speed_ms


def _rounded(path: Iterable[tuple[Spot, float]]) -> list[tuple[Spot, float]]:
    """Corners cut by Chaikin's algorithm, with the speed limit of each part; the ends stay."""
    line = list(path)
    for _ in range(_ROUNDING):
        cut = [line[0]]
        for (a, limit), (b, _next) in itertools.pairwise(line):
            cut += [(_towards(a, b, 0.25), limit), (_towards(a, b, 0.75), limit)]
        line = [*cut, line[-1]]
    return [spot for n, spot in enumerate(line) if n == 0 or spot[0] != line[n - 1][0]]


def _towards(a: Spot, b: Spot, share: float) -> Spot:
    share = min(max(share, 0.0), 1.0)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def distance_m(a: Spot, b: Spot) -> float:
    """Metres between two spots of one town, on a plane."""
    east = (b[1] - a[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(east, b[0] - a[0]) * _METRES_PER_DEGREE
