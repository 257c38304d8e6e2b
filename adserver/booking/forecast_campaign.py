"""Before booking: how much there will be to show, by what was offered of late where the plan reaches."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from adserver.booking.contention import Rival
from adserver.booking.forecast import Forecast, Past, Reach, forecast
from adserver.booking.known import Known
from adserver.booking.order import AREAS_LIMIT, FLIGHT_MAX, PLACES_LIMIT, RADIUS_MAX_M, RADIUS_MIN_M
from adserver.booking.plan import Plan
from adserver.booking.rivals import Booked, rooms
from adserver.booking.targeting import faults
from adserver.serving.demand import DemandIndex
from adserver.serving.ports import Supply
from adserver.serving.supply import HOUR_MS
from geotarget.area_index import AreaIndex
from geotarget.coarsen import middle, size_deg
from geotarget.spatial_index import PlaceIndex
from kernel.clock import Clock
from kernel.errors import Invalid

FRESH_MS = 10 * 60_000
RIVAL_CELLS_LIMIT = 1_000
"""In so many cells in reach, the busiest, it is looked who else is booked; the others are taken as those."""
AHEAD_CELLS_LIMIT = 200
_CELL_M = 1_000
"""No point of a cell is farther from its middle."""
_BEHIND = 0.44
"""Of the cars around a place, so many have it behind them or have driven by, as recorded drives went."""
_KM_PER_DEGREE = 111.32


@dataclass
class _Memory:
    known: Known | None = None
    booked: Booked | None = None


@dataclass(frozen=True)
class ForecastCampaign:
    """Answers from an aggregate in memory, which is made anew every ten minutes if somebody asks."""

    supply: Supply
    places: Callable[[], PlaceIndex]
    areas: Callable[[], AreaIndex]
    demand: Callable[[], DemandIndex]
    clock: Clock
    _memory: _Memory = field(default_factory=_Memory, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _booking: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __call__(self, plan: Plan) -> Forecast:
        """What may be expected of a plan.

        Raises:
            Invalid: ``forecast-flight``, ``radius-out-of-range``, ``places-too-many``, ``areas-too-many``, or
                what is wrong with its targeting.
        """
        _check(plan)
        if not plan.place_ids and not plan.area_ids:
            return Forecast("no-targeting")
        known = self.known()
        reach = self._reach(plan, known)
        rivals = self._rivals(plan, known, reach.cells)
        number = len({rival.line_item_id for some in rivals.values() for rival in some})
        return forecast(plan, known.past, reach, rooms(known, rivals), number)

    def known(self) -> Known:
        """What is in memory; one asks for it anew where it is old, and the others take what there is."""
        now_ms, known = self.clock.now_ms(), self._memory.known
        if known is not None and 0 <= now_ms - known.at_ms < FRESH_MS:
            return known
        if not self._lock.acquire(blocking=known is None):
            assert known is not None
            return known
        try:
            if self._memory.known is known:
                self._memory.known = self._read(now_ms)
            assert self._memory.known is not None
            return self._memory.known
        finally:
            self._lock.release()

    def _read(self, now_ms: int) -> Known:
        hour, supply = now_ms // HOUR_MS, self.supply
        past = Past(supply.history(hour), supply.traits(hour), supply.returns(hour))
        return Known.of(past, now_ms)

    def _reach(self, plan: Plan, known: Known) -> Reach:
        index = self.places()
        places = PlaceIndex(place for place_id in plan.place_ids if (place := index.get(place_id)))
        cells = dict(self._reached(plan, known, places))
        behind = _behind(plan, places, (cell for cell in known.busiest if cell in cells))
        return Reach(cells, _side_km(plan, places, cells), behind)

    def _reached(self, plan: Plan, known: Known, places: PlaceIndex) -> Iterator[tuple[str, float]]:
        """Cells in reach with which share of each is: looked at more closely the fewer they are."""
        areas, wanted = self.areas(), set(plan.area_ids)
        near: list[tuple[str, float, float]] = []
        apart = places.nearest_m(known.middles).tolist()
        for cell, here, apart_m in zip(known.busiest, known.middles, apart, strict=True):
            if apart_m + _CELL_M <= plan.radius_m:
                yield cell, 1.0
            elif wanted or apart_m - _CELL_M <= plan.radius_m:
                near.append((cell, *here))
        steps = 4 if len(near) <= 300 else 2 if len(near) <= 2_000 else 1
        for cell, latitude, longitude in near:
            points = list(_points(latitude, longitude, steps))
            inside = sum(
                bool(len(places.near(*point, plan.radius_m, limit=1)))
                or bool(wanted and not wanted.isdisjoint(areas.containing(*point)))
                for point in points
            )
            if inside:
                yield cell, inside / len(points)

    def _rivals(self, plan: Plan, known: Known, reached: Mapping[str, float]) -> dict[str, tuple[Rival, ...]]:
        """Who else is booked in these days, by cell; in the busiest cells alone where there are many."""
        demand = self.demand()
        here = list(islice((cell for cell in known.busiest if cell in reached), RIVAL_CELLS_LIMIT))
        with self._booking:
            booked = self._memory.booked
            if booked is None or booked.demand is not demand or booked.known is not known:
                booked = self._memory.booked = Booked(demand, known)
            return booked.rivals(plan, here, self.clock.now_ms())


def _behind(plan: Plan, places: PlaceIndex, cells: Iterable[str]) -> float:
    """Of cars that go somewhere, the share that has all places in reach behind it, in the busiest cells."""
    if not plan.approach.ahead or plan.area_ids:
        return 0.0
    shares = [
        _BEHIND ** max(1, len(places.near(*middle(cell), plan.radius_m, limit=8)))
        for cell in islice(cells, AHEAD_CELLS_LIMIT)
    ]
    return sum(shares) / max(1, len(shares))


def _side_km(plan: Plan, places: PlaceIndex, cells: Mapping[str, float]) -> float:
    """Of a square as large as its circles together, but no larger than what holds them; or as its cells."""
    radius_km = plan.radius_m / 1000
    if plan.area_ids or not len(places):
        return math.sqrt(sum(_size_km2(cell) * share for cell, share in cells.items()))
    found = [place for place_id in plan.place_ids if (place := places.get(place_id))]
    rows, columns = [one.latitude for one in found], [one.longitude for one in found]
    shrink = math.cos(math.radians(rows[0]))
    high_km = (max(rows) - min(rows)) * _KM_PER_DEGREE + 2 * radius_km
    wide_km = (max(columns) - min(columns)) * _KM_PER_DEGREE * shrink + 2 * radius_km
    return math.sqrt(min(len(found) * math.pi * radius_km**2, high_km * wide_km))


def _size_km2(cell: str) -> float:
    latitude, _ = middle(cell)
    high, wide = size_deg(latitude)
    return high * wide * _KM_PER_DEGREE**2 * math.cos(math.radians(latitude))


def _points(latitude: float, longitude: float, steps: int) -> Iterator[tuple[float, float]]:
    height, width = size_deg(latitude)
    offsets = [(2 * n + 1) / (2 * steps) - 0.5 for n in range(steps)]
    for up in offsets:
        for right in offsets:
            east = longitude + right * width
            yield max(-90.0, min(90.0, latitude + up * height)), (east + 180) % 360 - 180


def _check(plan: Plan) -> None:
    if plan.starts_at.tzinfo is None or plan.ends_at.tzinfo is None or plan.ends_at <= plan.starts_at:
        fix = "Write times with an offset, the end after the start."
        raise Invalid("forecast-flight", "There is no time between start and end.", fix=fix)
    if plan.ends_at - plan.starts_at > FLIGHT_MAX:
        raise Invalid("forecast-flight", "The time is too long.", fix="Ask for at most two years.")
    if not RADIUS_MIN_M <= plan.radius_m <= RADIUS_MAX_M:
        raise Invalid("radius-out-of-range", "The radius is out of range.", fix="Choose 50 m to 200 km.")
    for code, _, detail, fix in faults(plan.targeting):
        raise Invalid(code, detail, fix=fix)
    if len(plan.place_ids) > PLACES_LIMIT:
        raise Invalid(
            "places-too-many", "There are too many places.", fix=f"Choose at most {PLACES_LIMIT:,}."
        )
    if len(plan.area_ids) > AREAS_LIMIT:
        raise Invalid("areas-too-many", "There are too many areas.", fix=f"Choose at most {AREAS_LIMIT:,}.")
