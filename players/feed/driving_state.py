"""Is the vehicle parked? The evidence, judged by a table from the most restrictive rule down.

After Android Automotive's ``CarDrivingStateService`` (park gear, else parking brake and speed 0 on
a manual gearbox; speed missing or negative is unknown; speed 0 is idling, else moving), with what it
lacks: staleness, hysteresis, and conflicts, where the most restrictive wins. Locking takes one
sample; unlocking takes three seconds of agreement on the vehicle's clock and on ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from players.feed import signals
from players.feed.vehicle_state import VehicleState, evidence_ms, stale_after_ms

AGREEMENT_MS = 3_000
STANDSTILL_KMH = 1.0
ROSE_HOLD_MS = 3_000
CONTRADICTED_HOLD_MS = 3_000
MOVED_HOLD_MS = 30_000
CLOCK_STEP_LIMIT_MS = 2_000


class DrivingState(StrEnum):
    """What the vehicle is doing. Transported: parked on something that moves (ferry, train, tow)."""

    PARKED = "parked"
    IDLING = "idling"
    MOVING = "moving"
    TRANSPORTED = "transported"
    UNKNOWN = "unknown"


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


class _Facts:
    """The evidence at one moment: a value, or None where it is missing, unknown or stale."""

    __slots__ = ("_known", "fresh", "in_park", "now_ms", "reading", "speed", "state")

    def __init__(self, state: VehicleState, now_ms: int) -> None:
        self.state, self.now_ms, self.reading = state, now_ms, state.readings.get
        # Our own clock stepping back must not make old evidence young.
        self._known = {
            path: reading.value
            for path, reading in state.readings.items()
            if reading.value is not None
            and -CLOCK_STEP_LIMIT_MS <= reading.age_ms(now_ms) <= stale_after_ms(path)
        }
        self.fresh = self._known.get
        speed = self.fresh(signals.SPEED)
        self.speed = None if speed is None else float(speed)
        self.in_park = self.fresh(signals.SELECTED_GEAR) == signals.GEAR_PARK

    @property
    def any_lapsed(self) -> bool:
        """A signal that is told on change was reported once, and now is stale or declared unknown."""
        return not (self.state.readings.keys() & _SAFETY_ON_CHANGE) <= self._known.keys()

    @property
    def held_by_brake(self) -> bool:
        """A gearbox declared manual, and never seen in Park or Drive, held by its parking brake."""
        manual = self.state.manual_gearbox and not self.state.has_park
        return (
            manual and not self.in_reverse and self.fresh(signals.PARKING_BRAKE) is True and self.speed == 0
        )

    @property
    def in_reverse(self) -> bool:
        gear = self.fresh(signals.SELECTED_GEAR)
        return gear is not None and float(gear) < 0

    def recent(self, at_ms: int | None, hold_ms: int) -> bool:
        return at_ms is not None and -CLOCK_STEP_LIMIT_MS <= self.now_ms - at_ms <= hold_ms


_S = DrivingState
_SAFETY_ON_CHANGE = frozenset(
    {signals.SELECTED_GEAR, signals.PARKING_BRAKE, signals.PARK_LOCK, signals.IS_MOVING, signals.AUTONOMY}
)
_SAFETY = (signals.SPEED, *sorted(_SAFETY_ON_CHANGE), signals.ODOMETER)

_Row = tuple[str, Callable[[_Facts], bool], DrivingState]

TABLE: tuple[_Row, ...] = (
    # What locks on one sample.
    ("is-moving", lambda f: f.fresh(signals.IS_MOVING) is True, _S.MOVING),
    ("speed-above-walking-start", lambda f: f.speed is not None and abs(f.speed) > STANDSTILL_KMH, _S.MOVING),
    ("odometer-rising", lambda f: f.recent(f.state.odometer_rose_ms, ROSE_HOLD_MS), _S.MOVING),
    (
        "autonomy-disengaging",
        lambda f: str(f.fresh(signals.AUTONOMY) or "").endswith("_DISENGAGING"),
        _S.MOVING,
    ),
    # What is not known well enough.
    ("contradicted", lambda f: f.recent(f.state.contradicted_ms, CONTRADICTED_HOLD_MS), _S.UNKNOWN),
    ("speed-missing", lambda f: f.reading(signals.SPEED) is None, _S.UNKNOWN),
    ("speed-stale", lambda f: f.speed is None, _S.UNKNOWN),
    ("speed-negative", lambda f: f.speed is not None and f.speed < 0, _S.UNKNOWN),
    ("heartbeat-stale", lambda f: f.any_lapsed, _S.UNKNOWN),
    (
        "gear-and-brake-missing",
        lambda f: f.reading(signals.SELECTED_GEAR) is None and f.reading(signals.PARKING_BRAKE) is None,
        _S.UNKNOWN,
    ),
    ("park-lock-open", lambda f: f.in_park and f.fresh(signals.PARK_LOCK) is False, _S.UNKNOWN),
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
    facts = _Facts(state, now_ms)
    speed = facts.speed
    return speed is not None and abs(speed) <= STANDSTILL_KMH and facts.fresh(signals.IS_MOVING) is not True


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


def assess(state: VehicleState, now_ms: int) -> Assessment:
    """The judgement with its grounds, and when silence alone would change it."""
    verdict, rule = judge(state, now_ms)
    ages = {path: state.readings[path].age_ms(now_ms) for path in _SAFETY if path in state.readings}
    for moment in _turning_points(state, now_ms):
        if judge(state, moment) != (verdict, rule):
            return Assessment(verdict, rule, ages, moment)
    return Assessment(verdict, rule, ages, None)


def _turning_points(state: VehicleState, now_ms: int) -> list[int]:
    """Every moment after now at which time alone can make a row hold or fail, soonest first."""
    moments = [
        min(reading.vehicle_ms, reading.received_ms) + stale_after_ms(path) + 1
        for path, reading in state.readings.items()
        if path in _SAFETY
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
