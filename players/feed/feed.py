"""One vehicle's connection: what is remembered of it while it lasts, in memory only.

Here alone precise positions live between messages.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from adserver.serving.avail import Location
from geotarget.distance import farther
from players.feed import signals
from players.feed.acceptance import Reading, Taken
from players.feed.clock_offset import ClockOffset
from players.feed.motion_policy import Grounds
from players.feed.vehicle_state import UNKNOWN, VehicleState

PAIR_LIMIT_MS = 1_000
CARRIED_M = 30.0
ANCHOR_MS = 60_000


class Fix(msgspec.Struct, frozen=True, gc=False):
    """A position with the vehicle's time of it; ``accuracy_m`` is 0 where it was not told."""

    location: Location
    accuracy_m: float
    vehicle_ms: int


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a vehicle is, for all processes to know; kept nowhere.

    Args:
        at_ms: when it was told, by our clock.
        opened_ms: when its connection began: a consent that was withdrawn since is none.
    """

    location: Location
    at_ms: int
    opened_ms: int


class Swapped(msgspec.Struct, frozen=True):
    """What came of writing a state.

    Args:
        kept: None when it was written, else what is kept now.
        told: whether the position that came with it is told: not where the owner's consent was withdrawn
            since its feed was opened.
    """

    kept: VehicleState | None = None
    told: bool = False


Judged = tuple[Grounds, int]
"""How a state was judged, and when."""


@dataclass(slots=True)
class Feed:
    """What one connection knows.

    Args:
        vss_version: the vocabulary that it speaks.
        shares_location: the owner agreed that ads may know where the vehicle is.
        opened_ms: when the connection began; a consent that is withdrawn later is none.
        unit_id: the head unit that speaks; what it has said it alone can take back.
        manual_gearbox: declared of the vehicle; only then may its parking brake mean parked.
        state: the vehicle's state as last written or read.
        clock: how far the vehicle's clock is off, where it was asked.
        judged: the state that this connection wrote last, how that was judged, and when.
        positions: the newest accepted readings of where it is, by path.
    """

    vehicle_id: str
    vss_version: int
    shares_location: bool
    manual_gearbox: bool = False
    opened_ms: int = 0
    unit_id: str = ""
    state: VehicleState = UNKNOWN
    clock: ClockOffset = field(default_factory=ClockOffset)
    judged: tuple[VehicleState, Judged] | None = None
    positions: dict[str, Reading] = field(default_factory=dict)
    _anchor: Fix | None = None

    def judged_as_written(self, state: VehicleState) -> Judged | None:
        """How ``state`` was judged when this connection wrote it, and when; None if another did."""
        return self.judged[1] if self.judged and self.judged[0] is state else None

    def locate(self, taken: Iterable[Taken]) -> Fix | None:
        """The position that the samples complete, if they do; none without the owner's consent."""
        if not self.shares_location:
            return None
        news = {one.path: one.reading for one in taken if one.path in signals.POSITION_PATHS}
        if not news:
            return None
        self.positions |= news
        if signals.LATITUDE not in news and signals.LONGITUDE not in news:
            return None
        latitude, longitude = self.positions.get(signals.LATITUDE), self.positions.get(signals.LONGITUDE)
        if latitude is None or longitude is None or latitude.value is None or longitude.value is None:
            return None
        apart_ms = abs(latitude.vehicle_ms - longitude.vehicle_ms)
        if apart_ms > PAIR_LIMIT_MS:
            return None
        at_ms = max(latitude.vehicle_ms, longitude.vehicle_ms)
        heading, accuracy = self._number(signals.HEADING, at_ms), self._number(signals.ACCURACY, at_ms)
        location = Location(float(latitude.value), float(longitude.value), heading)
        return Fix(location, accuracy or 0.0, at_ms)

    def hide(self) -> None:
        """The owner has taken back the consent: forget where the vehicle is, and look no more."""
        self.shares_location = False
        self.positions.clear()
        self._anchor = None

    def _number(self, path: str, vehicle_ms: int) -> float | None:
        one = self.positions.get(path)
        if one is None or one.value is None or abs(vehicle_ms - one.vehicle_ms) > 5_000:
            return None
        return float(one.value)

    def carried(self, fix: Fix | None, stands: bool) -> bool:
        """Whether the position has moved although the wheels have stood (ferry, train, tow)."""
        if not stands:
            self._anchor = None
            return False
        if fix is None or not self.shares_location:
            return False
        anchor = self._anchor
        far = anchor is not None and _far(anchor, fix)
        if anchor is None or far or fix.vehicle_ms - anchor.vehicle_ms > ANCHOR_MS:
            self._anchor = fix
        return far


def _far(a: Fix, b: Fix) -> bool:
    here, there = a.location, b.location
    limit_m = max(CARRIED_M, 2 * a.accuracy_m, 2 * b.accuracy_m)
    return farther(here.latitude, here.longitude, there.latitude, there.longitude, limit_m)
