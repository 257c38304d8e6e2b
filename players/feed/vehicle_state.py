"""What is known of a vehicle: the newest accepted value of each signal, and when it was true.

Only :func:`apply` changes it. A sample is taken or refused with a named reason. A refused sample's
value is never kept; but one that cannot be read makes the signal unknown, and one that was refused for
its time alone, and contradicts that the vehicle is parked, locks for a while: clocks step. One that
contradicts what a market's condition leans on takes that away, until it is told anew. Of several
head units that tell of one signal the most restrictive counts, until its word goes stale. Two clocks are
kept apart: the vehicle's (``vehicle_ms``) and ours (``received_ms``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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

FORGOTTEN_MS = 60_000
"""A head unit that was silent for so long is no longer one of several that tell."""

SAMPLES_LIMIT = 256

UNDATED_MS = 2**62
"""Stands for a vehicle's stamp that could not be read: what was said is judged as of no time at all."""

_OF_PARK = (signals.GEAR_PARK, signals.GEAR_DRIVE)
_replace = msgspec.structs.replace


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


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An accepted value. ``value`` is None where the vehicle said that it does not know.

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


class Agreement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Since when all evidence has said parked without a pause, on both clocks."""

    vehicle_ms: int
    received_ms: int


class VehicleState(msgspec.Struct, frozen=True, gc=False):
    """All that is kept of a vehicle; holds no position.

    Args:
        readings: by VSS 6.0 path; where several units tell, the most restrictive of what is fresh.
        agreement: None unless the newest evidence says parked.
        has_park: a Park or Drive position has been seen, so that the parking brake alone does
            not mean parked, whatever was declared.
        manual_gearbox: declared of the vehicle: it has no Park, its parking brake holds it.
        odometer_rose_ms: when the odometer last rose, by our clock.
        position_moved_ms: when the position was last seen moving, by our clock.
        contradicted_ms: when an untimely sample last objected to parked, by our clock.
        disputed_ms: when an untimely sample last objected to a condition's signal, by path, by our clock.
        markets: whose rules govern: the newest last, behind those that the vehicle has yet to leave
            (:mod:`players.feed.market`); none while they are not known.
        teller: the head unit that tells, while one alone does.
        told: what each head unit told last, by its id, where several do.
    """

    readings: dict[str, Reading] = msgspec.field(default_factory=dict)
    agreement: Agreement | None = None
    has_park: bool = False
    manual_gearbox: bool = False
    odometer_rose_ms: int | None = None
    position_moved_ms: int | None = None
    contradicted_ms: int | None = None
    disputed_ms: dict[str, int] = msgspec.field(default_factory=dict)
    markets: tuple[str, ...] = ()
    teller: str = ""
    told: dict[str, dict[str, Reading]] = msgspec.field(default_factory=dict)

    def told_by(self, unit_id: str) -> Mapping[str, Reading]:
        """What a head unit told last, by path: its next samples must be newer."""
        if self.told:
            return self.told.get(unit_id, {})
        return self.readings if unit_id == self.teller else {}

    @property
    def day_night(self) -> str:
        """``day`` or ``night``, as the vehicle's own displays are; empty if it never said.

        However old: a display that turns bright at night because a feed was cut off would dazzle.
        """
        reading = self.readings.get(signals.DAY_NIGHT)
        return str(reading.value).lower() if reading and reading.value else ""

    def encode(self) -> bytes:
        """As MessagePack, for the state store."""
        return msgspec.msgpack.encode(self)


UNKNOWN = VehicleState()
"""A vehicle of which nothing has been heard."""

_DECODER = msgspec.msgpack.Decoder(VehicleState)


def decode(data: bytes | None) -> VehicleState:
    """From the state store; a vehicle that the store does not hold is unknown, and so is a foreign state."""
    return (_own(data) if data else None) or UNKNOWN


def is_foreign(data: bytes) -> bool:
    """Whether another version of this program wrote ``data``: nothing of it may be believed."""
    return _own(data) is None


def _own(data: bytes) -> VehicleState | None:
    try:
        state = _DECODER.decode(data)
    except msgspec.DecodeError:
        return None
    # What reads, but would be written otherwise, has lost or gained something on the way.
    return state if state.encode() == data else None


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One data point as it came: ``text`` is VISS's string, ``vehicle_ms`` its timestamp."""

    path: str
    text: str
    vehicle_ms: int


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
    return _dated(newest, sample, signal.path, value, received_ms, clock)


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


SaysParked = Callable[[VehicleState, int], bool]
"""Whether a state's evidence says parked at a moment, hysteresis aside: ``driving_state.says_parked``."""


