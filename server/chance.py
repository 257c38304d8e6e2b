"""The real clock and real randomness: the only ones there are outside tests."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from kernel.clock import Clock, from_ms, iso_z

_ALPHABET = b"abcdefghijklmnopqrstuvwxyz0123456789"
_CHARACTERS = 20
_DRAWN_BITS = 192
"""So many more than they can tell that each is as likely as the others, to 2 to the power of -88."""


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """See :class:`kernel.clock.Clock`."""
        return datetime.now(UTC)

    def now_ms(self) -> int:
        """See :class:`kernel.clock.Clock`."""
        return time.time_ns() // 1_000_000


SLOWEST = 0.98
"""How fast time goes by at least, against the machine's steady clock."""

LEAP_MS = 500
"""More than that is no drift: the machine slept, or its time was set."""


class SharedClock(SystemClock):
    """The time of a clock that all servers share, which goes by steadily and is never set back.

    Evidence that one server stamps is judged by another: were their clocks apart, it would look younger than
    it is. All of them go by the clock of their Redis, which each measures against its own steady one again
    and again (:mod:`server.keep_time`). Until the first measurement it is the machine's time.

    Nor may evidence grow young again, or what is on air go back, where a clock is set back: the machine's is
    not looked at, and where Redis' was, time goes by a little slower until it is right. Where the machine's
    leaps ahead it may have slept: that is believed until the next measurement, as all may be older then.

    Args:
        own: the machine's.
        steady: seconds that pass, whatever is done to the machine's time.
    """

    def __init__(self, own: Clock | None = None, steady: Callable[[], float] = time.monotonic) -> None:
        self.own, self._steady = own or SystemClock(), steady
        # How far the shared clock, and the machine's, were ahead of the steady one.
        self._shared_ms: float | None = None
        self._own_ms = 0.0
        # What was told last but for leaps, and when that was: together, as threads ask too.
        self._told = 0.0, 0.0

    @property
    def behind_ms(self) -> int | None:
        """By how much the machine's clock was behind the shared one; None before that was measured."""
        return None if self._shared_ms is None else round(self._shared_ms - self._own_ms)

    @property
    def ahead_ms(self) -> int:
        """By how much this is ahead of the shared clock, which was set back."""
        steady_ms = self.steady_ms()
        return round(self._line_ms(steady_ms) - steady_ms - (self._shared_ms or 0.0))

    def now(self) -> datetime:
        """See :class:`kernel.clock.Clock`."""
        return from_ms(self.now_ms())

    def now_ms(self) -> int:
        """See :class:`kernel.clock.Clock`."""
        own_ms = self.own.now_ms()
        if self._shared_ms is None:
            return own_ms
        steady_ms = self._steady() * 1_000
        leap_ms, line_ms = own_ms - steady_ms - self._own_ms, self._line_ms(steady_ms)
        return int(line_ms + leap_ms if leap_ms > LEAP_MS else line_ms)

    def line_ms(self) -> int:
        """The same but for a leap that is not measured yet: what other servers may go by."""
        return int(self._line_ms(self.steady_ms()))

    def steady_ms(self) -> float:
        """By the clock that measurements are taken by."""
        return self._steady() * 1_000

    def heed(self, asked_ms: float, shared_ms: int, answered_ms: float, latest_ms: int = 0) -> None:
        """Take a measurement: between two moments of the steady clock the shared one showed ``shared_ms``.

        What is known stays as it is while the measurement allows it, so that time does not jitter with the
        network; else it changes as little as that demands. A slow answer only tells less.

        Args:
            asked_ms: by the steady clock.
            shared_ms: what the shared clock showed.
            answered_ms: by the steady clock.
            latest_ms: the latest time that any server has gone by: one that begins is not behind it.
        """
        least, most = shared_ms - answered_ms - 1, shared_ms - asked_ms + 1
        self._own_ms = self.own.now_ms() - self.steady_ms()
        if self._shared_ms is None:
            self._told = float(latest_ms), self.steady_ms()
            self._shared_ms = self._own_ms
        self._shared_ms = min(max(self._shared_ms, least), most)

    def _line_ms(self, steady_ms: float) -> float:
        before_ms, then_ms = self._told
        line_ms = steady_ms + (self._shared_ms or 0.0)
        least_ms = before_ms + (steady_ms - then_ms) * SLOWEST
        if line_ms < least_ms:  # max() would cost more than all the rest
            line_ms = least_ms
        self._told = line_ms, steady_ms
        return line_ms


def new_id(prefix: str) -> str:
    """A random id of 20 characters, some 103 bits (:class:`kernel.ids.NewId`).

    All in one system call: while it is asked for randomness a thread loses its turn to others.
    """
    drawn, name = secrets.randbits(_DRAWN_BITS), bytearray()
    for _ in range(_CHARACTERS):
        drawn, place = divmod(drawn, len(_ALPHABET))
        name.append(_ALPHABET[place])
    return f"{prefix}_{name.decode()}"


def roll() -> float:
    """A number in [0, 1); for choosing between equals, not for secrets."""
    return random.random()  # noqa: S311


def macro_values() -> Mapping[str, str]:
    """What a server says of itself in the macros of others' addresses (VAST 4.2, 6)."""
    return {
        "CACHEBUSTING": f"{random.randrange(100_000_000):08}",  # noqa: S311
        "TIMESTAMP": iso_z(SystemClock().now()),
        "SERVERSIDE": "1",
    }
