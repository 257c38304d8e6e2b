"""From a channel's wall clock to positions of the grid, on the days when clocks change too."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kernel.clock import from_ms, to_ms
from media.house_format import EPOCH_MS, SEGMENT_MS, starts_at_ms

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2})?")
MIDNIGHT = "24:00"
"""The end of a day, as a block may name it."""
_MIDNIGHTS = frozenset({MIDNIGHT, "24:00:00", "00:00", "00:00:00"})
_TIME_LENGTH = len("20:30:15")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_YEAR = timedelta(days=366)
DATE_MEANT = "A date such as 2026-12-24, from a year ago to three years ahead."


def zone_of(name: str) -> ZoneInfo | None:
    """The timezone of an IANA name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def time_of_day(text: str) -> time | None:
    """``HH:MM`` or ``HH:MM:SS``, or None."""
    return _time_of_day(text) if len(text) <= _TIME_LENGTH else None


# A year has some thousand blocks, most of them at the same few times of day.
@lru_cache(maxsize=4_096)
def _time_of_day(text: str) -> time | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def is_midnight(text: str) -> bool:
    """Whether an end of that text is the day's own."""
    return text in _MIDNIGHTS


def end_of(until: str) -> time | None:
    """The time of day by which something is over; after midnight's, nothing is. None for what is no time."""
    return time.max if is_midnight(until) else time_of_day(until)


def date_of(text: str) -> date | None:
    """``YYYY-MM-DD``, or None: ISO 8601 has other forms, which are nobody's key."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def date_near(text: str, now_ms: int) -> date | None:
    """A date from a year before ``now_ms`` to three years after, or None: the calendar ends somewhere."""
    day = date_of(text)
    return day if day is not None and -_YEAR <= day - from_ms(now_ms).date() <= 3 * _YEAR else None


def instant_of(day: date, moment: time, zone: ZoneInfo) -> datetime:
    """When the wall clock of ``zone`` shows it, in UTC.

    A time that comes twice is its first; one that is left out is the first instant after what is left out.
    """
    wall = datetime.combine(day, moment)
    later = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) == wall:
        return later
    earlier = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = earlier.astimezone(zone).utcoffset()
    while later - earlier > _SECOND:
        middle = earlier + ((later - earlier) // 2 // _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            earlier = middle
        else:
            later = middle
    return later


@lru_cache(maxsize=4096)
def position_of(day: date, moment: time, zone: ZoneInfo) -> int:
    """The first position of the grid that does not begin before that time of day."""
    return -((EPOCH_MS - to_ms(instant_of(day, moment, zone))) // SEGMENT_MS)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the calendar of ``zone`` has that day: Samoa never had 2011-12-30."""
    return instant_of(day, time.min, zone) < instant_of(day + _DAY, time.min, zone)


def length_s(day: date, zone: ZoneInfo) -> int:
    """How long a day is: 86,400 s but where clocks change."""
    return int((instant_of(day + _DAY, time.min, zone) - instant_of(day, time.min, zone)).total_seconds())


def local_at(position: int, zone: ZoneInfo) -> datetime:
    """What the wall clock shows when a position begins."""
    return from_ms(starts_at_ms(position)).astimezone(zone)