def apply(
    state: VehicleState,
    taken: Iterable[Taken],
    received_ms: int,
    says_parked: SaysParked,
    untimely: Sequence[Taken] = (),
    unit_id: str = "",
) -> VehicleState:
    """``state`` with what ``unit_id`` told in one message, in order; positions are left out.

    Where a signal comes twice, what lay between counts too: a moment of movement between two
    standstills ends the agreement. So does an ``untimely`` sample (:class:`Refusal`) that objects; one that
    objects to what a condition leans on disputes that alone.
    """
    for readings in _rounds(taken):
        newer = _with(state, readings, received_ms)
        if state.told or unit_id != state.teller:
            newer = _of_several(state, newer, readings, unit_id, received_ms)
        agreement = _agreement(state, newer, received_ms, says_parked)
        state = newer if agreement == newer.agreement else _replace(newer, agreement=agreement)
    if any(_contradicts(state, one, received_ms, says_parked) for one in untimely):
        state = _replace(state, contradicted_ms=received_ms, agreement=None)
    disputed = {one.path: received_ms for one in untimely if _disputes(state, one)}
    return _replace(state, disputed_ms={**state.disputed_ms, **disputed}) if disputed else state


def carried(state: VehicleState, received_ms: int) -> VehicleState:
    """``state`` after its position, which is not kept here, was seen moving while its wheels stood."""
    return _replace(state, position_moved_ms=received_ms, agreement=None)


def _with(state: VehicleState, readings: Mapping[str, Reading], received_ms: int) -> VehicleState:
    gear = readings.get(signals.SELECTED_GEAR)
    return _replace(
        state,
        readings={**state.readings, **readings},
        has_park=state.has_park or (gear is not None and gear.value in _OF_PARK),
        odometer_rose_ms=received_ms if _rose(state, readings) else state.odometer_rose_ms,
    )


def _of_several(
    before: VehicleState,
    newer: VehicleState,
    readings: Mapping[str, Reading],
    unit_id: str,
    received_ms: int,
) -> VehicleState:
    """``newer``, in which ``readings`` count only where no other unit objects.

    A unit takes back its own word alone; another's stands until it has gone stale.
    """
    told = before.told or ({before.teller: before.readings} if before.readings else {})
    told = {
        unit: own
        for unit, own in told.items()
        if unit == unit_id or any(received_ms - one.received_ms <= FORGOTTEN_MS for one in own.values())
    }
    told[unit_id] = {**told.get(unit_id, {}), **readings}
    kept = {path: _strictest(path, one, told, received_ms) for path, one in readings.items()}
    several = len(told) > 1
    return _replace(
        newer,
        readings={**before.readings, **kept},
        teller="" if several else unit_id,
        told=told if several else {},
    )


def _strictest(path: str, own: Reading, told: Mapping[str, Mapping[str, Reading]], now_ms: int) -> Reading:
    """What is fresh of it, of those that tell alike the newest; else ``own``, the word just told."""
    stale_ms = stale_after_ms(path)
    words = [of_unit[path] for of_unit in told.values() if path in of_unit]
    fresh = [one for one in words if one.age_ms(now_ms) <= stale_ms]
    return max(fresh, key=lambda one: (strictness.of(path, one.value), one.vehicle_ms), default=own)


def _contradicts(state: VehicleState, one: Taken, now_ms: int, says_parked: SaysParked) -> bool:
    """Whether ``state`` says parked but would not, were the sample true now.

    Where it does not say parked anyway, the agreement has yet to begin and nothing need be noted.
    """
    if one.path in signals.POSITION_PATHS:
        return False
    calm = _replace(state, contradicted_ms=None)
    return says_parked(calm, now_ms) and not says_parked(_with(calm, {one.path: one.reading}, now_ms), now_ms)


def _disputes(state: VehicleState, one: Taken) -> bool:
    """Whether the sample is stricter than what is known of a signal that a condition leans on."""
    known = state.readings.get(one.path)
    if known is None or one.path not in strictness.LEANT_ON:
        return False
    return strictness.of(one.path, one.reading.value) > strictness.of(one.path, known.value)


def _rounds(taken: Iterable[Taken]) -> list[dict[str, Reading]]:
    rounds: list[dict[str, Reading]] = []
    for one in taken:
        if one.path in signals.POSITION_PATHS:
            continue
        if not rounds or one.path in rounds[-1]:
            rounds.append({})
        rounds[-1][one.path] = one.reading
    return rounds


def _agreement(
    before: VehicleState, after: VehicleState, now_ms: int, says_parked: SaysParked
) -> Agreement | None:
    """A pause (evidence that had gone stale before this message) starts the count afresh."""
    if not says_parked(after, now_ms):
        return None
    if before.agreement and says_parked(before, now_ms):
        return before.agreement
    return Agreement(evidence_ms(after), now_ms)


def evidence_ms(state: VehicleState) -> int:
    """The vehicle's time of the newest speed, the signal that flows."""
    reading = state.readings.get(signals.SPEED)
    return reading.vehicle_ms if reading else 0


def _rose(state: VehicleState, readings: Mapping[str, Reading]) -> bool:
    before, one = state.readings.get(signals.ODOMETER), readings.get(signals.ODOMETER)
    if before is None or one is None or before.value is None or one.value is None:
        return False
    return float(one.value) > float(before.value)
