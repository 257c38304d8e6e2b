"""How much a vehicle's feed may say: token buckets, far above what a real car says."""

from collections import OrderedDict

from players.feed import signals

CONNECTION_PER_S = 10 * len(signals.SIGNALS)
"""Every signal that is understood, ten times a second; a message counts for as many as it has samples."""

VEHICLE_PER_S = 2 * CONNECTION_PER_S
"""All feeds of a vehicle in one process: a second one beside the first, or one that dials again and again."""

BATCHES_PER_S = 1
"""Uploads after a gap."""

BURST_S = 2
VEHICLES_LIMIT = 10_000


class Bucket:
    """Lets ``per_s`` through in the long run, and two seconds' worth at once."""

    def __init__(self, per_s: int) -> None:
        self._per_ms = per_s / 1000
        self._most = float(per_s * BURST_S)
        self._left = self._most
        self._at_ms: int | None = None

    def take(self, now_ms: int) -> bool:
        """Whether one more may pass at ``now_ms``; a clock that steps back fills nothing."""
        passed_ms = max(0, now_ms - (now_ms if self._at_ms is None else self._at_ms))
        self._at_ms = now_ms
        self._left = min(self._most, self._left + passed_ms * self._per_ms)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def charge(self, more: int) -> None:
        """What has passed was worth ``more`` than one: that is owed, and nothing passes until it is filled.

        So no message is heard in part: it is judged whole, or it is the one at which its feed is closed.
        """
        self._left -= more


class VehicleRates:
    """A bucket for each vehicle, whichever of its connections sends; the vehicles heard last are known."""

    def __init__(self, per_s: int = VEHICLE_PER_S) -> None:
        self._per_s = per_s
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, vehicle_id: str) -> Bucket:
        """The vehicle's bucket."""
        bucket = self._buckets.setdefault(vehicle_id, Bucket(self._per_s))
        self._buckets.move_to_end(vehicle_id)
        if len(self._buckets) > VEHICLES_LIMIT:
            self._buckets.popitem(last=False)
        return bucket
