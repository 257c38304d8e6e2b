"""The real clock and real randomness: the only ones there are outside tests."""

import random
import secrets
import time
from datetime import UTC, datetime

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
