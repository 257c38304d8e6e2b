"""Several head units tell of one vehicle: parked needs that none of them objects, and a word is its own."""

from hypothesis import given
from hypothesis import strategies as st

from players.feed import acceptance, driving_state, signals, vehicle_state
from players.feed.acceptance import Refusal, Sample
from players.feed.driving_state import DrivingState, judge
from players.feed.vehicle_state import VehicleState, decode
from tests.players.house import DRIVING, PARKED

NOW = 1_800_000_000_000
UNITS = ("hu_1", "hu_2", "hu_3")
OBJECTING = {path: text for path, text in DRIVING.items() if path != signals.PARKING_BRAKE}
BAD = {signals.SPEED: "42,5", signals.SELECTED_GEAR: "D", signals.IS_MOVING: "1"}
TOLD = st.dictionaries(st.sampled_from(sorted(OBJECTING)), st.sampled_from(["calm", "objects", "bad"]))
STEPS = st.lists(
    st.tuples(st.sampled_from(UNITS), st.sampled_from([200, 500, 900, 4_000]), TOLD, st.booleans()),
    max_size=12,
)


def hear(state: VehicleState, unit_id: str, values: dict[str, str], now_ms: int, at_ms: int) -> VehicleState:
    taken = []
    for path, text in values.items():
        judged = acceptance.accept(state.told_by(unit_id), Sample(path, text, at_ms), 6, now_ms)
        found = judged.unknown if isinstance(judged, Refusal) else judged
        assert found is not None, judged
        taken.append(found)
    after = vehicle_state.apply(state, taken, now_ms, driving_state.says_parked, unit_id=unit_id)
    assert decode(after.encode()) == after
    return after


@given(STEPS, st.tuples(*[st.integers(-1_500, 1_900)] * 3))
def test_parked_only_while_no_unit_objects(steps, skews_ms):
    """``hu_1`` says twice a second that it is parked; others, by clocks of their own, have their say."""
    state, now_ms = VehicleState(), NOW
    skew_ms = dict(zip(UNITS, skews_ms, strict=True))
    last: dict[tuple[str, str], tuple[int, bool]] = {}

    def say(unit_id, values, objecting):
        nonlocal state
        state = hear(state, unit_id, values, now_ms, now_ms + skew_ms[unit_id])
        last.update({(unit_id, path): (now_ms, path in objecting) for path in values})

    for unit_id, wait_ms, told, calm_too in steps:
        for _ in range(0, wait_ms, 500):
            now_ms += 500
            say("hu_1", PARKED, ())
            check(state, last, now_ms, skew_ms)
        now_ms += 10
        words = {"calm": PARKED, "objects": OBJECTING, "bad": BAD}
        values = {path: words[word][path] for path, word in told.items()}
        if calm_too:
            values = {**PARKED, **values}
        if values:
            say(unit_id, values, [path for path, word in told.items() if word != "calm"])
            check(state, last, now_ms, skew_ms)


def check(state, last, now_ms, skew_ms):
    """By whichever clock makes a word older: it may lapse that much earlier."""
    standing_still = judge(state, now_ms)[0] is DrivingState.PARKED
    for (unit_id, path), (at_ms, objects) in last.items():
        age_ms = now_ms - at_ms + max(0, -skew_ms[unit_id])
        if objects and age_ms <= acceptance.stale_after_ms(path):
            assert not standing_still, (unit_id, path)


def test_it_does_park():
    """Else the above would hold of what never parks."""
    state = VehicleState()
    for second in range(6):
        for n, unit_id in enumerate(UNITS):
            now_ms = NOW + second * 1_000 + n * 100
            state = hear(state, unit_id, PARKED, now_ms, now_ms - n * 300)
    assert judge(state, now_ms)[0] is DrivingState.PARKED
    assert set(state.told) == set(UNITS)
