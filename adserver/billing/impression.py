"""What a beacon says: which fill, which event, and until when it counts."""

import hashlib
from enum import StrEnum
from functools import lru_cache

import msgspec

from adserver.booking.terms import Action, Pricing
from kernel.errors import Forbidden, NotFound
from kernel.sealing import Sealer

PURPOSE = "beacon"
BEACON_TTL_MS = 24 * 3_600_000


class EventKind(StrEnum):
    """What became of a fill. The order is kept for ever: counters remember events by their place in it."""

    IMPRESSION = "impression"
    FIRST_QUARTILE = "first-quartile"
    MIDPOINT = "midpoint"
    THIRD_QUARTILE = "third-quartile"
    COMPLETE = "complete"
    CARD_SHOWN = "card-shown"
    TAP = "tap"
    SKIP = "skip"
    MUTE = "mute"
    ERROR = "error"
    NOT_USED = "not-used"
    PLANNED = "planned"
    STITCHED = "stitched"
    EXPIRED = "expired"
    EARLY = "early"
    IMPLAUSIBLE = "implausible"
    CARD_PLANNED = "card-planned"
    NAVIGATE = "navigate"
    CALL = "call"
    COUPON_SAVED = "coupon-saved"
    REDEEMED = "redeemed"

    @property
    def played_permille(self) -> int:
        """How much of the spot must have been played."""
        return 250 * PLAYED.index(self) if self in PLAYED else 0


PLAYED = (
    EventKind.IMPRESSION,
    EventKind.FIRST_QUARTILE,
    EventKind.MIDPOINT,
    EventKind.THIRD_QUARTILE,
    EventKind.COMPLETE,
)
SHOWN = (EventKind.IMPRESSION, EventKind.CARD_SHOWN)
ON_CARDS = (EventKind.TAP, EventKind.NAVIGATE, EventKind.CALL, EventKind.COUPON_SAVED)
"""What a driver does with a card, or with the card that stands beside a spot."""
ANSWERS = (EventKind.SKIP, EventKind.MUTE, *ON_CARDS, EventKind.REDEEMED)
"""What somebody does because of a promotion: it counts only of one that was shown."""
OUR_OWN = frozenset(
    {
        EventKind.PLANNED,
        EventKind.CARD_PLANNED,
        EventKind.STITCHED,
        EventKind.EXPIRED,
        EventKind.EARLY,
        EventKind.IMPLAUSIBLE,
        EventKind.REDEEMED,
    }
)
"""What no player tells: we see it ourselves, or a till tells it."""
_FOLLOWS = dict(zip(PLAYED[1:], PLAYED[:-1], strict=True))
VAST_NAMES = {
    EventKind.IMPRESSION: "start",
    EventKind.FIRST_QUARTILE: "firstQuartile",
    EventKind.THIRD_QUARTILE: "thirdQuartile",
    EventKind.NOT_USED: "notUsed",
}
"""Where the tracking events of VAST 4.x (4.2, 3.14.1; notUsed: 4.3) are called otherwise than ours.

``start`` is the impression: a stitched spot has nothing to load between the two.
"""
_BY_VAST_NAME = {name: kind for kind, name in VAST_NAMES.items()}

EARLY_BY_MS = 5_000
"""How much sooner than its break a fill may seem to play: clocks differ, and so do networks."""
PLAYED_WITHIN_MS = 10 * 60_000
"""How long after the end of its break a fill may still be playing: no live window is that long."""
_FASTEST_PERMILLE, _JITTER_MS = 1250, 2_000
"""How much faster than usual a player may play to catch up, and how late a start may be told."""


class Beacon(msgspec.Struct, frozen=True, array_like=True):
    """The payload of a beacon's token: all that is needed to count and bill, sealed.

    Args:
        place_id: the advertiser's place that was promoted; where the car was is only ``cell``.
        expires_ms: a day after the decision; nothing is accepted from then on.
        duration_ms: of the spot on the grid; 0 for a card.
        break_ms: when its break begins by our clock; 0 where only the player knows.
        break_ends_ms: when it ends.
        viewer: a pseudonym of the vehicle for this line item alone, that only the house's keys make; empty in
            beacons of older versions. It is sketched, never kept.
        pays: the event that is paid for; empty for the showing.
    """

    fill_id: str
    line_item_id: str
    advertiser_id: str
    creative_id: str
    place_id: str
    cell: str
    price_micros: int
    currency: str
    card: bool
    expires_ms: int
    duration_ms: int = 0
    break_ms: int = 0
    break_ends_ms: int = 0
    viewer: str = ""
    pays: str = ""

    @property
    def shown_by(self) -> EventKind:
        """The event of its showing."""
        return EventKind.CARD_SHOWN if self.card else EventKind.IMPRESSION

    @property
    def billed_by(self) -> EventKind:
        """The one event that settles the reservation."""
        return EventKind(self.pays) if self.pays else self.shown_by

    def needs(self, kind: EventKind) -> EventKind | None:
        """What must have been counted before ``kind`` is.

        So start ≥ first quartile ≥ … ≥ complete always holds, and nobody answers what was not shown.
        """
        return self.shown_by if kind in ANSWERS else _FOLLOWS.get(kind)

    @property
    def planned_as(self) -> EventKind:
        """What it is counted as when it is chosen."""
        return EventKind.CARD_PLANNED if self.card else EventKind.PLANNED

    def implied_by(self, kind: EventKind) -> tuple[EventKind, ...]:
        """What is so even where nobody said it: what was played had been listed, and so planned."""
        if kind is EventKind.IMPRESSION:
            return (self.planned_as, EventKind.STITCHED)
        if kind in {EventKind.CARD_SHOWN, EventKind.STITCHED, EventKind.NOT_USED}:
            return (self.planned_as,)
        return ()

    @property
    def from_ms(self) -> int:
        """Before this it cannot have been played: its break, or the decision where that is not known."""
        return (self.break_ms or self.expires_ms - BEACON_TTL_MS) - EARLY_BY_MS

    @property
    def until_ms(self) -> int:
        """After this it can no longer have been played."""
        return self.break_ends_ms + PLAYED_WITHIN_MS if self.break_ends_ms else self.expires_ms


