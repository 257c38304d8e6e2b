"""Feeds by way of a broker: who is looked for and how often, who is heard, who is not."""

import json
from dataclasses import dataclass, field

import pytest

from kernel.clock import from_ms, iso_z
from kernel.errors import Forbidden
from players.feed import mqtt_address, signals
from players.feed.driving_state import DrivingState, judge
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role
from players.feed.hold_mqtt_feeds import GIVE_UP_MS, HoldMqttFeeds
from players.feed.rate import BURST_S, CONNECTION_PER_S
from players.feed.viss import LOCATION_SUBSCRIPTIONS, SUBSCRIPTIONS, Version, encode_event
from tests.players.house import DRIVING, samples

ALL = len(SUBSCRIPTIONS + LOCATION_SUBSCRIPTIONS)


@dataclass
class Sent:
    """What would go to the broker."""

    messages: list[tuple[str, dict]] = field(default_factory=list)

    async def __call__(self, topic: str, payload: bytes) -> None:
        told = json.loads(payload)
        self.messages.append((topic, json.loads(told["request"])))

    def taken(self) -> list[tuple[str, str]]:
        """Topic and action of each, told once."""
        found = [(topic, one["action"]) for topic, one in self.messages]
        self.messages.clear()
        return found


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def held(house, sent) -> HoldMqttFeeds:
    h = house
    return HoldMqttFeeds(h.ears, h.units, h.read_vehicle, h.mqtt_feeds, h.signer, h.new_id, sent)


@pytest.fixture
async def address(house):
    unit, _ = house.unit()
    return await house.ask_for_mqtt(unit.head_unit_id, Version.V2, house.clock.now_ms())


def event(house, values=DRIVING) -> bytes:
    now_ms = house.clock.now_ms()
    return encode_event(samples(values, now_ms), now_ms)


def reply(house, request: dict) -> bytes:
    ts = iso_z(from_ms(house.clock.now_ms()))
    return json.dumps({"action": request["action"], "requestId": request["requestId"], "ts": ts}).encode()


async def state(house) -> DrivingState:
    return judge(await house.states.read("veh_1"), house.clock.now_ms())[0]


