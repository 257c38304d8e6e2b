"""What is known of a vehicle: the newest accepted value of each signal, and when it was true.

Only :func:`apply` changes it, by what was taken of samples (:mod:`players.feed.acceptance`), and by what was
refused: a signal whose value cannot be read is unknown; a sample that was refused for its time alone, and
contradicts that the vehicle is parked, locks for a while: clocks step. One that contradicts what a market's
condition leans on takes that away, until it is told anew. Of several head units that tell of one signal the
most restrictive counts, until its word goes stale.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from players.feed import signals, strictness
from players.feed.acceptance import Reading, Taken, stale_after_ms

FORGOTTEN_MS = 60_000
"""A head unit that was silent for so long is no longer one of several that tell."""

_OF_PARK = (signals.GEAR_PARK, signals.GEAR_DRIVE)
_replace = msgspec.structs.replace


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
    # What is said again is judged once: as if it were said now, it is the same.
    said = {(one.path, one.reading.value): one for one in untimely}.values() if untimely else ()
    if any(_contradicts(state, one, received_ms, says_parked) for one in said):
        state = _replace(state, contradicted_ms=received_ms, agreement=None)
    elif said and state.agreement and not says_parked(state, received_ms):
        # By our clock that is over, and begins afresh with what is taken next; by another's it may go on.
        state = _replace(state, agreement=None)
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
