"""What a beacon says: which fill, which event, and until when it counts."""

import base64
import binascii
from enum import StrEnum

import msgspec

from kernel.errors import Forbidden, NotFound
from kernel.signing import Signer

PURPOSE = "beacon"
BEACON_TTL_MS = 24 * 3_600_000


class EventKind(StrEnum):
    """What a screen or a loudspeaker did with a fill."""

    IMPRESSION = "impression"
    FIRST_QUARTILE = "first-quartile"
    MIDPOINT = "midpoint"
    THIRD_QUARTILE = "third-quartile"
    COMPLETE = "complete"
    CARD_SHOWN = "card-shown"
    TAP = "tap"

    @property
    def follows(self) -> "EventKind | None":
        """What must have been counted before, so that start ≥ first quartile ≥ … ≥ complete always holds."""
        return _FOLLOWS.get(self)


_PLAYED = (
    EventKind.IMPRESSION,
    EventKind.FIRST_QUARTILE,
    EventKind.MIDPOINT,
    EventKind.THIRD_QUARTILE,
    EventKind.COMPLETE,
)
_FOLLOWS = dict(zip(_PLAYED[1:], _PLAYED[:-1], strict=True))


class Beacon(msgspec.Struct, frozen=True, array_like=True):
    """The payload of a beacon's token: all that is needed to count and bill, signed.

    Args:
        place_id: the advertiser's place that was promoted; where the car was is only ``cell``.
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

    @property
    def billed_by(self) -> EventKind:
        """The one event that settles the reservation."""
        return EventKind.CARD_SHOWN if self.card else EventKind.IMPRESSION


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to one fill, as it is kept.

    Args:
        billed_micros: 0 for what is only counted.
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


class CountedFill(msgspec.Struct, frozen=True):
    """A fill that was counted as shown, and what it was billed."""

    fill_id: str
    billed_micros: int


def write_token(signer: Signer, beacon: Beacon) -> str:
    """A token for a URL's path."""
    payload = base64.urlsafe_b64encode(msgspec.msgpack.encode(beacon)).rstrip(b"=").decode()
    return signer.sign(PURPOSE, payload)


def read_token(signer: Signer, token: str, now_ms: int) -> Beacon:
    """What the token says, if it is genuine and still counts.

    Raises:
        Forbidden: ``beacon-invalid`` or ``beacon-expired``.
    """
    try:
        payload = signer.verify(PURPOSE, token)
        beacon = msgspec.msgpack.decode(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Beacon
        )
    except (Forbidden, binascii.Error, msgspec.MsgspecError):
        fix = "Use the beacon exactly as it came with the fill."
        raise Forbidden("beacon-invalid", "The beacon is not one of ours.", fix=fix) from None
    if now_ms >= beacon.expires_ms:
        raise Forbidden(
            "beacon-expired", "The beacon is older than 24 hours.", fix="Report events as they happen."
        )
    return beacon


def read_kind(text: str, beacon: Beacon) -> EventKind:
    """The event that a path names.

    Raises:
        NotFound: ``event-unknown`` for another word, or one that this kind of fill cannot have.
    """
    fits = {EventKind.CARD_SHOWN, EventKind.TAP} if beacon.card else set(EventKind) - {EventKind.CARD_SHOWN}
    if text in {kind.value for kind in fits}:
        return EventKind(text)
    known = ", ".join(sorted(kind.value for kind in fits))
    raise NotFound("event-unknown", "This fill has no such event.", fix=f"Use one of {known}.")