async def test_who_asked_is_looked_for_less_and_less_often_and_given_up(house, held, sent, address):
    seconds = []
    for second in range(GIVE_UP_MS // 1000 + 10):
        await held.look()
        if sent.taken():
            seconds.append(second)
        house.clock.advance(1)
    assert seconds[:8] == [0, 1, 3, 7, 15, 31, 63, 123]
    assert GIVE_UP_MS // 1000 - 60 < seconds[-1] <= GIVE_UP_MS // 1000


async def test_who_answers_is_subscribed_to_once_and_measured(house, held, sent, address):
    await held.look()
    ((topic, probe),) = sent.messages
    assert (topic, probe["action"]) == (address.request_topic, "get")
    sent.messages.clear()
    await held.hear(address.reply_topic, reply(house, probe))
    assert sent.taken() == [(address.request_topic, "subscribe")] * ALL
    assert len(house.offsets) == 1
    for _ in range(3):
        await held.hear(address.reply_topic, event(house))
        house.clock.advance(1)
    assert sent.taken() == []
    assert await state(house) is DrivingState.MOVING


async def test_a_vehicle_that_says_that_it_has_started_is_asked_at_once(house, held, sent, address):
    await held.look()
    await held.hear(address.reply_topic, reply(house, sent.messages[-1][1]))
    sent.taken()
    house.clock.advance(20)
    await held.look()
    await held.hear(address.reply_topic, reply(house, sent.messages[-1][1]))
    assert sent.taken() == [(address.request_topic, "get")]  # it was subscribed to 20 s ago
    unit_id = address.vid
    assert await house.ask_for_mqtt(unit_id, Version.V2, house.clock.now_ms()) == address
    await held.look()
    await held.hear(address.reply_topic, reply(house, sent.messages[-1][1]))
    assert sent.taken().count((address.request_topic, "subscribe")) == ALL


async def test_an_event_alone_is_enough_to_be_known(house, held, sent, address):
    """After a restart of ours the vehicle goes on, and knows nothing of it."""
    await held.hear(address.reply_topic, event(house))
    assert await state(house) is DrivingState.MOVING
    assert house.units.unit((await house.states.read("veh_1")).teller)


async def test_what_came_together_is_judged_in_order_and_written_once(house, held, address, monkeypatch):
    writes = []
    swap = house.states.swap

    async def counted(*args, **options):
        writes.append(args)
        return await swap(*args, **options)

    await held.hear(address.reply_topic, event(house))
    monkeypatch.setattr(house.states, "swap", counted)
    events = []
    for _ in range(4):
        house.clock.advance(0.2)
        events.append(event(house))
    await held.hear(address.reply_topic, *events)
    assert len(writes) == 1
    speed = (await house.states.read("veh_1")).readings[signals.SPEED]
    assert speed.vehicle_ms == house.clock.now_ms()
    assert house.refused == {}


async def test_a_topic_that_is_not_signed_is_refused_by_name_and_looked_at_once_a_minute(
    house, held, address
):
    forged = address.reply_topic[:-1] + ("A" if address.reply_topic[-1] != "A" else "B")
    for _ in range(5):
        await held.hear(forged, event(house))
    assert house.refused == {"signature-invalid": 1}
    house.clock.advance(60)
    await held.hear(forged, event(house))
    assert house.refused == {"signature-invalid": 2}
    assert await state(house) is DrivingState.UNKNOWN


async def test_a_revoked_unit_is_heard_no_more(house, held, sent, address):
    await held.hear(address.reply_topic, event(house))
    await house.revoke(address.vid)
    house.clock.advance(10)
    before = await house.states.read("veh_1")
    await held.hear(address.reply_topic, event(house))
    await held.hear(address.reply_topic, event(house))
    assert await house.states.read("veh_1") == before
    assert house.refused == {"credential-revoked": 1}
    house.clock.advance(60)
    await held.hear(address.reply_topic, event(house))
    assert house.refused == {"credential-revoked": 2}


async def test_a_screen_may_not_report_by_mqtt_either(house, held):
    house.unit()
    screen = house.enrol(house.issue_code(CodeTerms("veh_1", Role.SCREEN)))
    address = mqtt_address.address(house.signer, "mqtt://b", screen.head_unit_id, Version.V3)
    await held.hear(address.reply_topic, event(house))
    assert house.refused == {"role-cannot-report": 1}


async def test_a_flood_is_cut_off(house, held, sent, address):
    for _ in range(BURST_S * CONNECTION_PER_S + 10):
        await held.hear(address.reply_topic, b"{}")
        if house.refused["too-many-messages"]:
            break
    else:
        assert house.refused["message-malformed"] == 21  # nonsense alone ends it sooner
    before = dict(house.refused)
    await held.hear(address.reply_topic, event(house))
    assert dict(house.refused) == before
    assert await state(house) is DrivingState.UNKNOWN


def test_topics_open_for_the_unit_that_they_were_made_for(signer):
    for version in Version:
        found = mqtt_address.address(signer, "mqtt://b", "hu_1", version)
        assert mqtt_address.open_topic(signer, found.reply_topic) == ("hu_1", version)
        assert found.reply_topic.startswith("roadcast/feeds/hu_1/")
        assert found.reply_topic.count("/") == 3
    mark = found.reply_topic.rpartition("/")[2]
    for topic in ("", "roadcast/feeds/hu_2/" + mark, "roadcast/feeds/hu_1", "roadcast/feeds//", "x" * 9_999):
        with pytest.raises(Forbidden, match="signature-invalid"):
            mqtt_address.open_topic(signer, topic)
