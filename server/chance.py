"""The real clock and real randomness: the only ones there are outside tests."""

import random
import secrets
import time
from datetime import UTC, datetime

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """See :class:`kernel.clock.Clock`."""
        return datetime.now(UTC)

    def now_ms(self) -> int:
        """See :class:`kernel.clock.Clock`."""
        return time.time_ns() // 1_000_000


def new_id(prefix: str) -> str:
    """A random id of 20 characters, some 103 bits (:class:`kernel.ids.NewId`)."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(20))}"


def roll() -> float:
    """A number in [0, 1); for choosing between equals, not for secrets."""
    return random.random()  # noqa: S311
