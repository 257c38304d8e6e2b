"""Where vehicles are now, and were in the last minute: in this process's memory, and nowhere else."""

from collections import OrderedDict, deque
from collections.abc import Callable

from adserver.serving.avail import Location
from geotarget.course import Course, Fix, course_of
from geotarget.fence import Fences, Stay, Track, follow
from geotarget.fence_index import FenceIndex
from players.feed import consent

KEPT_MS = 60_000
VEHICLES_LIMIT = 100_000
TRAIL_EVERY_MS, TRAIL_LIMIT = 4_000, 16
_NONE = FenceIndex()


class MemoryPositions:
    """Implements :class:`players.ports.Positions`.

    Args:
        fences: those that promotions ask for.
    """

    def __init__(self, fences: Callable[[], Fences] = lambda: _NONE) -> None:
        self._fences = fences
        self._tracks: dict[str, Track] = {}
        self._held: OrderedDict[str, tuple[int, Location | None]] = OrderedDict()
        self._trails: dict[str, deque[Fix]] = {}

    def put(self, vehicle_id: str, location: Location, at_ms: int) -> None:
        """See the port; forgets what is too old, and the oldest of too many."""
        before_ms, before = self._held.get(vehicle_id, (None, location))
        if before is None and consent.covers(before_ms, at_ms):
            return  # it was on its way when the owner took back the consent
        trail = self._trails.get(vehicle_id)
        if trail is None:
            trail = self._trails[vehicle_id] = deque(maxlen=TRAIL_LIMIT)
        if not trail or at_ms - trail[-1].at_ms >= TRAIL_EVERY_MS:
            trail.append(Fix(location.latitude, location.longitude, at_ms))
        self._hold(vehicle_id, location, at_ms)
        if fences := self._fences():
            track = self._tracks.get(vehicle_id)
            self._tracks[vehicle_id] = follow(track, fences, location.latitude, location.longitude, at_ms)
        elif self._tracks:
            self._tracks.clear()

    def forget(self, vehicle_id: str, at_ms: int) -> None:
        """See the port."""
        self._trails.pop(vehicle_id, None)
        self._tracks.pop(vehicle_id, None)
        self._hold(vehicle_id, None, at_ms)

    def _hold(self, vehicle_id: str, location: Location | None, at_ms: int) -> None:
        self._held.pop(vehicle_id, None)
        self._held[vehicle_id] = at_ms, location
        while self._held:
            oldest = next(iter(self._held))
            if len(self._held) <= VEHICLES_LIMIT and at_ms - self._held[oldest][0] <= KEPT_MS:
                return
            del self._held[oldest]
            self._trails.pop(oldest, None)
            self._tracks.pop(oldest, None)

    def get(self, vehicle_id: str, now_ms: int) -> Location | None:
        """See the port."""
        at_ms, location = self._held.get(vehicle_id, (0, None))
        return location if now_ms - at_ms <= KEPT_MS else None

    def course(self, vehicle_id: str, market: str, now_ms: int) -> Course | None:
        """See the port."""
        at_ms, location = self._held.get(vehicle_id, (0, None))
        if location is None or now_ms - at_ms > KEPT_MS:
            return None
        trail = [fix for fix in self._trails.get(vehicle_id, ()) if 0 < at_ms - fix.at_ms <= KEPT_MS]
        here = Fix(location.latitude, location.longitude, at_ms)
        return course_of([*trail, here], location.heading_deg, market)

    def stays(self, vehicle_id: str, now_ms: int) -> tuple[Stay, ...]:
        """See the port."""
        track = self._tracks.get(vehicle_id)
        return track.stays() if track is not None and self.get(vehicle_id, now_ms) is not None else ()
