"""How much an advertiser may have booked at once: each process holds all of it in memory."""

import msgspec

from kernel.errors import Conflict

CAMPAIGNS_LIMIT = 500
PLACES_BOOKED_LIMIT = 100_000


class Booked(msgspec.Struct, frozen=True):
    """Of campaigns that are neither over nor ended: how many, and the places and areas of all of them."""

    campaigns: int = 0
    places: int = 0


def check_room(booked: Booked, places: int) -> None:
    """Nothing, if a campaign of so many places and areas may stand beside the others.

    Raises:
        Conflict: ``campaigns-too-many`` or ``places-booked-too-many``.
    """
    fix = "End some that are not needed any more, or wait until they are over."
    if booked.campaigns >= CAMPAIGNS_LIMIT:
        raise Conflict("campaigns-too-many", "You have 500 campaigns that are not over.", fix=fix)
    if booked.places + places > PLACES_BOOKED_LIMIT:
        detail = "Your campaigns would have more than 100,000 places and areas in all."
        raise Conflict("places-booked-too-many", detail, fix=fix)
