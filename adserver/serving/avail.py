"""The opportunity that is offered to advertisers, and what comes back."""

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from adserver.booking.cap import FrequencyCap
from adserver.booking.targeting import Driving, Genre, Powertrain, week_minute
from adserver.serving.pod import POD_LIMIT
from geotarget.course import Course
from geotarget.fence import Stay
from kernel.clock import to_ms


class Format(StrEnum):
    """How a promotion reaches the driver."""

    VIDEO = "video"
    AUDIO = "audio"
    CARD = "card"


class Location(msgspec.Struct, frozen=True, gc=False):
    """Where the car was when the avail arose: WGS 84 degrees, heading in degrees or None.

    Lives in memory only; whatever is kept is coarsened first (``geotarget.coarsen``).
    """

    latitude: float
    longitude: float
    heading_deg: float | None = None


class Car(msgspec.Struct, frozen=True, gc=False):
    """What is known of the car itself: None, or empty, for what is not.

    Args:
        driving: what it does now.
        model, powertrain: as it was enrolled.
        shared: its owner agreed that promotions are chosen by its state; without that the rest is not known.
        charge_percent, fuel_percent: how full it is.
        service_due: whether it says that a service is.
        odometer_km: how far it was driven in all.
        told: whether more than what it does now was asked for.
    """

    driving: Driving | None = None
    model: str = ""
    powertrain: Powertrain | None = None
    shared: bool = False
    charge_percent: float | None = None
    fuel_percent: float | None = None
    service_due: bool | None = None
    odometer_km: float | None = None
    told: bool = False


UNKNOWN_CAR = Car()


class Avail(msgspec.Struct, frozen=True, dict=True):
    """One opportunity, offered once.

    Args:
        avail_id: the pair (session, break): the reservation's key. A retry with the same id gets
            the same answer and can never spend twice.
        subject: pseudonym of the vehicle that the frequency caps count by.
        segments: length on the grid; 0 for a card.
        formats: what may be shown now (a moving car offers audio, and a card where allowed).
        location: None where unknown or not consented to.
        course: which way the car goes; None where unknown, standing, or not consented to.
        range_m: how far its charge or fuel lasts, where it tells.
        ads_limit: how many may stand in it.
        starts_at: when the break begins, where it begins for all by the clock; None where the player decides.
        expected_at: when it is heard by a player that neither waits nor skips, where the player decides; None
            for at once.
        language: BCP 47 tag of the screen's; empty where not known.
        market: ISO 3166-1 country that the car is in; empty where not known.
        zones: IANA names of the zones whose time it may be in the car; none where that is not known.
        genre: what is on before the break; None where not known.
        car: what is known of it.
        glances: how many cards whoever drives may be shown, where the car may move; none for any number.
        stays: the fences that it is in, or was in; none where its place is not known. Lives in memory only.
    """

    avail_id: str
    subject: str
    segments: int
    formats: frozenset[Format]
    at: datetime
    location: Location | None = None
    market: str = "FR"
    language: str = "fr"
    starts_at: datetime | None = None
    expected_at: datetime | None = None
    course: Course | None = None
    range_m: int | None = None
    ads_limit: int = POD_LIMIT
    zones: tuple[str, ...] = ()
    genre: Genre | None = None
    car: Car = UNKNOWN_CAR
    stays: tuple[Stay, ...] = ()
    glances: tuple[FrequencyCap, ...] = ()

    @property
    def heard_at(self) -> datetime:
        """The moment for which it is decided."""
        return self.starts_at or self.expected_at or self.at

    @property
    def parked(self) -> bool:
        """Whether the car is known to stand parked."""
        return self.car.driving is Driving.PARKED

    @cached_property
    def at_ms(self) -> int:
        """When it arose."""
        return to_ms(self.at)

    @cached_property
    def heard_ms(self) -> int:
        """:attr:`heard_at` in milliseconds."""
        return to_ms(self.heard_at)

    @cached_property
    def week_minutes(self) -> frozenset[int]:
        """What clocks in the car may show then, in minutes since Monday 00:00."""
        heard_at = self.heard_at
        return frozenset(week_minute(heard_at.astimezone(ZoneInfo(zone))) for zone in self.zones)


class Card(msgspec.Struct, frozen=True):
    """What the screen shows of a promotion.

    Args:
        detour_min: how many minutes a trip takes longer by way of its place; None where no course is known.
        latitude, longitude: where its place lies, to be navigated to; None without one.
        phone: the place's number, as it is dialled; empty where it has none.
        coupon: what can be saved; empty for nothing.
    """

    headline: str
    body: str
    advertiser: str
    place_id: str = ""
    place_name: str = ""
    distance_m: int | None = None
    detour_min: int | None = None
    image_url: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""
    coupon: str = ""


class ServedFill(msgspec.Struct, frozen=True):
    """One promotion that was chosen, reserved and can now be played.

    Args:
        asset_id: the conditioned creative; empty for a card.
        segments: its length on the grid; 0 for a card.
        beacon: sealed token: ``POST /v1/beacons/{beacon}/{event}`` counts it.
        price_micros: what the impression will cost.
        category: what its line item advertises.
    """

    fill_id: str
    line_item_id: str
    creative_id: str
    asset_id: str
    segments: int
    beacon: str
    card: Card
    price_micros: int
    currency: str
    category: str = ""


class Refused(msgspec.Struct, frozen=True):
    """Why a line item was not chosen, in what others may know of it: never its campaign's name or price.

    Args:
        place_name: which of its places reached the car; empty where none did.
    """

    line_item_id: str
    reason: str
    detail: str = ""
    advertiser: str = ""
    place_name: str = ""


class ServedBreak(msgspec.Struct, frozen=True):
    """The answer to an avail, with its explanation.

    Args:
        cell: the coarsened location.
        decided_ms: when it was; 0 where that was not kept.
    """

    avail_id: str
    fills: tuple[ServedFill, ...]
    refusals: tuple[Refused, ...] = ()
    cell: str = ""
    decided_ms: int = 0
