"""The vehicle's messages: COVESA VISS v2 and v3 over WebSocket.

The vehicle dials out, so the server is the VISS *client* on that socket: it sends ``subscribe`` and
takes ``subscription`` events. What it cannot take it answers with a VISS error message.

An event that is broken in one place is refused, but what can be read of the rest is heard: it may say that
the vehicle moves. It comes with the refusal (:attr:`BadMessage.salvaged`), and is only ever taken where it
makes the vehicle's state stricter, since nobody knows what the broken part would have said. A data point
that has lost its time counts as untimely, one that has lost its value as unknown: both lock, if anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kernel.clock import from_ms, iso_z, to_ms
from players.feed import signals
from players.feed.acceptance import DOUBT, SAMPLES_LIMIT, UNDATED_MS, Sample
from players.feed.evidence import EVIDENCE

MESSAGE_LIMIT_BYTES = 64 * 1024


class Version(Enum):
    """A protocol version, by its WebSocket subprotocol."""

    V2 = "VISSv2"
    V3 = "VISSv3"


class Fault(StrEnum):
    """Why a message was refused; of a malformed one, what objects to a picture is used all the same."""

    TOO_LARGE = "message-too-large"
    NOT_JSON = "message-not-json"
    MALFORMED = "message-malformed"
    ACTION = "action-unexpected"
    NO_DATA = "data-missing"
    TOO_MANY = "too-many-samples"
    TOO_FAST = "too-many-messages"
    REVOKED = "credential-revoked"
    VEHICLE_ERROR = "vehicle-error"
    """The vehicle answers that it has no such signal, or that it cannot tell it now."""
    CLOCK_TOO_FAR_OFF = "clock-too-far-off"


class BadMessage(Exception):
    """The message is refused.

    Args:
        fault: the coded reason.
        detail: one sentence of what was found.
        request_id: the message's own, where it could be read.
        salvaged: what could be read of a malformed event, or stands for what is too much to read; it may
            lock, and never unlocks.
    """

    def __init__(self, fault: Fault, detail: str, request_id: str | None = None) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
        self.request_id = request_id
        self.salvaged: tuple[Sample, ...] = DOUBT if fault in {Fault.TOO_MANY, Fault.TOO_LARGE} else ()


_TEXT_LIMIT = 256
_UNREADABLE = "[…]"
_Text = Annotated[str, Meta(max_length=_TEXT_LIMIT)]
_Moment = Annotated[datetime, Meta(tz=True)]


def _text(told: object) -> str:
    return told if isinstance(told, str) and len(told) <= _TEXT_LIMIT else _UNREADABLE


class _DataPoint(msgspec.Struct, frozen=True, gc=False):
    ts: _Moment
    value: Any = None

    @property
    def text(self) -> str:
        """What is no text, as VISS has every value that is understood, is no value of any signal.

        It spoils no other sample of the message: one of these may say that the vehicle moves.
        """
        return _text(self.value)


class _Data(msgspec.Struct, frozen=True, gc=False):
    path: _Text
    dp: _DataPoint | list[_DataPoint]


class _ErrorBody(msgspec.Struct, frozen=True):
    number: int | str
    reason: str = ""
    message: str = ""
    description: str = ""


class _Message(msgspec.Struct, frozen=True, rename="camel", gc=False):
    action: _Text
    request_id: _Text | None = None
    subscription_id: _Text | None = None
    data: _Data | list[_Data] | None = None
    error: _ErrorBody | None = None
    ts: _Moment | None = None


_DECODER = msgspec.json.Decoder(_Message)
_REPLIES = frozenset({"subscribe", "unsubscribe", "get"})
_LOGGED = _REPLIES | {"subscription", "set"}


class Event(msgspec.Struct, frozen=True, gc=False):
    """A subscription event: its samples, oldest first; ``error`` is VISS's number where it bears none."""

    samples: tuple[Sample, ...]
    subscription_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The vehicle's answer to a request of ours; ``error`` is VISS's number, empty if it agreed.

    Args:
        stamp: what the vehicle's clock showed.
    """

    request_id: str
    error: str
    subscription_id: str = ""
    stamp: datetime | None = None


def decode(raw: str | bytes) -> Event | Reply:
    """A message from the vehicle.

    Raises:
        BadMessage: it is none, or exceeds a limit.
    """
    try:
        message = _decoded(raw)
    except BadMessage as problem:
        if problem.fault is Fault.MALFORMED:
            problem.salvaged = _salvaged(raw)
        raise
    if message.action in _REPLIES:
        error = str(message.error.number) if message.error else ""
        return Reply(message.request_id or "", error, message.subscription_id or "", message.ts)
    if message.action != "subscription":
        raise BadMessage(
            Fault.ACTION, f"The action “{message.action}” is not served here.", message.request_id
        )
    return _event(message)


def logged(line: bytes) -> tuple[int | None, tuple[Sample, ...]]:
    """What a line of a log tells: when it was sent, if it says so, and its samples, oldest first.

    Raises:
        BadMessage: it is no message of VISS, or exceeds a limit.
    """
    message = _decoded(line)
    if message.action not in _LOGGED:
        raise BadMessage(Fault.ACTION, f"VISS has no action “{message.action}”.")
    if message.data is None or message.error is not None:
        return None, ()
    return to_ms(message.ts) if message.ts else None, _event(message).samples


def _decoded(raw: str | bytes) -> _Message:
    if len(raw) > MESSAGE_LIMIT_BYTES:
        raise BadMessage(Fault.TOO_LARGE, f"A message has at most {MESSAGE_LIMIT_BYTES} bytes.")
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError as problem:
        raise BadMessage(Fault.MALFORMED, f"{problem}.") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadMessage(Fault.NOT_JSON, "The message is not JSON.") from None


def _salvaged(raw: str | bytes) -> tuple[Sample, ...]:
    """What can be read of an event that is no message of VISS as a whole, oldest first; no places."""
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ()
    if not isinstance(message, dict) or message.get("action") != "subscription":
        return ()
    samples: list[Sample] = []
    for block in _listed(message.get("data")):
        path = block.get("path") if isinstance(block, dict) else None
        if isinstance(path, str) and len(path) <= _TEXT_LIMIT and path not in signals.POSITION_PATHS:
            samples += [_salvaged_sample(path, point) for point in _listed(block.get("dp"))]
    return tuple(sorted(samples, key=_OF_TIME)) if len(samples) <= SAMPLES_LIMIT else DOUBT


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def _salvaged_sample(path: str, point: Any) -> Sample:
    try:
        found = msgspec.convert(point, _DataPoint)
    except msgspec.ValidationError:
        told = point.get("value") if isinstance(point, dict) else None
        return Sample(path, _text(told), UNDATED_MS)
    return Sample(path, found.text, to_ms(found.ts))


def _event(message: _Message) -> Event:
    subscription_id = message.subscription_id or ""
    if message.error is not None:
        return Event((), subscription_id, str(message.error.number))
    if message.data is None:
        raise BadMessage(Fault.NO_DATA, "A subscription event carries data.", message.request_id)
    blocks = message.data if isinstance(message.data, list) else [message.data]
    samples = _samples(blocks)
    if len(samples) > SAMPLES_LIMIT:
        raise BadMessage(Fault.TOO_MANY, f"An event has at most {SAMPLES_LIMIT} samples.", message.request_id)
    samples.sort(key=_OF_TIME)
    return Event(tuple(samples), subscription_id)


_OF_TIME = attrgetter("vehicle_ms")


def _samples(blocks: Sequence[_Data]) -> list[Sample]:
    samples: list[Sample] = []
    stamp, at_ms = None, 0
    for block in blocks:
        for point in block.dp if isinstance(block.dp, list) else (block.dp,):
            if point.ts != stamp:  # most samples of a message are of one moment
                stamp, at_ms = point.ts, to_ms(point.ts)
            samples.append(Sample(block.path, point.text, at_ms))
    return samples


SUBSCRIPTIONS: tuple[tuple[str, int], ...] = (
    (signals.SPEED, 500),
    (signals.IS_MOVING, 2_000),
    (signals.SELECTED_GEAR, 2_000),
    (signals.PARKING_BRAKE, 2_000),
    (signals.PARK_LOCK, 2_000),
    (signals.AUTONOMY, 2_000),
    (signals.ODOMETER, 2_000),
    (signals.CHARGE, 5_000),
    (signals.FUEL, 30_000),
    (signals.SERVICE_DUE, 30_000),
    (signals.RANGE, 30_000),
    (signals.DAY_NIGHT, 5_000),
    *((path, 3_000) for path in EVIDENCE),
)
"""What is subscribed to, with its period in ms; the periods are the heartbeat of on-change signals."""

LOCATION_SUBSCRIPTIONS: tuple[tuple[str, int], ...] = (
    (signals.LATITUDE, 1_000),
    (signals.LONGITUDE, 1_000),
    (signals.HEADING, 1_000),
    (signals.ACCURACY, 1_000),
)
"""Asked for only with the owner's consent."""


