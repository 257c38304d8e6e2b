"""A place that a promotion can point at, and the rules that every place keeps."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.errors import Invalid

NAME_LIMIT = 200
EXTERNAL_ID_LIMIT = 200
ATTRIBUTES_LIMIT = 32
ATTRIBUTE_NAME_LIMIT = 64
ATTRIBUTE_LIMIT = 500

_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Category(StrEnum):
    """What a driver finds there."""

    DEALER = "dealer"
    FUEL = "fuel"
    CHARGING = "charging"
    HOTEL = "hotel"
    RESTAURANT = "restaurant"
    PARKING = "parking"
    POI = "poi"


@dataclass(frozen=True, slots=True)
class Place:
    """One place.

    Args:
        place_id: ``plc_…``, see ``place_id_of``.
        source: whose list it came from, such as ``fuel-fr`` (``[a-z0-9._-]``, at most 64 characters).
        external_id: its id in that list; (source, external_id) is unique.
        name: what a driver reads, 1 to 200 characters.
        brand: may be empty.
        latitude: WGS 84 degrees, [-90, 90].
        longitude: WGS 84 degrees, [-180, 180].
        attributes: whatever else is worth keeping, at most 32 short texts.

    Raises:
        Invalid: ``latitude-out-of-range``, ``longitude-out-of-range``, ``source-malformed``,
            ``external-id-missing``, ``external-id-too-long``, ``name-missing``, ``name-too-long``,
            ``brand-too-long``, ``text-malformed``, ``attributes-too-many`` or ``attribute-too-long``.
    """

    place_id: str
    source: str
    external_id: str
    name: str
    brand: str
    category: Category
    latitude: float
    longitude: float
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_position(self.latitude, self.longitude)
        check_source(self.source)
        check_text("external-id", self.external_id, EXTERNAL_ID_LIMIT)
        check_text("name", self.name, NAME_LIMIT)
        check_text("brand", self.brand, NAME_LIMIT, required=False)
        if len(self.attributes) > ATTRIBUTES_LIMIT:
            raise Invalid(
                "attributes-too-many",
                f"A place keeps at most {ATTRIBUTES_LIMIT} attributes.",
                fix="Drop some.",
            )
        for key, value in self.attributes.items():
            check_text("attribute", key, ATTRIBUTE_NAME_LIMIT)
            check_text("attribute", value, ATTRIBUTE_LIMIT, required=False)


def place_id_of(source: str, external_id: str) -> str:
    """The id of a place, see :func:`id_of`."""
    return id_of("plc", source, external_id)


def id_of(prefix: str, source: str, external_id: str) -> str:
    """A digest of where something came from, so that importing it twice changes nothing."""
    digest = hashlib.blake2b(f"{source}\0{external_id}".encode("utf-8", "replace"), digest_size=10)
    return f"{prefix}_{digest.hexdigest()}"


def check_position(latitude: float, longitude: float) -> None:
    """Refuse what is no position on Earth (NaN and infinities included).

    Raises:
        Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
    """
    for axis, value, bound in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if not -bound <= value <= bound:
            message = f"The {axis} {value:g} does not lie between -{bound} and {bound} degrees."
            raise Invalid(
                f"{axis}-out-of-range",
                message,
                fix="Give WGS 84 degrees; check that latitude and longitude are not swapped.",
                fields={axis: message},
            )


def check_source(source: str) -> None:
    """Refuse a source name that is not a short lower-case word.

    Raises:
        Invalid: ``source-malformed``.
    """
    if not _SOURCE.fullmatch(source):
        message = "A source is named by 1 to 64 lower-case letters, digits, dots, dashes or underscores."
        raise Invalid(
            "source-malformed", message, fix="Choose a name such as “fuel-fr”.", fields={"source": message}
        )


def check_text(what: str, text: str, limit: int, *, required: bool = True) -> None:
    """Refuse a text that is no short line.

    Args:
        what: how codes and sentences call it, such as ``external-id``.
        text: at most ``limit`` characters, none of them a control character.
        limit: the most.
        required: it may not be blank.

    Raises:
        Invalid: ``<what>-missing``, ``<what>-too-long`` or ``text-malformed``.
    """
    if required and not text.strip():
        raise Invalid(f"{what}-missing", f"The {what.replace('-', ' ')} is empty.", fix="Fill it in.")
    if len(text) > limit:
        raise Invalid(
            f"{what}-too-long",
            f"The {what.replace('-', ' ')} has more than {limit} characters.",
            fix="Shorten it.",
        )
    if _CONTROL.search(text):
        raise Invalid(
            "text-malformed", f"The {what.replace('-', ' ')} holds control characters.", fix="Remove them."
        )
