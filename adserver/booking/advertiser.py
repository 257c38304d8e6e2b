"""Who books and pays."""

import msgspec

from adserver.booking.campaign import Category
from adserver.booking.cap import FrequencyCap
from kernel.errors import Invalid

NAME_LIMIT = 120


class Advertiser(msgspec.Struct, frozen=True):
    """An organisation that books campaigns: a dealer, a charging network, a hotel.

    Args:
        currency: ISO 4217 code that its campaigns are booked in unless they say otherwise.
        timezone: IANA name; the days of its reports are days there.
        category: what it deals in: two of one category do not share a pod, whatever they advertise.
        caps: how often one vehicle may be shown anything of its, spots and cards together.
        house: it is the operator itself: what it books costs nothing, needs no place, and comes last.
    """

    advertiser_id: str
    name: str
    created_ms: int
    currency: str = "EUR"
    timezone: str = "Europe/Paris"
    category: Category = Category.OTHER
    house: bool = False
    caps: tuple[FrequencyCap, ...] = ()


def check_name(name: str, what: str) -> str:
    """``name`` without surrounding space.

    Raises:
        Invalid: ``<what>-name-missing`` or ``<what>-name-too-long`` (over 120 characters).
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid(
            f"{what}-name-missing", "A name is missing.", fix="Type a name.", fields={"name": "Type a name."}
        )
    if len(name) > NAME_LIMIT:
        fix = f"Use at most {NAME_LIMIT} characters."
        raise Invalid(f"{what}-name-too-long", "The name is too long.", fix=fix, fields={"name": fix})
    return name
