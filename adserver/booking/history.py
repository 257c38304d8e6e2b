"""What was offered of late: by hour, cell, market and kind, and what of it is to be expected again.

It knows what was possible of late, and of no fleet that grows, no holiday, no weather.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from adserver.booking.targeting import WEEK_MIN, Daypart, week_minute, week_spans, within
from adserver.serving.supply import HOUR_MS, Kind
from geotarget.local_zones import zones_of
from kernel.clock import from_ms

WEEK_H, DAY_H = 168, 24
HISTORY_LEAST_H = 24
"""With less than a day of history nothing can be said."""
SPREAD_LEAST = 2
"""So many weeks, or else days, must have been seen to tell how they differ."""
UNSEEN_SPREAD = 0.5
"""Where that cannot be told, half as much or half as much again is thought possible."""
_NINE_IN_TEN = (3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41, 1.40, 1.38)
"""Student's t by degrees of freedom, from 1 on: one in ten lies above it, and one below its negative."""
_MANY = 1.28

Floats = NDArray[np.float64]
What = tuple[str, Kind]
"""Market and kind."""


class Outlook(msgspec.Struct, frozen=True):
    """What is expected, and between what it lies eight times in ten, by how weeks or days differed."""

    mean: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, eq=False)
class _Rows:
    """Counts, as columns of equal length: hours from the first on, numbers of cells and of whats."""

    hours: NDArray[np.int64]
    cells: NDArray[np.int64]
    whats: NDArray[np.int64]
    numbers: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class History:
    """What was offered.

    Args:
        first_hour: counted since 1970.
        hours: how many hours it is of.
        cells: opportunities by cell, market and kind.
        totals: by market and kind.
        weekly: means by market, kind and hour of the week, counted from Thursday 00:00 UTC, as 1970 began.
    """

    first_hour: int
    hours: int
    cells: dict[str, dict[What, int]]
    totals: dict[What, int]
    weekly: dict[What, tuple[float, ...]]
    _rows: _Rows
    _numbers: dict[str, int]

    @classmethod
    def of(cls, rows: Iterable[Sequence[object]], before_hour: int, first_hour: int | None = None) -> Self:
        """From counts: hour, cell, market, kind and number, none of them of ``before_hour`` or later.

        Args:
            rows: any number of them, each of one hour, cell, market and kind.
            before_hour: it ends with the hour before.
            first_hour: it begins with; where that is not given, with the first that is counted.
        """
        named: dict[object, int] = {}
        kinds: dict[tuple[object, object], int] = {}
        flat = (
            value
            for hour, cell, market, kind, number in rows
            for value in (
                hour,
                named.setdefault(cell, len(named)),
                kinds.setdefault((market, kind), len(kinds)),
                number,
            )
        )
        table = np.fromiter(flat, np.int64).reshape(-1, 4)
        if first_hour is None:
            first_hour = int(table[:, 0].min()) if len(table) else before_hour
        columns = _Rows(table[:, 0] - first_hour, table[:, 1], table[:, 2], table[:, 3])
        numbers = {str(cell): n for cell, n in named.items()}
        whats = [(str(market), Kind(str(kind))) for market, kind in kinds]
        hours = before_hour - first_hour
        by_cell = np.bincount(
            columns.cells * len(whats) + columns.whats, columns.numbers, len(numbers) * len(whats)
        ).reshape(len(numbers), len(whats))
        cells = {
            cell: {whats[n]: int(by_cell[row, n]) for n in by_cell[row].nonzero()[0].tolist()}
            for cell, row in numbers.items()
        }
        totals = {what: int(sums) for what, sums in zip(whats, by_cell.sum(axis=0), strict=True)}
        found = cls(first_hour, hours, cells, totals, {}, columns, numbers)
        everywhere = found.seen(dict.fromkeys(cells, 1.0))
        found.weekly.update({what: tuple(found.means(series)) for what, series in everywhere.items()})
        return found

    def seen(self, reached: Mapping[str, float]) -> dict[What, Floats]:
        """Opportunities of each hour, of some cells: ``reached`` tells which share of each counts."""
        shares = np.zeros(len(self._numbers))
        for cell, share in reached.items():
            if (number := self._numbers.get(cell)) is not None:
                shares[number] = share
        rows, whats = self._rows, list(self.totals)
        weights = shares.take(rows.cells) * rows.numbers
        sums = np.bincount(rows.whats * self.hours + rows.hours, weights, len(whats) * self.hours)
        return dict(zip(whats, sums.reshape(len(whats), self.hours), strict=True))

    def means(self, series: Floats) -> Floats:
        """By hour of the week; one that never came is taken as that hour of other days, or as any hour."""
        slots = (self.first_hour + np.arange(self.hours)) % WEEK_H
        times = np.bincount(slots, minlength=WEEK_H)
        sums = np.bincount(slots, series, WEEK_H) if self.hours else np.zeros(WEEK_H)
        days = times.reshape(-1, DAY_H).sum(axis=0), sums.reshape(-1, DAY_H).sum(axis=0)
        same = np.where(days[0], days[1] / np.maximum(1, days[0]), sums.sum() / max(1, self.hours))
        return np.where(times, sums / np.maximum(1, times), np.tile(same, WEEK_H // DAY_H))

    def expected(self, starts_ms: int, ends_ms: int, dayparts: tuple[Daypart, ...] = ()) -> dict[What, float]:
        """Opportunities anywhere within [start, end), by market and kind.

        Args:
            starts_ms: in milliseconds since 1970.
            ends_ms: in milliseconds since 1970.
            dayparts: only within these hours, by the clocks of each market (of several the first; where none
                is known, never); none for all.
        """
        weights = self.weights(starts_ms, ends_ms, dayparts)
        return {what: float(weights[what] @ np.array(means)) for what, means in self.weekly.items()}

    def weights(self, starts_ms: int, ends_ms: int, dayparts: tuple[Daypart, ...] = ()) -> dict[What, Floats]:
        """How often each hour of the week comes within [start, end), by market and kind; as ``expected``."""
        zones = {market: zone_of(market) if dayparts else "UTC" for market, _ in self.totals}
        by_zone = {zone: _weights(starts_ms, ends_ms, dayparts, zone) for zone in set(zones.values())}
        return {what: by_zone[zones[what[0]]] for what in self.totals}

    def outlook(
        self, series: Mapping[What, Floats], weights: Mapping[What, Floats], flight_h: float
    ) -> Outlook:
        """What comes of series of hours together, each with how often hours of the week come in the flight.

        The spread is that of the weeks seen; of less than two whole ones, that of the days.
        """
        mean = sum(float(weights[what] @ self.means(hours)) for what, hours in series.items())
        seen = sum(float(hours.sum()) for hours in series.values())
        off = max(
            self._differ(series, weights, flight_h), _MANY * math.sqrt(mean + mean * mean / max(1.0, seen))
        )
        return Outlook(mean, max(0.0, mean - off), mean + off)

    def _differ(
        self, series: Mapping[What, Floats], weights: Mapping[What, Floats], flight_h: float
    ) -> float:
        """How far from the mean it may be: what would it be, were all weeks or days as one of those seen?"""
        unit = WEEK_H if self.hours >= SPREAD_LEAST * WEEK_H else DAY_H
        many = self.hours // unit
        first = self.hours - many * unit
        # Which hour of the week (or of the day) each column is.
        slots = (self.first_hour + first + np.arange(unit)) % unit
        each = np.zeros(many)
        for what, hours in series.items():
            often = weights[what].reshape(-1, unit).sum(axis=0)
            each += hours[first:].reshape(many, unit) @ often[slots]
        if many < SPREAD_LEAST:
            return float(UNSEEN_SPREAD * each.sum())
        degrees = many - 2
        t = _NINE_IN_TEN[degrees] if degrees < len(_NINE_IN_TEN) else _MANY
        return float(t * each.std(ddof=1) * math.sqrt(1 / max(1.0, flight_h / unit) + 1 / many))


def zone_of(market: str) -> str:
    """Where its clocks are: of several zones the first; empty where none is known."""
    return next(iter(zones_of(market)), "")


def _weights(starts_ms: int, ends_ms: int, dayparts: tuple[Daypart, ...], zone: str) -> Floats:
    """How often each hour of the week comes, hours at both ends as far as they belong to it."""
    shares = opened(dayparts, zone)
    weights = np.zeros(WEEK_H)
    for hour in range(starts_ms // HOUR_MS, -(-ends_ms // HOUR_MS)):
        within_ms = min(ends_ms, (hour + 1) * HOUR_MS) - max(starts_ms, hour * HOUR_MS)
        weights[hour % WEEK_H] += shares(hour) * within_ms / HOUR_MS
    return weights


def opened(dayparts: tuple[Daypart, ...], zone: str) -> Callable[[int], float]:
    """Which share of an hour lies in dayparts."""
    if not (dayparts and zone):
        return lambda _: 0.0 if dayparts else 1.0
    clocks, spans = ZoneInfo(zone), week_spans(dayparts)

    @cache
    def share(begin_min: int) -> float:
        return sum(within(spans, (begin_min + n) % WEEK_MIN) for n in range(0, 60, 5)) / 12

    return lambda hour: share(week_minute(from_ms(hour * HOUR_MS).astimezone(clocks)))
