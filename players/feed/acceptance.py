"""A sample as it came, and whether it is taken: what it says, and when that was true.

A sample is taken or refused with a named reason. A refused sample's value is never kept; what it may still
tell, that a signal is not known or that something objects, goes with the refusal. Two clocks are kept apart:
the vehicle's (``vehicle_ms``) and ours (``received_ms``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from players.feed import signals, strictness
from players.feed.clock_offset import Bounds
from players.feed.signals import BadValue, Value

AHEAD_LIMIT_MS = 2_000
SPEED_STALE_MS = 3_000
HEARTBEAT_STALE_MS = 10_000
LATE_LIMIT_MS = 10_000
"""An untimely sample older than this is backfill, which tells nothing of the present."""

SAMPLES_LIMIT = 256

UNDATED_MS = 2**62
"""Stands for a vehicle's stamp that could not be read: what was said is judged as of no time at all."""


class Rejection(StrEnum):
    """Why a sample was refused."""

    UNKNOWN_PATH = "unknown-path"
    BAD_VALUE = "bad-value"
    AHEAD_OF_SERVER = "ahead-of-server"
    UNDATED = "timestamp-unreadable"
    NOT_RISING = "timestamp-not-rising"
    TOO_OLD = "too-old"
    NOT_SHARED = "location-not-shared"
    BACKFILL_NOT_KEPT = "backfill-not-kept"
    BACKFILL_NOT_NEWER = "backfill-not-newer"
    BATCH_CANNOT_UNLOCK = "batch-cannot-unlock"
    BATCH_TOO_MANY_CURRENT = "batch-too-many-current"


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An accepted value, as coarsely as it is looked at; None where the vehicle said that it does not know.

    Args:
        vehicle_ms: when it was true by the vehicle's clock; where that was measured, the earliest by ours.
        received_ms: when it came, by our clock.
        stamp_ms: the vehicle's own stamp where ``vehicle_ms`` is not just that.
    """

    value: Value | None
    vehicle_ms: int
    received_ms: int
    stamp_ms: int | None = None

    @property
    def own_ms(self) -> int:
        """The stamp that the vehicle gave it: what the next one must exceed."""
        return self.vehicle_ms if self.stamp_ms is None else self.stamp_ms

    def age_ms(self, now_ms: int) -> int:
        """Age by whichever clock makes it older; negative if our clock has stepped back."""
        return now_ms - min(self.vehicle_ms, self.received_ms)


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One data point as it came: ``text`` is VISS's string, ``vehicle_ms`` its timestamp."""

    path: str
    text: str
    vehicle_ms: int


DOUBT = tuple(Sample(path, signals.NOT_AVAILABLE, UNDATED_MS) for path in sorted(strictness.RANKS))
"""That nothing which may permit a picture is known: it stands for samples that are too many to judge.

It locks at least as much as any of them would have: one that objects must not be lost in the crowd.
"""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A sample's value under the signal's present name."""

    path: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sample whose value is not kept, and why.

    Args:
        untimely: what it said, as if it were said now, where only its time was wrong and it is no
            backfill.
        unknown: that the signal is not known, where its value could not be read and may permit a picture.
    """

    path: str
    reason: Rejection
    detail: str = ""
    untimely: Taken | None = None
    unknown: Taken | None = None


def stale_after_ms(path: str) -> int:
    """How long a value counts as fresh: speed flows, the others are repeated as a heartbeat."""
    return SPEED_STALE_MS if path == signals.SPEED else HEARTBEAT_STALE_MS


def accept(
    newest: Mapping[str, Reading],
    sample: Sample,
    vss_version: int,
    received_ms: int,
    clock: Bounds | None = None,
) -> Taken | Refusal:
    """Judge one sample, top down, against what was accepted before.

    Args:
        newest: the newest accepted reading of the unit that speaks, by path.
        sample: what came.
        vss_version: the vocabulary that it is in.
        received_ms: now.
        clock: how far the vehicle's clock is off, if measured: a sample counts as being as old as it can be.
    """
    found = signals.resolve(sample.path, vss_version)
    if found is None:
        return Refusal(sample.path, Rejection.UNKNOWN_PATH)
    signal, old = found
    try:
        value = signals.parse(signal, sample.text, old)
    except BadValue as problem:
        bad = Refusal(sample.path, Rejection.BAD_VALUE, str(problem))
        if signal.path not in strictness.RANKS:
            return bad
        dated = _dated(newest, sample, signal.path, None, received_ms, clock)
        if isinstance(dated, Taken):
            return replace(bad, unknown=dated)
        return replace(bad, untimely=dated.untimely)
    return _dated(newest, sample, signal.path, strictness.coarse(signal.path, value), received_ms, clock)


def _dated(
    newest: Mapping[str, Reading],
    sample: Sample,
    path: str,
    value: Value | None,
    received_ms: int,
    clock: Bounds | None,
) -> Taken | Refusal:
    """Judge the time of a sample whose value is known."""
    stamp_ms = sample.vehicle_ms
    at_ms = clock.earliest_ms(stamp_ms) if clock else stamp_ms
    age_ms = received_ms - at_ms
    if -age_ms > AHEAD_LIMIT_MS:
        reason = Rejection.UNDATED if stamp_ms == UNDATED_MS else Rejection.AHEAD_OF_SERVER
        return _untimely(sample, reason, path, value, received_ms)

    # Without this an old recording, resent after a gap, would look like the present.
    if age_ms > stale_after_ms(path):
        # What objects is as young as it can be.
        youngest_ms = received_ms - (clock.latest_ms(stamp_ms) if clock else stamp_ms)
        if youngest_ms > LATE_LIMIT_MS:
            return Refusal(sample.path, Rejection.TOO_OLD)
        return _untimely(sample, Rejection.TOO_OLD, path, value, received_ms)

    before = newest.get(path)
    # A clock that was set back is believed once what it shows is later than when the newest came.
    proven = before and clock and at_ms > max(before.received_ms, before.vehicle_ms)
    if before and stamp_ms <= before.own_ms and not proven:
        return _untimely(sample, Rejection.NOT_RISING, path, value, received_ms)

    return Taken(path, Reading(value, at_ms, received_ms, stamp_ms if clock else None))


def _untimely(sample: Sample, reason: Rejection, path: str, value: Value | None, now_ms: int) -> Refusal:
    return Refusal(sample.path, reason, untimely=Taken(path, Reading(value, now_ms, now_ms)))
