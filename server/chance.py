"""The real clock and real randomness: the only ones there are outside tests."""

import random
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from kernel.clock import Clock, iso_z

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


class SharedClock(SystemClock):
    """The machine's time, set right by a clock that all servers share.

    Evidence that one server stamps is judged by another: were their clocks apart, it would look younger than
    it is. All of them go by the clock of their Redis, which each measures against its own again and again
    (:mod:`server.keep_time`). Until the first measurement it is the machine's time.

    Args:
        own: the machine's.
        behind_ms: by how much the machine's clock is behind the shared one.
    """

    def __init__(self, own: Clock | None = None) -> None:
        self.own = own or SystemClock()
        self.behind_ms = 0

    def now(self) -> datetime:
        """See :class:`kernel.clock.Clock`."""
        return self.own.now() + timedelta(milliseconds=self.behind_ms)

    def now_ms(self) -> int:
        """See :class:`kernel.clock.Clock`."""
        return self.own.now_ms() + self.behind_ms

    def heed(self, asked_ms: int, shared_ms: int, answered_ms: int) -> None:
        """Take a measurement: between two moments of the machine's clock the shared one showed ``shared_ms``.

        What is known stays as it is while the measurement allows it, so that time does not jitter with the
        network; else it changes as little as that demands. A slow answer only tells less.
        """
        least, most = shared_ms - answered_ms - 1, shared_ms - asked_ms + 1
        self.behind_ms = min(max(self.behind_ms, least), most)


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
