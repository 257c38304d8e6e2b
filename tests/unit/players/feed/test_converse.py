"""What many messages that wait cost the others: turns are counted, not time."""

import msgspec
import pytest

from players.adapters.redis_vehicle_states import RedisVehicleStates
from players.feed import signals, viss
from players.feed.acceptance import SAMPLES_LIMIT, Sample
from players.feed.converse import Conversation
from players.feed.driving_state import DrivingState, judge
from players.feed.rate import BURST_S, CONNECTION_PER_S, Bucket
from players.feed.viss import Version
from tests.players.house import DRIVING, PARKED, samples

FULL = BURST_S * CONNECTION_PER_S


@pytest.fixture
def bucket() -> Bucket:
    return Bucket(CONNECTION_PER_S)


@pytest.fixture
def talk(house, bucket) -> Conversation:
    async def ask(_request: bytes) -> None:
        """The vehicle does not answer."""

    return Conversation(
        house.ears, house.feed(), Version.V2, "n", ask, house.unit()[0].head_unit_id, [bucket]
    )


@pytest.fixture
def written(monkeypatch) -> list[int]:
    """The time of the speed in each state that was written."""
    writes: list[int] = []
    swap = RedisVehicleStates.swap

    async def counting(self, vehicle_id, before, after, **how):
        writes.append(after.readings[signals.SPEED].vehicle_ms)
        return await swap(self, vehicle_id, before, after, **how)

    monkeypatch.setattr(RedisVehicleStates, "swap", counting)
    return writes


def speeds(first_ms: int, count: int) -> bytes:
    return viss.encode_event(tuple(Sample(signals.SPEED, "0", first_ms + n) for n in range(count)), first_ms)


async def test_between_messages_that_hold_much_others_are_heard(house, talk, written):
    await talk.take(speeds(house.clock.now_ms() - 2_000, 1))
    written.clear()
    now_ms = house.clock.now_ms()
    await talk.take(*(speeds(now_ms - 1_000 + n * 200, 200) for n in range(3)))
    assert written == [now_ms - 1_000 + 399, now_ms - 1_000 + 599]


async def test_messages_that_hold_little_are_written_once(house, talk, written):
    await talk.take(speeds(house.clock.now_ms() - 2_000, 1))
    written.clear()
    await talk.take(*(speeds(house.clock.now_ms() - 1_000 + n * 4, 4) for n in range(64)))
    assert len(written) == 1


async def test_a_feed_is_charged_for_the_samples_and_closed(house, talk, bucket):
    """All that was let through is judged: the last message says that it drives, and counts whole."""
    await house.park(talk.feed)
    now_ms = house.clock.now_ms()
    assert bucket.take(now_ms)
    bucket.charge(FULL - 2)  # one is left
    driving = samples(DRIVING, now_ms + 1) + tuple(Sample("Vehicle.Foo", "1", now_ms) for _ in range(200))
    await talk.take(viss.encode_event(driving, now_ms))
    assert judge(talk.feed.state, now_ms)[0] is DrivingState.MOVING
    parked = viss.encode_event(samples(PARKED, now_ms + 2), now_ms)
    assert (await talk.take(parked)).closing == "too-many-messages"
    assert judge(talk.feed.state, now_ms)[0] is DrivingState.MOVING


async def test_what_is_read_of_broken_and_of_too_large_events_is_charged_too(house, talk, bucket):
    now_ms = house.clock.now_ms()
    broken = speeds(now_ms, 200)[:-1].replace(b'"subscriptionId":"1"', b'"subscriptionId":1') + b"}"
    for raw, cost in ((broken, 200), (speeds(now_ms, SAMPLES_LIMIT + 1), SAMPLES_LIMIT)):
        house.clock.advance(10)
        left = FULL - cost
        outcome = await talk.take(raw)
        assert outcome.answers
        assert sum(bucket.take(house.clock.now_ms()) for _ in range(FULL)) == left


async def test_a_feed_without_what_was_told_before_is_told_what_is_missing_once(house, talk):
    """Told by another connection, and never again: without a word its vehicle would just never park."""
    await house.tell(house.feed(), PARKED)
    less = {path: value for path, value in PARKED.items() if path != signals.IS_MOVING}
    answers = []
    for _ in range(20):
        house.clock.advance(1)
        now_ms = house.clock.now_ms()
        outcome = await talk.take(viss.encode_event(samples(less, now_ms), now_ms))
        answers += [msgspec.json.decode(answer)["error"] for answer in outcome.answers]
    (error,) = answers
    assert error["reason"] == judge(talk.feed.state, now_ms)[1] == "heartbeat-stale"
    assert error["message"].startswith("Vehicle.IsMoving: told before")


async def test_a_feed_that_repeats_all_is_told_nothing(house, talk):
    await house.tell(house.feed(), PARKED)
    for _ in range(20):
        house.clock.advance(1)
        now_ms = house.clock.now_ms()
        told = viss.encode_event(samples(PARKED, now_ms), now_ms)
        assert (await talk.take(told)).answers == ()
    assert judge(talk.feed.state, now_ms)[0] is DrivingState.PARKED
