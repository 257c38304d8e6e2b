"""Real drives replayed as the server would hear them: each switch with its record, and what screens show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, product

from msgspec.structs import replace

from media.house_format import Medium
from players.feed import acceptance, driving_state, motion_policy, trace, vehicle_state
from players.feed.acceptance import Taken
from players.feed.driving_state import MOVED_HOLD_MS, DrivingState
from players.feed.feed import Feed
from players.feed.head_unit import Mount, Zone
from players.feed.motion_policy import Permitted, permit
from players.feed.record_switch import Cause, RecordSwitch
from players.feed.switch import Switch
from players.feed.trace import Point, Trace
from players.feed.vehicle_state import VehicleState
from tests.players.house import POLICIES

START = 1_800_000_000_000
NAMES = (
    "T1_07_01_2021.csv", "T3_04_22_2021_1.csv", "T3_04_26_2021_1.csv", "T3_05_25_2021_1.csv",
    "T3_05_25_2021_2.csv", "T3_05_25_2021_3.csv", "T3_05_31_2021.csv",
)  # fmt: skip
MARKETS = (*sorted(policy.code for policy in POLICIES.all()), "AQ")
"""Each that has a policy, and one that has none, which the strict one governs."""
MOUNTS = tuple(Mount(zone, shielded, True) for zone, shielded in product(Zone, (False, True)))


class Car:
    """Takes a trace's samples as the server would, position and all."""

    def __init__(self, market: str = "FR") -> None:
        self.feed = Feed("veh", 6, True, state=VehicleState(markets=(market,)))

    def hear(self, point: Point) -> None:
        now_ms = START + point.at_ms
        newest, taken = self.feed.state.readings | self.feed.positions, []
        for sample in trace.samples(point, now_ms):
            judged = acceptance.accept(newest, sample, 6, now_ms)
            assert isinstance(judged, Taken), judged
            taken.append(judged)
        state = vehicle_state.apply(self.feed.state, taken, now_ms, driving_state.says_parked)
        if self.feed.carried(self.feed.locate(taken), driving_state.stands(state, now_ms)):
            state = vehicle_state.carried(state, now_ms)
        self.feed.state = state

    def shows(self, now_ms: int, mount: Mount = MOUNTS[0], market: str = "") -> bool:
        state = replace(self.feed.state, markets=(market,)) if market else self.feed.state
        return isinstance(permit(POLICIES, state, mount, Medium.VIDEO, now_ms), Permitted)


@dataclass
class Replay:
    """What came of a drive.

    Args:
        switches: their records, as the server leaves them.
        pictures: from when to when the driver's screen showed one, in ms since the drive began.
        shown: for each market and screen, how often a picture came or went after the first judgement.
    """

    switches: list[Switch] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    flips: dict[tuple[str, Mount], int] = field(default_factory=dict)

    @property
    def states(self) -> list[DrivingState]:
        """The driving states one after the other."""
        return [DrivingState(state) for state, _ in groupby(one.driving_state for one in self.switches)]


@cache
def replay(drive: Trace) -> Replay:
    """Hear every point; what time alone changes before the next is a switch at its own moment."""
    found, car = Replay(), Car()
    record = RecordSwitch(lambda *_: None, POLICIES, found.switches.append)
    screens = dict.fromkeys(product(MARKETS, MOUNTS), False)
    before = None
    for now_ms, cause in _moments(car, drive.points):
        grounds = motion_policy.grounds(POLICIES, car.feed.state, now_ms)
        if grounds == before:
            continue
        record("veh", car.feed.state, cause, now_ms)
        for market, mount in screens:
            shows = car.shows(now_ms, mount, market)
            if before is not None and shows != screens[market, mount]:
                found.flips[market, mount] = found.flips.get((market, mount), 0) + 1
            screens[market, mount] = shows
        _note_picture(found, now_ms - START, car.shows(now_ms))
        before = grounds
    return found


def _moments(car: Car, points: Iterable[Point]) -> Iterator[tuple[int, Cause]]:
    heard = None
    for point in points:
        if heard is not None:
            yield from _silences(car, START + heard.at_ms, START + point.at_ms)
        car.hear(point)
        yield START + point.at_ms, Cause.REPORT
        heard = point


def _silences(car: Car, since_ms: int, until_ms: int) -> Iterator[tuple[int, Cause]]:
    """One second alone ends the three of agreement, or the half minute after it was carried."""
    state = car.feed.state
    carried = state.position_moved_ms is not None and since_ms - state.position_moved_ms <= MOVED_HOLD_MS
    if until_ms - since_ms <= 1_000 and state.agreement is None and not carried:
        return
    at_ms = since_ms
    while True:
        turn_ms = motion_policy.assess(POLICIES, car.feed.state, at_ms).next_change_at_ms
        if turn_ms is None or turn_ms >= until_ms:
            return
        at_ms = turn_ms
        yield at_ms, Cause.SILENCE


def _note_picture(found: Replay, at_ms: int, shows: bool) -> None:
    open_since = found.pictures and found.pictures[-1][1] < 0
    if shows and not open_since:
        found.pictures.append((at_ms, -1))
    elif open_since and not shows:
        found.pictures[-1] = (found.pictures[-1][0], at_ms)


def stops(points: Iterable[Point]) -> list[tuple[int, int]]:
    """The standstills between two movements: from the first point at speed 0 to the first that moves."""
    found: list[tuple[int, int]] = []
    since_ms, moved = None, False
    for point in points:
        if point.speed_kmh == 0:
            since_ms = point.at_ms if since_ms is None else since_ms
        else:
            if since_ms is not None and moved:
                found.append((since_ms, point.at_ms))
            since_ms, moved = None, True
    return found
