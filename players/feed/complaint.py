"""What a vehicle is told of messages and samples that were not taken: VISS error messages."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from kernel.clock import from_ms, iso_z
from players.feed.acceptance import HEARTBEAT_STALE_MS, SPEED_STALE_MS, Refusal, Rejection
from players.feed.clock_offset import CORRECTION_LIMIT_MS
from players.feed.driving_state import LAPSED
from players.feed.viss import BadMessage, Fault, Version

_NUMBERS = {Rejection.UNKNOWN_PATH: 404}
_FAULT_NUMBERS = {Fault.TOO_FAST: 429}
_REASONS = {400: "bad_request", 404: "unavailable_data", 429: "too_many_requests"}
"""VISS 3 knows these words alone; what is ours comes first in the description."""

QUIET = frozenset(set(Rejection) - {Rejection.UNKNOWN_PATH, Rejection.BAD_VALUE, Rejection.AHEAD_OF_SERVER})
"""Refusals that a sound feed meets after a gap; they are counted, and not answered one by one."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a vehicle is told of its message.

    Args:
        number: VISS's, which is HTTP's.
        code: ours.
        detail: one sentence.
        request_id: the message's own, where it could be read.
    """

    number: int
    code: str
    detail: str
    request_id: str | None = None

    def encode(self, version: Version, now_ms: int, subscription_id: str = "") -> bytes:
        """The VISS error message; version 3 needs a subscription, of which it may be the empty one."""
        head = {"action": "subscription"} | ({"requestId": self.request_id} if self.request_id else {})
        if version is Version.V2:
            error: dict[str, int | str] = {
                "number": self.number,
                "reason": self.code,
                "message": self.detail,
            }
        else:
            head["subscriptionId"] = subscription_id
            detail = f"{self.code}: {self.detail}"
            error = {
                "number": str(self.number),
                "reason": _REASONS[self.number],
                "description": detail,
            }
        return msgspec.json.encode({**head, "error": error, "ts": iso_z(from_ms(now_ms))})


def of_message(problem: BadMessage) -> Complaint:
    """Of a refused message."""
    number = _FAULT_NUMBERS.get(problem.fault, 400)
    return Complaint(number, problem.fault, problem.detail, problem.request_id)


def of_lateness(late_ms: int) -> Complaint:
    """Of samples that come too late to be used."""
    detail = (
        f"The newest sample came {late_ms / 1000:.1f} s late. Speed is used for {SPEED_STALE_MS // 1000} s, "
        f"the rest for {HEARTBEAT_STALE_MS // 1000} s: send at once, stamped by a clock that is no more than "
        f"{CORRECTION_LIMIT_MS // 60_000} min off, and answer requests with what that clock shows."
    )
    return Complaint(400, Rejection.TOO_OLD, detail)


def of_sample(refusal: Refusal) -> Complaint:
    """Of a refused sample."""
    detail = f"{refusal.path} {refusal.detail}".rstrip()
    return Complaint(_NUMBERS.get(refusal.reason, 400), refusal.reason, detail)


def of_lapse(paths: Sequence[str]) -> Complaint:
    """Of signals that were told for the vehicle before, and are told no more."""
    waited_s = HEARTBEAT_STALE_MS // 1000
    detail = (
        f"{', '.join(paths)}: told before, and for {waited_s} s neither repeated nor readable. "
        "Until then the vehicle counts as moving."
    )
    return Complaint(400, LAPSED, detail)
