"""The messages that we send, and those that we take, against COVESA's schema of VISS 3."""

import json
from collections import Counter
from collections.abc import Iterator

import jsonschema
import pytest
from jsonschema.protocols import Validator
from referencing import Registry, Resource

from kernel.clock import from_ms, iso_z
from players.feed import complaint, signals, viss
from players.feed.acceptance import Refusal, Rejection, Sample
from players.feed.converse import Conversation
from players.feed.feed import Feed
from players.feed.mqtt_address import envelope
from players.feed.rate import Bucket
from players.feed.viss import BadMessage, Event, Fault, Reply, Version, decode
from tests.players.house import PlayersHouse

NOW = 1_800_000_000_123
TS = iso_z(from_ms(NOW))
ROOT = "https://covesa.global"


@pytest.fixture(scope="module")
def schema(real_data) -> Validator:
    """The bundle, whose references leave out the host."""
    bundle = json.loads((real_data / "vehicle" / "vissv3.0-schema.json").read_text())
    parts = [(bundle["$id"], bundle), *bundle["$defs"].items()]
    named = [(name, Resource.from_contents(part)) for name, part in parts]
    short = [(name.removeprefix(ROOT), part) for name, part in named]
    registry = Registry().with_resources([*named, *short])
    return jsonschema.Draft202012Validator(bundle, registry=registry)


def requests() -> Iterator[bytes]:
    for path, period_ms in viss.SUBSCRIPTIONS + viss.LOCATION_SUBSCRIPTIONS:
        for version in range(3, 7):
            yield viss.subscribe(path, period_ms, "n-1", Version.V3, version)
            yield viss.get(path, "n-2", version)
    yield viss.unsubscribe("12", "n-3")


def test_every_request_is_valid(schema):
    for raw in requests():
        schema.validate(json.loads(raw))


def test_the_schema_does_refuse(schema):
    for wrong in (
        {"action": "sing"},
        {"action": "subscribe", "path": "Vehicle.Speed", "filter": {"type": "timebased"}},
        {"action": "subscription", "error": {"number": 400, "reason": "x", "message": "y"}, "ts": TS},
    ):
        assert not schema.is_valid(wrong)


@pytest.mark.parametrize("subscription_id", ["", "12"])
def test_every_error_is_valid(schema, subscription_id):
    told = [complaint.of_message(BadMessage(fault, "Why.", "9")) for fault in Fault]
    told += [complaint.of_sample(Refusal("Vehicle.X", reason, "why")) for reason in Rejection]
    told.append(complaint.of_lateness(64_200))
    for one in told:
        schema.validate(json.loads(one.encode(Version.V3, NOW, subscription_id)))


def test_what_our_own_cars_send_is_valid(schema):
    one = Sample(signals.SPEED, "42.5", NOW)
    for samples in ((one,), (one, Sample(signals.SELECTED_GEAR, "126", NOW))):
        schema.validate(json.loads(viss.encode_event(samples, NOW)))


REQUESTS = ("get", "subscribe", "unsubscribe")
POINT = {"value": "42.5", "ts": TS}
OBJECT = {"path": "Vehicle.Speed", "dp": POINT}
TAKEN = [
    ({"action": "subscription", "subscriptionId": "1", "ts": TS, "data": OBJECT}, 1),
    ({"action": "subscription", "subscriptionId": "1", "ts": TS, "data": [OBJECT, OBJECT]}, 2),
    (
        {"action": "subscription", "subscriptionId": "1", "ts": TS, "data": {**OBJECT, "dp": [POINT, POINT]}},
        2,
    ),
    (
        {
            "action": "subscription",
            "subscriptionId": "1",
            "ts": TS,
            "data": {"path": "Vehicle.X", "dp": {"value": ["a", "b"], "ts": TS}},
        },
        1,
    ),
    (
        {
            "action": "subscription",
            "subscriptionId": "1",
            "requestId": "n-1",
            "ts": TS,
            "data": [
                OBJECT,
                {"path": "Vehicle.X", "dp": [{"value": {"a": "1", "b": {"c": "2"}}, "ts": TS}, POINT]},
            ],
        },
        3,
    ),
    (
        {
            "action": "subscription",
            "subscriptionId": "1",
            "ts": TS,
            "error": {"number": "404", "reason": "unavailable_data", "description": "None."},
        },
        0,
    ),
]
ERROR = {"number": "404", "reason": "unavailable_data", "description": "None."}
REPLIES = [
    {"action": "subscribe", "subscriptionId": "1", "ts": TS, "requestId": "n-1"},
    {"action": "subscribe", "subscriptionId": "1", "authorization": "x", "ts": TS, "requestId": "n-1"},
    {"action": "unsubscribe", "ts": TS, "requestId": "n-1"},
    {"action": "get", "ts": TS, "requestId": "n-1", "data": OBJECT},
    {"action": "get", "ts": TS, "requestId": "n-1", "data": [OBJECT, {**OBJECT, "dp": [POINT, POINT]}]},
    {"action": "get", "ts": TS, "requestId": "n-1", "metadata": {"Vehicle": {"type": "branch"}}},
    *({"action": action, "ts": TS, "requestId": "n-1", "error": ERROR} for action in ("get", "subscribe")),
]


@pytest.mark.parametrize(("message", "samples"), TAKEN)
def test_every_form_of_an_event_that_the_schema_allows_is_taken(schema, message, samples):
    schema.validate(message)
    event = decode(json.dumps(message))
    assert isinstance(event, Event)
    assert len(event.samples) == samples


