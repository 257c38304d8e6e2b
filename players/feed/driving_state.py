"""Is the vehicle parked? The evidence, judged by a table from the most restrictive rule down.

After Android Automotive's ``CarDrivingStateService`` (park gear, else parking brake and speed 0 on
a manual gearbox; speed missing or negative is unknown; speed 0 is idling, else moving), with what it
lacks: staleness, hysteresis, and conflicts, where the most restrictive wins. Locking takes one
sample; unlocking takes three seconds of agreement on the vehicle's clock and on ours.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from players.feed import signals
from players.feed.acceptance import HEARTBEAT_STALE_MS, SPEED_STALE_MS, Reading, stale_after_ms
from players.feed.signals import Value
from players.feed.strictness import DISENGAGING, STANDSTILL_KMH
from players.feed.vehicle_state import VehicleState, evidence_ms

AGREEMENT_MS = 3_000
ROSE_HOLD_MS = 3_000
CONTRADICTED_HOLD_MS = 3_000
MOVED_HOLD_MS = 30_000
CLOCK_STEP_LIMIT_MS = 2_000
LAPSED = "heartbeat-stale"


class DrivingState(StrEnum):
    """What the vehicle is doing. Transported: parked on something that moves (ferry, train, tow)."""

    PARKED = "parked"
    IDLING = "idling"
    MOVING = "moving"
    TRANSPORTED = "transported"
    UNKNOWN = "unknown"

    # Looked up at every pull: an enum's own hash is Python, a text's is not.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Assessment:
    """A judgement and its grounds.

    Args:
        rule: name of the row of the table that decided.
        ages_ms: age of each signal that safety looks at, by path; only signals that were reported.
        next_change_at_ms: when the judgement will change if nothing more is heard; None if never.
    """

    state: DrivingState
    rule: str
    ages_ms: Mapping[str, int]
    next_change_at_ms: int | None


def fresh(state: VehicleState, path: str, now_ms: int) -> Value | None:
    """The value of a signal, or None where it is missing, unknown or stale."""
    return _fresh(state.readings.get(path), now_ms, stale_after_ms(path))


def _fresh(reading: Reading | None, now_ms: int, stale_ms: int = HEARTBEAT_STALE_MS) -> Value | None:
    if reading is None:
        return None
    at_ms = reading.vehicle_ms if reading.vehicle_ms < reading.received_ms else reading.received_ms
    # What lies in the future is of no use: it would stay young for so much longer.
    return reading.value if -CLOCK_STEP_LIMIT_MS <= now_ms - at_ms <= stale_ms else None


class _Facts:
    """The evidence at one moment: a value, or None where it is missing, unknown or stale."""

    __slots__ = ("autonomy", "brake", "gear", "in_park", "is_moving", "now_ms", "park_lock", "speed", "state")

    def __init__(self, state: VehicleState, now_ms: int) -> None:
        self.state, self.now_ms = state, now_ms
        told = state.readings.get
        speed = _fresh(told(signals.SPEED), now_ms, SPEED_STALE_MS)
        self.speed = None if speed is None else float(speed)
        self.gear = _fresh(told(signals.SELECTED_GEAR), now_ms)
        self.in_park = self.gear == signals.GEAR_PARK
        self.brake = _fresh(told(signals.PARKING_BRAKE), now_ms)
        self.park_lock = _fresh(told(signals.PARK_LOCK), now_ms)
        self.is_moving = _fresh(told(signals.IS_MOVING), now_ms)
        self.autonomy = _fresh(told(signals.AUTONOMY), now_ms)

    def reported(self, path: str) -> bool:
        return path in self.state.readings

    @property
    def any_lapsed(self) -> bool:
        """A signal that is told on change was reported once, and now is stale or declared unknown."""
        told = self.state.readings
        return (
            (self.gear is None and signals.SELECTED_GEAR in told)
            or (self.brake is None and signals.PARKING_BRAKE in told)
            or (self.park_lock is None and signals.PARK_LOCK in told)
            or (self.is_moving is None and signals.IS_MOVING in told)
            or (self.autonomy is None and signals.AUTONOMY in told)
        )

    @property
    def held_by_brake(self) -> bool:
        """A gearbox declared manual, and never seen in Park or Drive, held by its parking brake."""
        manual = self.state.manual_gearbox and not self.state.has_park
        return manual and not self.in_reverse and self.brake is True and self.speed == 0

    @property
    def in_reverse(self) -> bool:
        return self.gear is not None and float(self.gear) < 0

    def recent(self, at_ms: int | None, hold_ms: int) -> bool:
        return at_ms is not None and -CLOCK_STEP_LIMIT_MS <= self.now_ms - at_ms <= hold_ms


_S = DrivingState
SAFETY = frozenset(
    {
        signals.SPEED,
        signals.IS_MOVING,
        signals.SELECTED_GEAR,
        signals.PARK_LOCK,
        signals.PARKING_BRAKE,
        signals.AUTONOMY,
        signals.ODOMETER,
    }
)
"""The signals that the table looks at."""

_Row = tuple[str, Callable[[_Facts], bool], DrivingState]

TABLE: tuple[_Row, ...] = (
    # What locks on one sample.
    ("is-moving", lambda f: f.is_moving is True, _S.MOVING),
    ("speed-above-walking-start", lambda f: f.speed is not None and abs(f.speed) > STANDSTILL_KMH, _S.MOVING),
    ("odometer-rising", lambda f: f.recent(f.state.odometer_rose_ms, ROSE_HOLD_MS), _S.MOVING),
    ("autonomy-disengaging", lambda f: f.autonomy in DISENGAGING, _S.MOVING),
    # What is not known well enough.
    ("contradicted", lambda f: f.recent(f.state.contradicted_ms, CONTRADICTED_HOLD_MS), _S.UNKNOWN),
    ("speed-missing", lambda f: not f.reported(signals.SPEED), _S.UNKNOWN),
    ("speed-stale", lambda f: f.speed is None, _S.UNKNOWN),
    ("speed-negative", lambda f: f.speed is not None and f.speed < 0, _S.UNKNOWN),
    (LAPSED, lambda f: f.any_lapsed, _S.UNKNOWN),
    (
        "gear-and-brake-missing",
        lambda f: not (f.reported(signals.SELECTED_GEAR) or f.reported(signals.PARKING_BRAKE)),
        _S.UNKNOWN,
    ),
    ("park-lock-open", lambda f: f.in_park and f.park_lock is False, _S.UNKNOWN),
    # What agrees that it stands.
    (
        "position-moving",
        lambda f: (f.in_park or f.held_by_brake) and f.recent(f.state.position_moved_ms, MOVED_HOLD_MS),
        _S.TRANSPORTED,
    ),
    ("gear-in-park", lambda f: f.in_park, _S.PARKED),
    ("brake-engaged-at-standstill", lambda f: f.held_by_brake, _S.PARKED),
    ("standing-not-parked", lambda f: f.speed == 0, _S.IDLING),
    ("creeping", lambda f: True, _S.MOVING),
)
"""Rules from the top down; the first that holds decides."""

SETTLING = "agreeing-for-less-than-three-seconds"


def _look_up(facts: _Facts) -> tuple[DrivingState, str]:
    for rule, holds, verdict in TABLE:
        if holds(facts):
            return verdict, rule
    raise AssertionError("the last row always holds")


def says_parked(state: VehicleState, now_ms: int) -> bool:
    """Whether the evidence at ``now_ms`` says parked, however short a time it has said so."""
    return _look_up(_Facts(state, now_ms))[0] is DrivingState.PARKED


def stands(state: VehicleState, now_ms: int) -> bool:
    """Whether the wheels are known to stand at ``now_ms``, whatever the gear."""
    speed = fresh(state, signals.SPEED, now_ms)
    slow = speed is not None and abs(float(speed)) <= STANDSTILL_KMH
    return slow and fresh(state, signals.IS_MOVING, now_ms) is not True


def lapsed(state: VehicleState, now_ms: int) -> list[str]:
    """The paths of the signals that :data:`LAPSED` is about: told once, and stale or unknown now."""
    told = state.readings
    on_change = (
        signals.SELECTED_GEAR,
        signals.PARKING_BRAKE,
        signals.PARK_LOCK,
        signals.IS_MOVING,
        signals.AUTONOMY,
    )
    return [path for path in on_change if path in told and _fresh(told[path], now_ms) is None]


def judge(state: VehicleState, now_ms: int) -> tuple[DrivingState, str]:
    """The driving state and the rule that decided, with hysteresis."""
    verdict, rule = _look_up(_Facts(state, now_ms))
    if verdict is DrivingState.PARKED and not _settled(state, now_ms):
        return DrivingState.IDLING, SETTLING
    return verdict, rule


def _settled(state: VehicleState, now_ms: int) -> bool:
    since = state.agreement
    return (
        since is not None
        and now_ms - since.received_ms >= AGREEMENT_MS
        and evidence_ms(state) - since.vehicle_ms >= AGREEMENT_MS
    )


def assess(
    state: VehicleState,
    now_ms: int,
    judged: Callable[[VehicleState, int], object] = judge,
    paths: Set[str] = SAFETY,
) -> Assessment:
    """The judgement with its grounds, and when silence alone would change it.

    Args:
        state: the evidence.
        now_ms: when it is judged.
        judged: whose answer is looked at for a change.
        paths: the signals that it leans on.
    """
    verdict, rule = judge(state, now_ms)
    ages = ages_ms(state, now_ms, paths)
    before = judged(state, now_ms)
    for moment in _turning_points(state, now_ms, paths):
        if judged(state, moment) != before:
            return Assessment(verdict, rule, ages, moment)
    return Assessment(verdict, rule, ages, None)


def ages_ms(state: VehicleState, now_ms: int, paths: Set[str] = SAFETY) -> dict[str, int]:
    """How old each of the signals is that were reported, by path."""
    return {path: state.readings[path].age_ms(now_ms) for path in sorted(paths) if path in state.readings}


def _turning_points(state: VehicleState, now_ms: int, paths: Set[str] = SAFETY) -> list[int]:
    """Every moment after now at which time alone can make a row hold or fail, soonest first."""
    moments = [
        min(reading.vehicle_ms, reading.received_ms) + stale_after_ms(path) + 1
        for path, reading in state.readings.items()
        if path in paths
    ]
    if state.odometer_rose_ms is not None:
        moments.append(state.odometer_rose_ms + ROSE_HOLD_MS + 1)
    if state.position_moved_ms is not None:
        moments.append(state.position_moved_ms + MOVED_HOLD_MS + 1)
    if state.contradicted_ms is not None:
        moments.append(state.contradicted_ms + CONTRADICTED_HOLD_MS + 1)
    if state.agreement is not None:
        moments.append(state.agreement.received_ms + AGREEMENT_MS)
    return sorted(moment for moment in moments if moment > now_ms)


_STRICTNESS = {DrivingState.PARKED: 0, DrivingState.IDLING: 1}


def never_looser(after: VehicleState, before: VehicleState, now_ms: int) -> bool:
    """Whether ``after`` is at no moment from now on less strict than ``before``, if nothing more is heard.

    Moving, transported and unknown are as strict as one another, idling is less so, parked least.
    """
    moments = {
        now_ms,
        *_turning_points(after, now_ms, SAFETY),
        *_turning_points(before, now_ms, SAFETY),
    }
    return all(
        _STRICTNESS.get(judge(after, moment)[0], 2) >= _STRICTNESS.get(judge(before, moment)[0], 2)
        for moment in moments
    )
