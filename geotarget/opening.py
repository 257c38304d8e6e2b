"""Whether a place is open at a time: OpenStreetMap's ``opening_hours``, evaluated by a library.

The zone and the country (for public holidays) are given: to infer them from coordinates takes 110 MB more.
"""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, UnknownCountryError, validate  # type: ignore[attr-defined]

from geotarget.place import Place

ATTRIBUTES = ("opening_hours", "hours")
"""Where places keep it."""
_UTC = ZoneInfo("UTC")
_HORIZON_DAYS = 366


def is_open(place: Place, at: datetime, timezone: str, country: str = "") -> bool | None:
    """Whether it is open, or None where that is not known or cannot be read.

    Args:
        place: its own attribute ``timezone`` goes before ``timezone``.
        at: any moment, with its zone.
        timezone: IANA name of the zone that its hours are told in; empty for none.
        country: ISO 3166-1, whose public holidays count.
    """
    text = next((found for name in ATTRIBUTES if (found := place.attributes.get(name, "").strip())), "")
    hours = _hours(text, place.attributes.get("timezone", "") or timezone, country) if text else None
    if hours is None:
        return None
    state, _comment = hours.state(at.astimezone(_UTC))
    return {State.OPEN: True, State.CLOSED: False}.get(state)


def tells_hours(place: Place) -> bool:
    """Whether it says when it is open, readably or not."""
    return any(place.attributes.get(name, "").strip() for name in ATTRIBUTES)


def can_be_read(text: str) -> bool:
    """Whether a text is an ``opening_hours``."""
    return bool(validate(text))


@lru_cache(maxsize=20_000)
def _hours(text: str, timezone: str, country: str) -> OpeningHours | None:
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return None
    if not can_be_read(text):
        return None
    try:
        return OpeningHours(text, zone, country or None, max_interval_days=_HORIZON_DAYS)
    except UnknownCountryError:
        return _hours(text, timezone, "")
