"""How traffic is spread over a flight: by the hours in which there were opportunities of late, or evenly."""

from collections.abc import Sequence
from itertools import accumulate

import msgspec

from adserver.booking.campaign import LineItem
from adserver.booking.history import HISTORY_LEAST_H, WEEK_H, History, opened, zone_of
from adserver.booking.plan import given
from adserver.serving.supply import HOUR_MS


class Shape(msgspec.Struct, frozen=True):
    """Expected traffic from some hour on, added up.

    Args:
        first_hour: counted since 1970.
        sums: of the first n hours, from 0 on.
    """

    first_hour: int
    sums: tuple[float, ...]

    @classmethod
    def of(cls, first_hour: int, hours: Sequence[float]) -> "Shape":
        """From what is expected in each hour."""
        return cls(first_hour, tuple(accumulate(hours, initial=0.0)))

    def covers(self, starts_ms: int, ends_ms: int) -> bool:
        """Whether it knows all of [start, end)."""
        last_hour = self.first_hour + len(self.sums) - 1
        return self.first_hour <= starts_ms // HOUR_MS and -(-ends_ms // HOUR_MS) <= last_hour

    def passed(self, starts_ms: int, ends_ms: int, at_ms: int) -> float:
        """Which share of the traffic of [start, end) has come by then: of time, where none comes."""
        at_ms = min(max(at_ms, starts_ms), ends_ms)
        before, whole = self._until(starts_ms), self._until(ends_ms) - self._until(starts_ms)
        if whole <= 0:
            return (at_ms - starts_ms) / max(1, ends_ms - starts_ms)
        return min(1.0, max(0.0, (self._until(at_ms) - before) / whole))

    def _until(self, at_ms: int) -> float:
        hour, rest_ms = divmod(at_ms - self.first_hour * HOUR_MS, HOUR_MS)
        hour = min(max(hour, 0), len(self.sums) - 1)
        following = self.sums[min(hour + 1, len(self.sums) - 1)]
        return self.sums[hour] + (following - self.sums[hour]) * rest_ms / HOUR_MS


def profile(item: LineItem) -> tuple[object, ...]:
    """Line items that are alike in this have traffic of one shape."""
    targeting = item.targeting
    return item.markets, targeting.dayparts, targeting.modality, item.films_only, item.timezone


def shape_of(history: History, item: LineItem, first_hour: int, before_hour: int) -> Shape:
    """What is expected for ``item`` in each hour from one to before another.

    By the markets, the hours and the kinds that it is for; where nothing is known of those, every hour that
    it is for is alike.
    """
    hours = [0.0] * (before_hour - first_hour)
    dayparts = item.targeting.dayparts
    for (market, kind), means in history.weekly.items():
        if (item.markets and market not in item.markets) or not given(item, kind):
            continue
        share = opened(dayparts, zone_of(market) if dayparts else "UTC")
        for n in range(len(hours)):
            hours[n] += share(first_hour + n) * means[(first_hour + n) % WEEK_H]
    if history.hours < HISTORY_LEAST_H or not any(hours):
        share = opened(dayparts, item.timezone or "UTC")
        hours = [share(first_hour + n) for n in range(len(hours))]
    return Shape.of(first_hour, hours)