@lru_cache(maxsize=1024)
def takes_ms(duration_ms: int) -> tuple[int, ...]:
    """The least times between the start and each of :data:`PLAYED` of a genuine playback of a spot."""
    played_ms = [duration_ms * kind.played_permille // _FASTEST_PERMILLE for kind in PLAYED]
    return tuple(max(0, one - _JITTER_MS) for one in played_ms)


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to one fill, as it is kept.

    Args:
        at_ms: when it happened, by our clock; where a player kept it for later, before it was told.
        billed_micros: 0 for what is only counted.
        released_micros: what went back to the budget with it.
    """

    fill_id: str
    kind: EventKind
    line_item_id: str
    advertiser_id: str
    creative_id: str
    place_id: str
    cell: str
    at_ms: int
    billed_micros: int
    currency: str
    released_micros: int = 0


class Told(msgspec.Struct, frozen=True):
    """What somebody says of a fill, checked as far as its token reaches."""

    beacon: Beacon
    kind: EventKind
    at_ms: int


class CountedFill(msgspec.Struct, frozen=True):
    """A fill with the events that were counted of it, and what it was billed."""

    fill_id: str
    billed_micros: int
    kinds: frozenset[EventKind] = frozenset(SHOWN)


def pays(pricing: Pricing, action: Action) -> str:
    """What a beacon says is paid for."""
    if pricing is Pricing.CPM:
        return ""
    if pricing is Pricing.CPV:
        return EventKind.COMPLETE.value
    return (EventKind.TAP if action is Action.TAP else EventKind.REDEEMED).value


def viewer_of(sealer: Sealer, subject: str, line_item_id: str) -> str:
    """The pseudonym under which a line item knows a vehicle: another for every line item."""
    sealed = sealer.seal("viewer", f"{line_item_id}\0{subject}".encode())
    return hashlib.blake2b(sealed.encode(), digest_size=8).hexdigest()


def write_token(sealer: Sealer, beacon: Beacon) -> str:
    """A token for a URL's path; who carries it learns nothing from it."""
    return sealer.seal(PURPOSE, msgspec.msgpack.encode(beacon))


def read_token(sealer: Sealer, token: str, now_ms: int) -> Beacon:
    """What the token says, if it is genuine and still counts.

    Raises:
        Forbidden: ``beacon-invalid`` or ``beacon-expired``.
    """
    try:
        beacon = msgspec.msgpack.decode(sealer.unseal(PURPOSE, token), type=Beacon)
    except (Forbidden, msgspec.MsgspecError):
        fix = "Use the beacon exactly as it came with the fill."
        raise Forbidden("beacon-invalid", "The beacon is not one of ours.", fix=fix) from None
    if now_ms >= beacon.expires_ms:
        raise Forbidden(
            "beacon-expired", "The beacon is older than 24 hours.", fix="Report events as they happen."
        )
    return beacon


def read_kind(text: str, beacon: Beacon) -> EventKind:
    """The event that a path names, in our words or in those of VAST.

    Raises:
        NotFound: ``event-unknown`` for another word, or one that this kind of fill cannot have.
    """
    of_cards = {EventKind.CARD_SHOWN, *ON_CARDS, EventKind.NOT_USED}
    fits = of_cards if beacon.card else set(EventKind) - OUR_OWN - {EventKind.CARD_SHOWN}
    kind = _BY_VAST_NAME.get(text) or _BY_NAME.get(text)
    if kind in fits:
        return kind
    known = ", ".join(sorted(VAST_NAMES.get(kind, kind.value) for kind in fits))
    raise NotFound("event-unknown", "This fill has no such event.", fix=f"Use one of {known}.")


_BY_NAME = {kind.value: kind for kind in EventKind}


def check_time(beacon: Beacon, at_ms: int, now_ms: int) -> None:
    """Refuse what is said to have happened when it cannot have.

    Raises:
        Forbidden: ``event-in-future`` or ``event-too-late``.
    """
    if at_ms > now_ms + EARLY_BY_MS:
        fix = "Set the clock, or send when it was sent (sent_at) by the same clock."
        raise Forbidden("event-in-future", "The event is said to happen later than now.", fix=fix)
    if at_ms > beacon.until_ms:
        fix = "Report events as they happen; those that were kept for later, with their own time (at)."
        raise Forbidden("event-too-late", "The break of this fill was over long before.", fix=fix)
