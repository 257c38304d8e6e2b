"""One vehicle's connection: what is remembered of it while it lasts, in memory only.

Here alone precise positions live between messages.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adserver.serving.avail import Location
from geotarget.distance import geodesic_m
from players.feed import signals
from players.feed.clock_offset import ClockOffset
from players.feed.motion_policy import Grounds
from players.feed.vehicle_state import UNKNOWN, Reading, Taken, VehicleState

PAIR_LIMIT_MS = 1_000
CARRIED_M = 30.0
ANCHOR_MS = 60_000


@dataclass(frozen=True, slots=True)
class Fix:
    """A position with the vehicle's time of it; ``accuracy_m`` is 0 where it was not told."""

    location: Location
    accuracy_m: float
    vehicle_ms: int


@dataclass(slots=True)
class Feed:
    """What one connection knows.

    Args:
        vss_version: the vocabulary that it speaks.
        shares_location: the owner agreed that ads may know where the vehicle is.
        opened_ms: when the connection began; a consent that is withdrawn later is none.
        manual_gearbox: declared of the vehicle; only then may its parking brake mean parked.
        state: the vehicle's state as last written or read.
        clock: how far the vehicle's clock is off, where it was asked.
        judged: the state that this connection wrote last, how that was judged, and when.
    """

    vehicle_id: str
    vss_version: int
    shares_location: bool
    manual_gearbox: bool = False
    opened_ms: int = 0
    state: VehicleState = UNKNOWN
    clock: ClockOffset = field(default_factory=ClockOffset)
    judged: tuple[VehicleState, tuple[Grounds, int]] | None = None
    _position: dict[str, Taken] = field(default_factory=dict)
    _anchor: Fix | None = None

    def judged_as_written(self, state: VehicleState) -> tuple[Grounds, int] | None:
        """How ``state`` was judged when this connection wrote it, and when; None if another did."""
        return self.judged[1] if self.judged and self.judged[0] is state else None

    def newest_ms(self) -> dict[str, int]:
        """By path, the vehicle's stamp of the newest accepted sample, positions included."""
        return {path: one.own_ms for path, one in self._newest().items()}

    def heard_ms(self) -> dict[str, int]:
        """By path, when that sample came, or when it claimed to be true if that is later."""
        return {path: max(one.received_ms, one.vehicle_ms) for path, one in self._newest().items()}

    def _newest(self) -> dict[str, Reading]:
        if not self._position:
            return self.state.readings
        return self.state.readings | {path: one.reading for path, one in self._position.items()}

    def locate(self, taken: Iterable[Taken]) -> Fix | None:
        """The position that the samples complete, if they do; none without the owner's consent."""
        if not self.shares_location:
            return None
        news = {one.path: one for one in taken if one.path in signals.POSITION_PATHS}
        self._position |= news
        if not news.keys() & {signals.LATITUDE, signals.LONGITUDE}:
            return None
        latitude, longitude = self._position.get(signals.LATITUDE), self._position.get(signals.LONGITUDE)
        if latitude is None or longitude is None:
            return None
        times = latitude.reading.vehicle_ms, longitude.reading.vehicle_ms
        north, east = latitude.reading.value, longitude.reading.value
        if north is None or east is None or max(times) - min(times) > PAIR_LIMIT_MS:
            return None
        accuracy = self._number(signals.ACCURACY, max(times))
        heading = self._number(signals.HEADING, max(times))
        return Fix(Location(float(north), float(east), heading), accuracy or 0.0, max(times))

    def hide(self) -> None:
        """The owner has taken back the consent: forget where the vehicle is, and look no more."""
        self.shares_location = False
        self._position.clear()
        self._anchor = None

    def _number(self, path: str, vehicle_ms: int) -> float | None:
        one = self._position.get(path)
        if one is None or one.reading.value is None or abs(vehicle_ms - one.reading.vehicle_ms) > 5_000:
            return None
        return float(one.reading.value)

    def carried(self, fix: Fix | None, stands: bool) -> bool:
        """Whether the position has moved although the wheels have stood (ferry, train, tow)."""
        if not stands:
            self._anchor = None
            return False
        if fix is None:
            return False
        anchor = self._anchor
        far = anchor is not None and _far(anchor, fix)
        if anchor is None or far or fix.vehicle_ms - anchor.vehicle_ms > ANCHOR_MS:
            self._anchor = fix
        return far


def _far(a: Fix, b: Fix) -> bool:
    apart_m = geodesic_m(a.location.latitude, a.location.longitude, b.location.latitude, b.location.longitude)
    return apart_m > max(CARRIED_M, 2 * a.accuracy_m, 2 * b.accuracy_m)
