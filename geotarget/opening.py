"""Whether a place is open at a time: OpenStreetMap's ``opening_hours``, evaluated by a library.

The zone and the country (for public holidays) are given: to infer them from coordinates takes 110 MB more.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, UnknownCountryError, validate  # type: ignore[attr-defined]

from geotarget.place import Place

ATTRIBUTES = ("opening_hours", "hours")
"""Where places keep it."""
_UTC = ZoneInfo("UTC")
_HORIZON_DAYS = 366
_HOLDS_S = 86_400.0
"""What is said is not trusted for longer."""


def is_open(place: Place, at: datetime, timezone: str, country: str = "") -> bool | None:
    """Whether it is open, or None where that is not known or cannot be read.

    Args:
        place: its own attribute ``timezone`` goes before ``timezone``.
        at: any moment, with its zone.
        timezone: IANA name of the zone that its hours are told in; empty for none.
        country: ISO 3166-1, whose public holidays count.
    """
    told = place.attributes
    text = _text(told)
    hours = _hours(text, told.get("timezone", "") or timezone, country) if text else None
    return None if hours is None else hours.at(at)


def tells_hours(place: Place) -> bool:
    """Whether it says when it is open, readably or not."""
    return bool(_text(place.attributes))


def can_be_read(text: str) -> bool:
    """Whether a text is an ``opening_hours``."""
    return bool(validate(text))


def _text(told: Mapping[str, str]) -> str:
    for name in ATTRIBUTES:
        if text := told.get(name, "").strip():
            return text
    return ""


class _Hours:
    """Hours, with what they said last and how long that holds: cars come by one after the other."""

    def __init__(self, hours: OpeningHours) -> None:
        self._hours = hours
        self._told: tuple[float, float, bool | None] = 0.0, 0.0, None

    def at(self, moment: datetime) -> bool | None:
        """Whether it is open."""
        at_s = moment.timestamp()
        since_s, until_s, told = self._told
        if since_s <= at_s < until_s:
            return told
        since = moment.astimezone(_UTC)
        state, _comment = self._hours.state(since)
        told = {State.OPEN: True, State.CLOSED: False}.get(state)
        until = self._hours.next_change(since)
        until_s = at_s + _HOLDS_S if until is None else min(until.timestamp(), at_s + _HOLDS_S)
        self._told = at_s, until_s, told
        return told


@lru_cache(maxsize=20_000)
def _hours(text: str, timezone: str, country: str) -> _Hours | None:
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return None
    if not can_be_read(text):
        return None
    try:
        return _Hours(OpeningHours(text, zone, country or None, max_interval_days=_HORIZON_DAYS))
    except UnknownCountryError:
        return _hours(text, timezone, "")
