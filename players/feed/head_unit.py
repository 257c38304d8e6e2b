"""A screen or a vehicle gateway that belongs to a vehicle, and how it came to belong to it."""

import hashlib
from enum import StrEnum
from typing import NamedTuple, Self

import msgspec

from adserver.booking.targeting import MODEL_LIMIT, Powertrain
from kernel.errors import Forbidden, Invalid
from kernel.language import LANGUAGE_TAG
from players.feed.market import checked

LABEL_LIMIT = 120


class Role(StrEnum):
    """What a head unit may do."""

    SCREEN = "screen"
    FEED = "feed"
    BOTH = "both"

    @property
    def plays(self) -> bool:
        """It may open playback sessions."""
        return self is not Role.FEED

    @property
    def reports(self) -> bool:
        """It may report the vehicle's state."""
        return self is not Role.SCREEN


class Zone(StrEnum):
    """Who can see the screen."""

    DRIVER = "driver"
    PASSENGER = "passenger"
    REAR = "rear"

    # Looked up at every pull: an enum's own hash is Python, a text's is not.
    __hash__ = str.__hash__


class Mount(NamedTuple):
    """Where a screen is, and what was declared of it at enrolment; what nobody declared is not so.

    Args:
        zone: who sits before it.
        shielded: whoever drives cannot see it, neither directly nor by reflection.
        built_in: it is the vehicle's own, so that the vehicle can suspend it (UN R157, 6.1.4).
    """

    zone: Zone
    shielded: bool = False
    built_in: bool = False

    def __str__(self) -> str:
        """As tokens carry it, in characters that a query leaves alone: ``passenger_shielded``."""
        declared = ("_shielded" if self.shielded else "") + ("_built-in" if self.built_in else "")
        return self.zone.value + declared

    @classmethod
    def read(cls, text: str) -> Self:
        """From a token that is genuine."""
        zone, *declared = text.split("_")
        return cls(Zone(zone), "shielded" in declared, "built-in" in declared)


class Technique(StrEnum):
    """How the picture is taken away without touching the sound.

    Two elements: the page plays sound and picture apart, and the picture's URLs are refused.
    Slate: one player holds both, and is given black of the same encode. Audio only: such a player
    is never offered a picture.
    """

    TWO_ELEMENT = "two-element"
    SLATE = "slate"
    AUDIO_ONLY = "audio-only"


class AdOutput(StrEnum):
    """How a player is given the ads of a break.

    Stitched: they stand in the playlist, in the place of the break. Interstitials: the playlist keeps what
    the channel has there, and a mark tells a player that can do it itself where to find them.
    """

    STITCHED = "stitched"
    INTERSTITIALS = "interstitials"


class Vehicle(msgspec.Struct, frozen=True):
    """A vehicle as the operator knows it.

    Args:
        market: ISO 3166 country whose rules govern the screen.
        language: BCP 47 tag.
        location_consent: without it no position is used or passed on.
        manual_gearbox: it has no Park; where nobody said so, only Park means parked.
        model: what it is called by who makes it; empty where nobody said.
        powertrain: what drives it.
        state_consent: without it no promotion is chosen by its charge, fuel, service or odometer.
    """

    vehicle_id: str
    label: str
    market: str = "FR"
    language: str = "fr"
    location_consent: bool = False
    manual_gearbox: bool = False
    model: str = ""
    powertrain: Powertrain | None = None
    state_consent: bool = False


def check_vehicle(vehicle: Vehicle) -> None:
    """Refuse a vehicle that nobody could tell from others, or whose rules nobody knows.

    Raises:
        Invalid: ``label-invalid``, ``market-unknown``, ``language-malformed`` or ``model-invalid``.
    """
    if not vehicle.label.strip() or not vehicle.label.isprintable() or len(vehicle.label) > LABEL_LIMIT:
        detail = f"A vehicle's label has 1 to {LABEL_LIMIT} printable characters."
        raise Invalid("label-invalid", detail, fix="Call it as people do, such as “Car 1”.")
    checked(vehicle.market)
    if not LANGUAGE_TAG.fullmatch(vehicle.language):
        fix = "Give a BCP 47 tag, such as fr or en-GB."
        raise Invalid("language-malformed", f"“{vehicle.language}” is no tag of a language.", fix=fix)
    if len(vehicle.model) > MODEL_LIMIT or not vehicle.model.isprintable():
        detail = f"A model has at most {MODEL_LIMIT} printable characters."
        raise Invalid("model-invalid", detail, fix="Name it as its maker does, such as “Zoe”.")


class HeadUnit(msgspec.Struct, frozen=True):
    """An enrolled head unit.

    Args:
        vss_version: the signal vocabulary that it speaks (3 to 6).
        shielded, built_in: see :class:`Mount`.
    """

    head_unit_id: str
    vehicle_id: str
    role: Role
    zone: Zone
    technique: Technique
    vss_version: int
    ads: AdOutput = AdOutput.STITCHED
    shielded: bool = False
    built_in: bool = False


class Enrolment(msgspec.Struct, frozen=True):
    """When a head unit joined its vehicle, and by the code of which digest; empty where that was not kept."""

    unit: HeadUnit
    enrolled_ms: int
    code_sha256: str


class EnrolmentCode(msgspec.Struct, frozen=True):
    """What a code on paper or in a link enrols, ``uses_left`` times until ``expires_at_ms``."""

    code_sha256: str
    vehicle_id: str
    role: Role
    zone: Zone
    technique: Technique
    vss_version: int
    uses_left: int
    expires_at_ms: int
    ads: AdOutput = AdOutput.STITCHED
    shielded: bool = False
    built_in: bool = False


VSS_VERSIONS = range(3, 7)
_SECRET_LIMIT = 256


def digest(secret: str) -> str:
    """What is stored of a code or credential: its SHA-256 in hex.

    Raises:
        Invalid: ``secret-malformed`` if it is empty or longer than 256 characters.
    """
    if not 0 < len(secret) <= _SECRET_LIMIT:
        raise Invalid("secret-malformed", "A code or credential has 1 to 256 characters.")
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def must_play(unit: HeadUnit) -> None:
    """Refuse a unit without a screen.

    Raises:
        Forbidden: ``role-cannot-play``.
    """
    if not unit.role.plays:
        raise Forbidden("role-cannot-play", "This head unit only reports.", fix="Enrol it as a screen.")


def must_report(unit: HeadUnit) -> None:
    """Refuse a unit that may not speak for the vehicle.

    Raises:
        Forbidden: ``role-cannot-report``.
    """
    if not unit.role.reports:
        raise Forbidden("role-cannot-report", "This head unit only plays.", fix="Enrol it as a feed.")
