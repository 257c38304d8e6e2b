"""Where vehicles are now: in this process's memory, for a minute, and nowhere else."""

from collections import OrderedDict

from adserver.serving.avail import Location
from players.feed import consent

KEPT_MS = 60_000
VEHICLES_LIMIT = 100_000


class MemoryPositions:
    """Implements :class:`players.ports.Positions`."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[int, Location | None]] = OrderedDict()

    def put(self, vehicle_id: str, location: Location, at_ms: int) -> None:
        """See the port; forgets what is too old, and the oldest of too many."""
        before_ms, before = self._held.get(vehicle_id, (None, location))
        if before is None and consent.covers(before_ms, at_ms):
            return  # it was on its way when the owner took back the consent
        self._hold(vehicle_id, location, at_ms)

    def forget(self, vehicle_id: str, at_ms: int) -> None:
        """See the port."""
        self._hold(vehicle_id, None, at_ms)

    def _hold(self, vehicle_id: str, location: Location | None, at_ms: int) -> None:
        self._held.pop(vehicle_id, None)
        self._held[vehicle_id] = at_ms, location
        while self._held:
            oldest = next(iter(self._held))
            if len(self._held) <= VEHICLES_LIMIT and at_ms - self._held[oldest][0] <= KEPT_MS:
                return
            del self._held[oldest]

    def get(self, vehicle_id: str, now_ms: int) -> Location | None:
        """See the port."""
        at_ms, location = self._held.get(vehicle_id, (0, None))
        return location if now_ms - at_ms <= KEPT_MS else None