def subscribe(path: str, period_ms: int, request_id: str, version: Version, vss_version: int) -> bytes:
    """A request for a signal each ``period_ms``, by the name that the vehicle's vocabulary gives it."""
    kind = "type" if version is Version.V2 else "variant"
    return msgspec.json.encode(
        {
            "action": "subscribe",
            "path": signals.name_in(path, vss_version),
            "filter": {kind: "timebased", "parameter": {"period": str(period_ms)}},
            "requestId": request_id,
        }
    )


def unsubscribe(subscription_id: str, request_id: str) -> bytes:
    """A request to send a signal no more."""
    asked = {"action": "unsubscribe", "subscriptionId": subscription_id, "requestId": request_id}
    return msgspec.json.encode(asked)


def get(path: str, request_id: str, vss_version: int) -> bytes:
    """A request for a signal's value now; what counts is what the vehicle's clock shows in the reply."""
    asked = {"action": "get", "path": signals.name_in(path, vss_version), "requestId": request_id}
    return msgspec.json.encode(asked)


def encode_event(samples: tuple[Sample, ...], now_ms: int, subscription_id: str = "1") -> bytes:
    """The subscription event that a vehicle would send (used to replay a trace)."""
    stamps = {at_ms: iso_z(from_ms(at_ms)) for at_ms in {one.vehicle_ms for one in samples}}
    data = [{"path": one.path, "dp": {"value": one.text, "ts": stamps[one.vehicle_ms]}} for one in samples]
    event = {"action": "subscription", "subscriptionId": subscription_id, "data": data}
    return msgspec.json.encode({**event, "ts": iso_z(from_ms(now_ms))})
