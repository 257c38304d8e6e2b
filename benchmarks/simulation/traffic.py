"""Cars that drive recorded traces, and the moments at which something could be shown to them."""

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from geotarget.course import Course, Fix, course_of
from kernel.clock import to_ms
from players.feed import trace
from players.feed.trace import Point, Trace, mover

BEGINS = datetime(2026, 6, 15, tzinfo=UTC)
"""A Monday."""
DAY_MS, MINUTE_MS = 86_400_000, 60_000
TRAIL_MS = 20_000
TOWN = 48.117, -1.678
TOWNS_KM = ((0, 0, 5.0, 50), (18, 12, 3.0, 20), (-22, 9, 3.0, 15), (6, -25, 3.0, 15))
"""Where cars live: km east and north of the town, how widely, and how many of a hundred."""
WORKDAY = (1, 1, 1, 1, 2, 6, 20, 52, 60, 30, 24, 26, 34, 30, 26, 30, 48, 66, 60, 36, 22, 14, 8, 3)
WEEKEND = (2, 1, 1, 1, 1, 2, 4, 8, 16, 28, 38, 42, 36, 30, 34, 38, 38, 36, 32, 26, 18, 14, 10, 6)
"""When drives begin, hour by hour: two rushes on a workday, one long noon at the weekend."""
DRIVES_A_DAY = 0.6, 0.5


class Moment(NamedTuple):
    """Something could be shown.

    Args:
        card: a card; else a break.
        car: whose.
        number: of this car, counted through.
    """

    at_ms: int
    card: bool
    car: int
    number: int
    latitude: float
    longitude: float
    course: Course | None


@dataclass(frozen=True)
class Scale:
    """How much there is of everything.

    Args:
        days: as many went before, by which goals are set and paces planned.
        break_every_min, card_every_min: how often there is one while a car drives.
        radius_m: of every campaign; 0 for 2 to 8 km.
        booked: which share of all that could be shown is booked; less where one campaign's reach has no more.
        at_once: how many decisions are made at the same time; with 1 the same seed gives the same week.
    """

    cars: int = 10_000
    campaigns: int = 200
    days: int = 7
    seed: int = 7
    break_every_min: float = 20.0
    card_every_min: float = 25.0
    radius_m: int = 0
    booked: float = 0.6
    at_once: int = 16

    @property
    def ends_ms(self) -> int:
        """When it is over."""
        return to_ms(BEGINS + timedelta(days=self.days))


def read_traces(folder: Path | None) -> list[Trace]:
    """All recordings of a folder (CSV or GPX); without one, some that are made up."""
    if folder is None:
        return [made_up(number) for number in range(6)]
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".csv", ".gpx"})
    return [trace.read(path.read_bytes()) for path in paths]


def made_up(number: int) -> Trace:
    """A drive of some twenty minutes that winds its way."""
    chance = random.Random(number)
    latitude, longitude, heading = 48.0, -1.0, chance.uniform(0, math.tau)
    points = []
    for second in range(0, 900 + 150 * number, 5):
        speed_mps = 6 + 10 * math.sin(second / 240 * math.pi) ** 2
        heading += chance.gauss(0, 0.15)
        latitude += speed_mps * 5 * math.cos(heading) / 111_320
        longitude += speed_mps * 5 * math.sin(heading) / (111_320 * math.cos(math.radians(latitude)))
        points.append(Point(second * 1000, latitude, longitude, speed_mps * 3.6))
    return Trace(tuple(points))


def traffic(traces: Sequence[Trace], scale: Scale, week: int = 0) -> list[Moment]:
    """All moments of a week, in their order; another number is another week of the same cars."""
    chance = random.Random(f"{scale.seed}:{week}")
    homes = random.Random(scale.seed)
    times = [[point.at_ms for point in one.points] for one in traces]
    every = (False, scale.break_every_min), (True, scale.card_every_min)
    found: list[Moment] = []
    for car in range(scale.cars):
        home, number = _home(homes), 0
        for day in range(scale.days):
            for began_ms in _departures(chance, day):
                which = chance.randrange(len(traces))
                for moment in _drive(chance, traces[which], times[which], home, began_ms, every):
                    found.append(moment._replace(car=car, number=number))
                    number += 1
    found.sort()
    return found


def _home(chance: random.Random) -> tuple[float, float]:
    east_km, north_km, wide_km, _ = chance.choices(TOWNS_KM, [town[3] for town in TOWNS_KM])[0]
    north_km += chance.gauss(0, wide_km)
    east_km += chance.gauss(0, wide_km)
    return TOWN[0] + north_km / 111.32, TOWN[1] + east_km / (111.32 * math.cos(math.radians(TOWN[0])))


def _departures(chance: random.Random, day: int) -> list[int]:
    weekend = day % 7 >= 5
    hours, mean = (WEEKEND, DRIVES_A_DAY[1]) if weekend else (WORKDAY, DRIVES_A_DAY[0])
    many = int(mean) + (chance.random() < mean % 1) if chance.random() < 0.9 else 0
    began_ms = to_ms(BEGINS) + day * DAY_MS
    return sorted(
        began_ms + int((chance.choices(range(24), hours)[0] + chance.random()) * 3_600_000)
        for _ in range(many)
    )


def _drive(
    chance: random.Random,
    drive: Trace,
    times: list[int],
    home: tuple[float, float],
    began_ms: int,
    every: tuple[tuple[bool, float], ...],
) -> list[Moment]:
    first = drive.points[0]
    move = mover((first.latitude, first.longitude), home)
    found = []
    for card, every_min in every:
        every_ms = int(every_min * MINUTE_MS)
        at_ms = int(chance.uniform(min(MINUTE_MS, every_ms), every_ms))
        while at_ms < drive.duration_ms:
            here = _fix(drive, times, at_ms, move, began_ms)
            before = _fix(drive, times, max(0, at_ms - TRAIL_MS), move, began_ms)
            course = course_of([before, here]) if before.at_ms < here.at_ms else None
            found.append(Moment(here.at_ms, card, 0, 0, here.latitude, here.longitude, course))
            at_ms += every_ms
    return found


def _fix(drive: Trace, times: list[int], at_ms: int, move, began_ms: int) -> Fix:
    point = drive.points[min(bisect_left(times, at_ms), len(times) - 1)]
    return Fix(*move(point.latitude, point.longitude), began_ms + at_ms)