@pytest.mark.parametrize("message", REPLIES)
def test_every_form_of_a_reply_is_taken_with_its_time(schema, message):
    schema.validate(message)
    reply = decode(json.dumps(message))
    assert isinstance(reply, Reply)
    assert (reply.request_id, reply.stamp) == ("n-1", from_ms(NOW))
    assert reply.error == ("404" if "error" in message else "")


NUMBERS = {
    "400": "bad_request", "401": "invalid_token", "403": "forbidden_request", "404": "unavailable_data",
    "408": "request_timeout", "429": "too_many_requests", "502": "bad_gateway", "503": "service_unavailable",
    "504": "gateway_timeout",
}  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("action", [*REQUESTS, "subscription"])
def test_every_error_of_a_vehicle_is_known_by_its_number_alone(schema, action, number):
    error = {"number": number, "reason": NUMBERS[number], "description": "Why."}
    message = {"action": action, "subscriptionId": "1", "requestId": "n-1", "ts": TS, "error": error}
    if action in REQUESTS:
        del message["subscriptionId"]
    if action != "unsubscribe":
        schema.validate(message)
    else:  # with an error it is an answer without one too, and the schema wants exactly one of them
        schema.validate({**message, "action": "get"})
    assert decode(json.dumps(message)).error == number
    # Version 2 has it as a number, with other words.
    older = {"number": int(number), "reason": "whatever", "message": "Why."}
    assert decode(json.dumps({**message, "error": older})).error == number


def as_version_3(message: dict) -> dict:
    """Version 2, of which there is no schema, differs in the filter's kind and in what an error is called."""
    if "filter" in message:
        parts = {("variant" if name == "type" else name): part for name, part in message["filter"].items()}
        message = {**message, "filter": parts}
    if "error" in message:
        error = message["error"]
        assert isinstance(error["number"], int)
        told = {"number": str(error["number"]), "reason": "bad_request", "description": error["message"]}
        message = {"subscriptionId": "", **message, "error": told}
    return message


@pytest.fixture
def house(aredis, database, clock, signer, new_id) -> PlayersHouse:
    return PlayersHouse(aredis, database, clock, signer, new_id)


class Talk:
    """A conversation by whatever transport, and all that the server says in it."""

    def __init__(self, house: PlayersHouse, version: Version, vss_version: int) -> None:
        self.house, self.said, self.closing = house, [], ""
        self.feed = Feed("veh_1", vss_version, True, opened_ms=house.clock.now_ms())
        unit_id = house.unit()[0].head_unit_id
        self.talk = Conversation(house.ears, self.feed, version, "n", self._ask, unit_id, [Bucket(20)])

    async def _ask(self, raw: bytes) -> None:
        self.said.append(json.loads(raw))

    def ts(self, off_ms: int = 0) -> str:
        return iso_z(from_ms(self.house.clock.now_ms() + off_ms))

    async def hear(self, message: dict | str, after_s: float = 0.5) -> None:
        self.house.clock.advance(after_s)
        outcome = await self.talk.take(message if isinstance(message, str) else json.dumps(message))
        self.said += [json.loads(answer) for answer in outcome.answers]
        self.closing = outcome.closing

    def event(self, path: str, text: str, off_ms: int = 0) -> dict:
        ts = self.ts(off_ms)
        data = {"path": path, "dp": {"value": text, "ts": ts}}
        return {"action": "subscription", "subscriptionId": "7", "requestId": "c", "ts": ts, "data": data}


async def whole_conversation(house: PlayersHouse, version: Version, vss_version: int) -> list[dict]:
    """Subscribed, complained to in every way, asked the time, unsubscribed, subscribed afresh, closed."""
    one = Talk(house, version, vss_version)
    await one.talk.subscribe()
    for n, request in enumerate(list(one.said)):
        reply = {"action": "subscribe", "requestId": request["requestId"], "subscriptionId": str(n)}
        await one.hear({**reply, "ts": one.ts()}, 0.1)
    for wrong in (
        "no JSON",
        "x" * 70_000,
        {"action": 1},
        {"action": "set", "path": signals.SPEED, "value": "3", "requestId": "c"},
        {"action": "subscription", "requestId": "c"},
        {**one.event(signals.SPEED, "3"), "data": [OBJECT] * 300},
    ):
        await one.hear(wrong)
    for path, text, off_ms in (
        ("Vehicle.Toaster", "on", 0),
        (signals.SPEED, "fast", 0),
        (signals.SPEED, "3", 5_000),
        (signals.SPEED, "3", -20_000),
    ):
        await one.hear(one.event(path, text, off_ms))
    one.feed.hide()  # the owner has taken back the consent
    await one.hear(one.event(signals.SPEED, "0"), 60)
    await one.talk.subscribe()
    while not one.closing:
        await one.hear(one.event(signals.SPEED, "0"), 0)
    assert one.closing == "too-many-messages"
    return one.said


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("vss_version", [3, 4, 5, 6])
async def test_all_that_is_said_in_a_whole_conversation_is_valid(house, schema, version, vss_version):
    said = await whole_conversation(house, version, vss_version)
    for message in said:
        schema.validate(message if version is Version.V3 else as_version_3(message))
    kinds = Counter((one["action"], "error" in one) for one in said)
    requests = {(action, False) for action in REQUESTS}
    assert kinds.keys() == {*requests, ("subscription", True)}
    assert kinds["subscription", True] >= 10
    # And by a broker, the same in an envelope.
    for request in said:
        wrapped = json.loads(envelope("roadcast/feeds/x/3.y", json.dumps(request).encode()))
        assert wrapped == {"topic": "roadcast/feeds/x/3.y", "request": json.dumps(request)}
