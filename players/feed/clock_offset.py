"""How far a vehicle's clock is ahead of ours, measured: between what it must lie, never what it is.

We send a request whose id nobody could foresee, and the vehicle's reply bears its time ``V``. It was
stamped after we sent (``S``) and before we received (``R``), so the vehicle's clock is ahead of ours by at
least ``V - R`` and at most ``V - S`` (as in NTP, RFC 5905, section 8, with one timestamp for the peer). Every
use takes the bound that makes a sample older, so a correction can never make it younger than it is. A
recording cannot answer an id that was made after it.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from kernel.clock import to_ms

CORRECTION_LIMIT_MS = 600_000
"""A clock that may be further off is not corrected: its samples are judged by their own stamps."""

ROUND_TRIP_LIMIT_MS = 2_000
"""A reply that took longer tells too little."""

MEASURE_EVERY_MS = 30_000
VALID_MS = 90_000
MARGIN_MS = 40
"""What a clock may wander at 200 ppm from the oldest measurement in use to the end of its use."""

_KEPT = 16
_UNANSWERED_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Bounds:
    """By how much the vehicle's clock is ahead of ours, at least and at most; negative is behind."""

    least_ms: int
    most_ms: int

    def earliest_ms(self, stamp_ms: int) -> int:
        """The earliest moment by our clock at which the vehicle's clock can have shown ``stamp_ms``."""
        return stamp_ms - self.most_ms

    def latest_ms(self, stamp_ms: int) -> int:
        """The latest such moment."""
        return stamp_ms - self.least_ms

    @property
    def middle_ms(self) -> int:
        """For people; nothing is decided by it."""
        return (self.least_ms + self.most_ms) // 2

    @property
    def correctable(self) -> bool:
        """Whether the clock is surely no further off than the limit."""
        return self.least_ms >= -CORRECTION_LIMIT_MS and self.most_ms <= CORRECTION_LIMIT_MS

    def and_(self, other: "Bounds") -> "Bounds | None":
        """What both allow; None where they exclude each other."""
        least, most = max(self.least_ms, other.least_ms), min(self.most_ms, other.most_ms)
        return Bounds(least, most) if least <= most else None


def measured(sent_ms: int, stamp: datetime, received_ms: int) -> Bounds | None:
    """What one reply tells; None if it took too long, or our clock stepped back meanwhile."""
    if not 0 <= received_ms - sent_ms <= ROUND_TRIP_LIMIT_MS:
        return None
    stamp_ms, blur_ms = to_ms(stamp), _blur_ms(stamp) + MARGIN_MS
    return Bounds(stamp_ms - received_ms - 1 - blur_ms, stamp_ms - sent_ms + blur_ms)


def _blur_ms(stamp: datetime) -> int:
    """By how much a stamp may have been rounded, told by its zeros: many vehicles send whole seconds."""
    return next((ms for ms in (1_000, 100, 10) if stamp.microsecond % (ms * 1_000) == 0), 1)


class ClockOffset:
    """The measurements of one connection."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._kept: deque[tuple[int, Bounds]] = deque(maxlen=_KEPT)
        self._bounds: Bounds | None = None
        self._until_ms = 0
        self._seen_ms = 0
        self._asked_ms: int | None = None

    def asked(self, request_id: str, now_ms: int) -> None:
        """A request goes out; called before it is sent."""
        if len(self._asked) >= _UNANSWERED_LIMIT:
            del self._asked[next(iter(self._asked))]
        self._asked[request_id] = now_ms
        self._asked_ms = now_ms

    def due(self, now_ms: int) -> bool:
        """Whether it is time to ask again."""
        return self._asked_ms is None or not 0 <= now_ms - self._asked_ms < MEASURE_EVERY_MS

    def answered(self, request_id: str, stamp: datetime | None, now_ms: int) -> Bounds | None:
        """Take the reply to a request of ours; each counts once.

        Returns:
            What this reply told, if anything.
        """
        sent_ms = self._asked.pop(request_id, None)
        found = None if sent_ms is None or stamp is None else measured(sent_ms, stamp, now_ms)
        if found is not None:
            self._heed_our_clock(now_ms)
            self._kept.append((now_ms, found))
            self._bounds, self._until_ms = self._agreed(now_ms), now_ms + VALID_MS
        return found

    def bounds(self, now_ms: int) -> Bounds | None:
        """What is known at ``now_ms``; None where nothing is, or the clock is too far off to be corrected."""
        self._heed_our_clock(now_ms)
        bounds = self._bounds
        return bounds if bounds and now_ms <= self._until_ms and bounds.correctable else None

    def _agreed(self, now_ms: int) -> Bounds:
        """What the newest measurement and those before it allow, back to the first that it excludes."""
        (_, agreed), *older = reversed(self._kept)
        for at_ms, one in older:
            narrower = agreed.and_(one)
            if narrower is None or now_ms - at_ms > VALID_MS:
                break  # the vehicle's clock has been set since, or that was long ago
            agreed = narrower
        return agreed

    def _heed_our_clock(self, now_ms: int) -> None:
        """Our own clock stepping back would make samples young: what it measured is forgotten."""
        if now_ms < self._seen_ms:
            self._kept.clear()
            self._bounds = None
        self._seen_ms = now_ms
