"""Addresses that somebody looks for, and what an address search answers."""

from enum import StrEnum

import msgspec

from geotarget.place_file import clean
from kernel.errors import Invalid

TEXT_MINIMUM, TEXT_LIMIT = 3, 200
FOUND_LIMIT = 5
LABEL_LIMIT = 300
ASKED_LIMIT, ASKED_WINDOW_S = 30, 60
"""How often one account may ask what nobody has asked before."""
KEPT_S = 7 * 86_400
WAIT_LIMIT_S = 3.0
"""How long one waits for a turn with the provider."""


class Provider(StrEnum):
    """Whose questions and answers are spoken."""

    NOMINATIM = "nominatim"
    PHOTON = "photon"
    PELIAS = "pelias"


ATTRIBUTIONS = {
    Provider.NOMINATIM: "© OpenStreetMap contributors",
    Provider.PHOTON: "© OpenStreetMap contributors",
    Provider.PELIAS: "© OpenStreetMap contributors, OpenAddresses, Who’s On First, GeoNames",
}


class FoundAddress(msgspec.Struct, frozen=True):
    """One candidate.

    Args:
        label: as people write it.
        latitude, longitude: WGS 84 degrees.
    """

    label: str
    latitude: float
    longitude: float


class FoundAddresses(msgspec.Struct, frozen=True):
    """The best candidates, the likeliest first, and whom to thank for them beside."""

    addresses: tuple[FoundAddress, ...]
    attribution: str


class TooOften(msgspec.Struct, frozen=True):
    """It is not asked now: it may be in ``retry_s``."""

    retry_s: int


def check_text(text: str) -> str:
    """An address as it is asked for, its white space made one.

    Raises:
        Invalid: ``address-too-short`` or ``address-too-long``.
    """
    asked = clean(text)
    if len(asked) < TEXT_MINIMUM:
        detail = f"An address has at least {TEXT_MINIMUM} characters."
        raise Invalid("address-too-short", detail, fix="Type a street and a town.", fields={"q": detail})
    if len(asked) > TEXT_LIMIT:
        detail = f"An address has at most {TEXT_LIMIT} characters."
        raise Invalid("address-too-long", detail, fix="Type a street and a town.", fields={"q": detail})
    return asked
