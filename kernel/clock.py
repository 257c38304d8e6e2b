"""Time as a value. Only ``server`` reads the real clock; everything else is given one."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Where verbs learn the time. Nouns are given ``now`` instead."""

    def now(self) -> datetime:
        """The present as a timezone-aware UTC datetime."""

    def now_ms(self) -> int:
        """The present in whole milliseconds since 1970-01-01T00:00Z."""


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00Z of an aware datetime (rounded down)."""
    return (moment - _UNIX) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970-01-01T00:00Z."""
    return _UNIX + timedelta(milliseconds=ms)


def iso_z(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and ``Z``, as HLS and VISS write it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def timezones() -> frozenset[str]:
    """The IANA names of all zones; looked for on the disk once, as it takes a while."""
    return frozenset(available_timezones())
