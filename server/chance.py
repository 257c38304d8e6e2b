"""The real clock and real randomness: the only ones there are outside tests."""

import random
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from kernel.clock import iso_z

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
