"""Before booking: how much there will be to show, by what was offered of late where the plan reaches."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from adserver.booking.campaign import CampaignState, Priority
from adserver.booking.forecast import Forecast, History, Plan, Rival, forecast
from adserver.booking.order import AREAS_LIMIT, FLIGHT_MAX, PLACES_LIMIT, RADIUS_MAX_M, RADIUS_MIN_M
from adserver.booking.targeting import faults
from adserver.ports import Supply
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.supply import HOUR_MS
from geotarget.area_index import AreaIndex
from geotarget.coarsen import middle, size_deg
from geotarget.spatial_index import PlaceIndex
from kernel.clock import Clock, to_ms
from kernel.errors import Invalid

FRESH_MS = 10 * 60_000
CELLS_LIMIT = 20_000
"""The busiest cells are looked at, and no others."""
RIVAL_CELLS_LIMIT = 1_000
_CELL_M = 1_000
"""No point of a cell is farther from its middle."""


@dataclass(frozen=True)
class Known:
    """The history, and where its busiest cells lie, the busiest first."""

    history: History
    busiest: tuple[str, ...]
    middles: tuple[tuple[float, float], ...]
    at_ms: int


@dataclass
class _Memory:
    known: Known | None = None


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
        reached = dict(self._reached(plan, known))
        rivals = self._rivals(plan, known, reached)
        number = len({offer.line_item.line_item_id for offers in rivals.values() for offer in offers})
        return forecast(plan, known.history, reached, lambda cell: _rival(plan, rivals.get(cell, [])), number)

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
                self._memory.known = _known(self.supply.history(now_ms // HOUR_MS), now_ms)
            assert self._memory.known is not None
            return self._memory.known
        finally:
            self._lock.release()

    def _reached(self, plan: Plan, known: Known) -> Iterator[tuple[str, float]]:
        """Cells in reach with which share of each is: looked at more closely the fewer they are."""
        index, areas = self.places(), self.areas()
        places = PlaceIndex(place for place_id in plan.place_ids if (place := index.get(place_id)))
        wanted = set(plan.area_ids)
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

    def _rivals(self, plan: Plan, known: Known, reached: dict[str, float]) -> dict[str, list[Offer]]:
        """Who else is booked in these days, by cell; the busiest cells alone where there are many."""
        demand, found = self.demand(), {}
        busiest = (cell for cell in known.busiest if cell in reached)
        for cell in islice(busiest, RIVAL_CELLS_LIMIT):
            found[cell] = [offer for offer in demand.reaching(*middle(cell)) if _competes(plan, offer)]
        return found


def _known(history: History, at_ms: int) -> Known:
    busiest = sorted(filter(None, history.cells), key=lambda cell: -sum(history.cells[cell].values()))
    busiest = busiest[:CELLS_LIMIT]
    return Known(history, tuple(busiest), tuple(map(middle, busiest)), at_ms)


def _points(latitude: float, longitude: float, steps: int) -> Iterator[tuple[float, float]]:
    height, width = size_deg(latitude)
    offsets = [(2 * n + 1) / (2 * steps) - 0.5 for n in range(steps)]
    for up in offsets:
        for right in offsets:
            east = longitude + right * width
            yield max(-90.0, min(90.0, latitude + up * height)), (east + 180) % 360 - 180


def _competes(plan: Plan, offer: Offer) -> bool:
    item = offer.line_item
    if offer.state is not CampaignState.ACTIVE or offer.exhausted or item.priority is Priority.HOUSE:
        return False
    if plan.markets and item.markets and set(plan.markets).isdisjoint(item.markets):
        return False
    return item.starts_ms < to_ms(plan.ends_at) and item.ends_ms > to_ms(plan.starts_at)


def _rival(plan: Plan, offers: list[Offer]) -> Rival:
    starts, ends = to_ms(plan.starts_at), to_ms(plan.ends_at)
    longest = 0
    for offer in offers:
        item = offer.line_item
        longest = max(longest, min(item.ends_ms, ends) - max(item.starts_ms, starts))
    return Rival(len(offers), longest / (ends - starts))


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
