"""Detours by a routing engine, from what it has said: it is asked beside the decisions, never by one."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from geotarget.breaker import Breaker
from geotarget.ports import Routing
from geotarget.routed_detour import Node, Way, detours_by, table_of
from kernel.clock import Clock
from kernel.errors import Unavailable

KNOWN_MS = 3_600_000
WAYS_LIMIT = 200_000
PLACES_LIMIT = 12
"""In one question: a table of at most some 13 by 25."""
ASKING_LIMIT = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RouteDetours:
    """Tells at once what is known, and asks for the rest in the background; the next car will know.

    What is known is of cells and places, so that whoever drives there next has it; it is kept for an hour, in
    memory.

    Args:
        routing: the engine.
        clock: tells how old an answer is.
        count: told what became of each question: ``answered``, ``failed``, or ``left`` unasked.
    """

    routing: Routing
    clock: Clock
    count: Callable[[str], None]
    _known: "OrderedDict[Way, tuple[float | None, int]]" = field(default_factory=OrderedDict, init=False)
    _asked: set[Way] = field(default_factory=set, init=False)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set, init=False)
    _breaker: Breaker = field(default_factory=Breaker, init=False)

    def __call__(
        self,
        latitude: float,
        longitude: float,
        heading_deg: float | None,
        places: Sequence[tuple[Node, float]],
    ) -> list[float | None]:
        """How much longer a trip is by way of each place, with its distance; None where it is not known.

        Only the first twelve are looked at. Must be called where an event loop runs.
        """
        now_ms = self.clock.now_ms()
        detours = detours_by(latitude, longitude, heading_deg, places[:PLACES_LIMIT])
        wanted = dict.fromkeys(way for one in detours if one for way in one.ways)
        times = {way: self._known[way][0] for way in wanted if self._is_known(way, now_ms)}
        unknown = [way for way in wanted if way not in times and way not in self._asked]
        if unknown:
            self._ask(unknown, now_ms)
        found = [one.takes_s(times) if one else None for one in detours]
        return [*found, *([None] * (len(places) - len(found)))]

    def _is_known(self, way: Way, now_ms: int) -> bool:
        known = self._known.get(way)
        return known is not None and 0 <= now_ms - known[1] <= KNOWN_MS

    def _ask(self, ways: list[Way], now_ms: int) -> None:
        if len(self._tasks) >= ASKING_LIMIT or not self._breaker.lets(now_ms):
            self.count("left")
            return
        self._asked.update(ways)
        task = asyncio.get_running_loop().create_task(self._answered(ways))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(self, ways: list[Way]) -> None:
        sources, targets = table_of(ways)
        try:
            table = await self.routing.times_s(sources, targets)
        except Unavailable as problem:
            self._breaker.failed(self.clock.now_ms())
            self.count("failed")
            _log.warning("the routing engine gave no times: %s", problem)
            return
        finally:
            self._asked.difference_update(ways)
        self._breaker.answered()
        self.count("answered")
        self._keep(sources, targets, table)

    def _keep(
        self, sources: Sequence[Node], targets: Sequence[Node], table: Sequence[Sequence[float | None]]
    ) -> None:
        now_ms = self.clock.now_ms()
        for source, row in zip(sources, table, strict=True):
            for target, time_s in zip(targets, row, strict=True):
                self._known.pop((source, target), None)
                self._known[source, target] = time_s, now_ms
        while len(self._known) > WAYS_LIMIT:
            self._known.popitem(last=False)

    async def settled(self) -> None:
        """Returns when nothing is being asked."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
