"""What someone set right by hand in a place, and how it stands against the list the place came from."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from geotarget.place import ATTRIBUTES_LIMIT, Category, Place

# What of the attributes a person may set.
ADDRESS = ("address", "postcode", "city", "phone")


class Correction(msgspec.Struct, frozen=True, omit_defaults=True):
    """What differs from the list: it stays so when the list is imported again. None is left as it was.

    Args:
        position: latitude and longitude, together.
        address: of ``ADDRESS``; an empty text takes it away.
    """

    name: str | None = None
    brand: str | None = None
    category: Category | None = None
    position: tuple[float, float] | None = None
    address: dict[str, str] = {}


def corrected(place: Place, correction: Correction) -> Place:
    """The place as it is once set right.

    Raises:
        Invalid: as ``Place`` does.
    """
    latitude, longitude = correction.position or (place.latitude, place.longitude)
    return replace(
        place,
        name=place.name if correction.name is None else correction.name,
        brand=place.brand if correction.brand is None else correction.brand,
        category=correction.category or place.category,
        latitude=latitude,
        longitude=longitude,
        attributes=_attributes(place.attributes, correction.address),
    )


def both(earlier: Correction, later: Correction) -> Correction:
    """Two corrections as one; the later wins."""
    return Correction(
        name=earlier.name if later.name is None else later.name,
        brand=earlier.brand if later.brand is None else later.brand,
        category=later.category or earlier.category,
        position=later.position or earlier.position,
        address=earlier.address | later.address,
    )


def changes(place: Place, wanted: Correction) -> Correction:
    """Of what is wanted, what the place does not say yet."""
    here = (place.latitude, place.longitude)
    return Correction(
        name=None if wanted.name == place.name else wanted.name,
        brand=None if wanted.brand == place.brand else wanted.brand,
        category=None if wanted.category == place.category else wanted.category,
        position=None if wanted.position == here else wanted.position,
        address={key: text for key, text in wanted.address.items() if place.attributes.get(key, "") != text},
    )


def _attributes(found: Mapping[str, str], address: Mapping[str, str]) -> dict[str, str]:
    """What was set by hand comes first, so that it is kept where there is too much."""
    if not address:
        return dict(found)
    merged = {key: text for key, text in ({**address, **found} | dict(address)).items() if text}
    return dict(list(merged.items())[:ATTRIBUTES_LIMIT])
