"""Uploads after a gap on a real Redis: facts are kept, nothing unlocks, everything is counted."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.clock import iso_z
from players.feed import acceptance, backfill, driving_state, signals
from players.feed.acceptance import SAMPLES_LIMIT, Sample
from players.feed.backfill import Batch
from players.feed.driving_state import DrivingState, judge
from players.feed.feed import Feed, Swapped
from players.feed.report_batch import ReportBatch
from players.feed.report_vehicle_state import ReportVehicleState
from players.feed.vehicle_state import VehicleState
from tests.players.house import DRIVING, PARKED, POLICIES, STOPPED, samples, standing

FUEL = "Vehicle.Powertrain.FuelSystem.RelativeLevel"


def feed(manual: bool = False, unit_id: str = "hu_1") -> Feed:
    return Feed("veh_1", 6, False, manual, unit_id=unit_id)


def batch(*found: Sample) -> Batch:
    return Batch(1, tuple(sorted(found, key=lambda one: one.vehicle_ms)), ())


async def state(house) -> DrivingState:
    return judge(await house.states.read("veh_1"), house.clock.now_ms())[0]


async def test_old_facts_are_kept_and_the_rest_is_acknowledged(house):
    now_ms = house.clock.now_ms()
    receipt = await house.report_batch(
        feed(),
        batch(
            Sample(signals.CHARGE, "40", now_ms - 60_000),
            Sample(FUEL, "30", now_ms - 60_000),
            *samples(PARKED, now_ms - 60_000),
        ),
    )
    assert (receipt.current, receipt.stored, receipt.refused) == (0, 2, {"backfill-not-kept": 4})
    assert house.refused == {"backfill-not-kept": 4}
    known = await house.read_facts("veh_1")
    assert {path: one.value for path, one in known.items()} == {signals.CHARGE: 40.0, FUEL: 30}
    assert (await house.states.read("veh_1")).readings == {}


async def test_the_newest_wins_whichever_way_it_came(house):
    now_ms = house.clock.now_ms()
    await house.report(house.feed(), (Sample(signals.CHARGE, "50", now_ms),))
    receipt = await house.report_batch(feed(), batch(Sample(signals.CHARGE, "40", now_ms - 60_000)))
    assert (receipt.stored, receipt.refused) == (0, {"backfill-not-newer": 1})
    assert (await house.read_facts("veh_1"))[signals.CHARGE].value == 50
    house.clock.advance(60)
    again = await house.report_batch(feed(), batch(Sample(signals.CHARGE, "39", now_ms + 1)))
    assert again.stored == 1
    assert (await house.read_facts("veh_1"))[signals.CHARGE].value == 39


async def test_two_batches_at_once_leave_the_newest(house):
    now_ms = house.clock.now_ms()
    facts, _ = backfill.newest([Sample(FUEL, "30", now_ms - 60_000)], {}, 6, now_ms)
    older, _ = backfill.newest([Sample(FUEL, "31", now_ms - 61_000)], {}, 6, now_ms)
    await house.facts.keep("veh_1", facts)
    await house.facts.keep("veh_1", older)
    assert (await house.facts.read("veh_1"))[FUEL].value == 30
    assert await house.facts.read("veh_2") == {}


async def test_what_is_current_locks(house):
    await house.park(house.feed())
    assert await state(house) is DrivingState.PARKED
    house.clock.advance(0.5)
    now_ms = house.clock.now_ms()
    receipt = await house.report_batch(feed(), batch(*samples({**DRIVING, signals.CHARGE: "41"}, now_ms)))
    assert (receipt.current, receipt.refused) == (5, {})
    assert await state(house) is DrivingState.MOVING


@pytest.mark.parametrize(("path", "text"), [(signals.SPEED, "42,5"), (signals.SELECTED_GEAR, "D")])
async def test_what_cannot_be_read_locks(house, path, text):
    await house.park(house.feed())
    house.clock.advance(0.5)
    receipt = await house.report_batch(feed(), batch(*samples({**PARKED, path: text}, house.clock.now_ms())))
    assert receipt.refused == {"bad-value": 1}
    assert await state(house) is DrivingState.UNKNOWN


async def test_what_a_batch_may_not_say_does_not_take_with_it_that_something_is_not_known(house):
    await house.tell(house.feed(), {**STOPPED, signals.LOW_VOLTAGE: "OFF"})
    house.clock.advance(0.5)
    said = samples({**PARKED, signals.LOW_VOLTAGE: "?"}, house.clock.now_ms())
    receipt = await house.report_batch(feed(), batch(*said))
    assert receipt.refused == {"bad-value": 1, "batch-cannot-unlock": len(PARKED)}
    kept = (await house.states.read("veh_1")).readings
    assert (kept[signals.LOW_VOLTAGE].value, kept[signals.SELECTED_GEAR].value) == (None, 127)


async def test_what_is_left_out_for_what_it_would_loosen_later_still_locks_now(house):
    """A newer speed would keep the state from going stale; the gear beside it says that it may drive off."""
    await house.park(house.feed())
    house.clock.advance(1)
    said = {signals.SPEED: "0", signals.SELECTED_GEAR: "127"}
    receipt = await house.report_batch(feed(), batch(*samples(said, house.clock.now_ms())))
    assert receipt.refused == {"batch-cannot-unlock": 2}
    assert await state(house) is DrivingState.UNKNOWN


async def test_of_a_broken_event_in_a_batch_the_rest_locks(house):
    await house.park(house.feed())
    house.clock.advance(0.1)
    stamp = iso_z(house.clock.now())
    data = [{"path": signals.SPEED, "dp": {"value": "42", "ts": stamp}}, {"path": signals.FUEL, "dp": {}}]
    body = json.dumps([{"action": "subscription", "data": data}]).encode()
    receipt = await house.report_batch(feed(), backfill.read(body, lines=False))
    assert (receipt.events, receipt.current) == (1, 1)
    assert receipt.refused == {"message-malformed": 1, "bad-value": 1}
    assert await state(house) is DrivingState.MOVING


async def test_more_current_samples_than_are_judged_lock_unread(house, monkeypatch):
    """One of them may say that it moves, or takes back what a condition leans on."""
    looked, accept = [], acceptance.accept
    monkeypatch.setattr(acceptance, "accept", lambda *told: looked.append(told) or accept(*told))
    live = house.feed()
    await house.tell(live, {signals.AUTONOMY: "SAE_3", signals.PASSENGER_SEAT: "OCCUPIED"})
    await house.park(live)
    now_ms = house.clock.now_ms()
    crowd = [Sample(signals.SPEED, "0", now_ms - n) for n in range(SAMPLES_LIMIT)]
    looked.clear()
    await house.report_batch(feed(), batch(*crowd))
    assert len(looked) >= SAMPLES_LIMIT
    assert await state(house) is DrivingState.PARKED
    looked.clear()
    receipt = await house.report_batch(
        feed(), batch(*crowd, Sample(signals.SPEED, "9", now_ms), Sample(FUEL, "30", now_ms - 60_000))
    )
    assert len(looked) <= 2 * len(acceptance.DOUBT)
    assert (receipt.current, receipt.stored) == (0, 1)
    assert receipt.refused == {"batch-too-many-current": SAMPLES_LIMIT + 1}
    assert house.refused["batch-too-many-current"] == SAMPLES_LIMIT + 1
    assert await state(house) is DrivingState.UNKNOWN
    kept = await house.states.read("veh_1")
    assert kept.disputed_ms.keys() == {signals.AUTONOMY, signals.PASSENGER_SEAT}


async def test_a_little_late_it_locks_for_a_while(house):
    await house.park(house.feed())
    house.clock.advance(0.1)
    await house.report_batch(feed(), batch(Sample(signals.SPEED, "42", house.clock.now_ms() - 4_000)))
    assert await state(house) is DrivingState.UNKNOWN


async def test_no_row_of_batches_unlocks(house):
    for _ in range(10):
        house.clock.advance(1)
        receipt = await house.report_batch(
            feed(), batch(*samples({**PARKED, signals.CHARGE: "41"}, house.clock.now_ms()))
        )
        assert (receipt.current, receipt.refused) == (1, {"batch-cannot-unlock": 4})
        assert await state(house) is DrivingState.UNKNOWN
    assert house.refused == {"batch-cannot-unlock": 40}


async def test_what_might_permit_in_some_market_is_never_taken_from_a_batch(house):
    said = {
        "Vehicle.Powertrain.TractionBattery.Charging.IsCharging": "true",
        "Vehicle.Cabin.Seat.Row1.DriverSide.OccupancyStatus": "EMPTY",
        signals.AUTONOMY: "SAE_3",
        signals.SPEED: "50",
    }
    receipt = await house.report_batch(feed(), batch(*samples(said, house.clock.now_ms())))
    assert (receipt.current, receipt.refused) == (1, {"batch-cannot-unlock": 3})
    house.clock.advance(1)
    told = {signals.AUTONOMY: "SAE_3_DISENGAGING"}
    assert (await house.report_batch(feed(), batch(*samples(told, house.clock.now_ms())))).current == 1


class _Kept:
    """One state and its facts, in memory: for the property, which needs thousands of them."""

    def __init__(self, state: VehicleState) -> None:
        self.state, self.kept = state, {}

    async def swap(self, _vehicle_id, _before, after, **_):
        self.state = after
        return Swapped()

    async def read(self, _vehicle_id):
        return self.state

    async def claim_switch(self, *_):
        return True


async def _france(_vehicle_id):
    return ("FR",)


class _Facts(_Kept):
    async def read(self, _vehicle_id):
        return self.kept

    async def keep(self, _vehicle_id, facts):
        self.kept |= facts


NOW = 1_800_000_000_000
TEXTS = st.sampled_from(["0", "1.5", "42", "-3", "126", "127", "true", "false", "SAE_3_DISENGAGING", "SAE_3"])
SAMPLES = st.lists(
    st.builds(
        Sample,
        st.sampled_from(sorted(driving_state.SAFETY)) | st.sampled_from(sorted(signals.SIGNALS)),
        TEXTS,
        st.integers(-3_000, 12_000).map(lambda ms: NOW - ms),
    ),
    max_size=12,
)
BEFORE = st.builds(
    lambda values, for_ms, ago_ms, manual: standing(NOW - ago_ms, values, for_ms, manual),
    st.sampled_from(
        [PARKED, DRIVING, {**DRIVING, signals.SPEED: "0", signals.IS_MOVING: "false"}]
    ),
    st.integers(0, 6_000),
    st.integers(0, 4_000),
    st.booleans(),
) | st.just(VehicleState())  # fmt: skip
STRICT = {DrivingState.PARKED: 0, DrivingState.IDLING: 1}


@pytest.mark.parametrize("past_only", [True, False])
def test_no_batch_ever_makes_it_less_strict(anyio_backend, past_only, clock):
    @settings(max_examples=300)
    @given(
        BEFORE,
        SAMPLES,
        st.booleans(),
        st.sampled_from(["", "hu_2"]),
        st.lists(st.integers(0, 12_000), max_size=6),
    )
    def holds(before, said, manual, unit_id, later_ms):
        import asyncio

        from kernel.clock import from_ms

        clock.moment = from_ms(NOW)
        kept = _Kept(before)
        report = ReportVehicleState(kept, clock, lambda _code: None, lambda *_: None, POLICIES, None, _france)
        if past_only:
            said = [Sample(one.path, one.text, one.vehicle_ms - 14_000) for one in said]
        take = ReportBatch(report, kept, _Facts(before), clock, lambda _code: None)
        receipt = asyncio.run(take(feed(manual, unit_id), batch(*said)))
        assert receipt.current + receipt.stored + sum(receipt.refused.values()) == len(said)
        if past_only:
            assert kept.state == before
        for ms in (0, *later_ms):
            after = STRICT.get(judge(kept.state, NOW + ms)[0], 2)
            assert after >= STRICT.get(judge(before, NOW + ms)[0], 2)

    holds()
