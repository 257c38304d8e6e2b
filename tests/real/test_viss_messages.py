"""The messages that we send, and those that we take, against COVESA's schema of VISS 3."""

import json
from collections.abc import Iterator

import jsonschema
import pytest
from jsonschema.protocols import Validator
from referencing import Registry, Resource

from kernel.clock import from_ms, iso_z
from players.feed import signals, viss
from players.feed.vehicle_state import Refusal, Rejection, Sample
from players.feed.viss import BadMessage, Event, Fault, Reply, Version, decode

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
    complaints = [viss.of_message(BadMessage(fault, "Why.", "9")) for fault in Fault]
    complaints += [viss.of_sample(Refusal("Vehicle.X", reason, "why")) for reason in Rejection]
    complaints.append(viss.of_lateness(64_200))
    for one in complaints:
        schema.validate(json.loads(one.encode(Version.V3, NOW, subscription_id)))


def test_what_our_own_cars_send_is_valid(schema):
    one = Sample(signals.SPEED, "42.5", NOW)
    for samples in ((one,), (one, Sample(signals.SELECTED_GEAR, "126", NOW))):
        schema.validate(json.loads(viss.encode_event(samples, NOW)))


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
            "ts": TS,
            "error": {"number": "404", "reason": "unavailable_data", "description": "None."},
        },
        0,
    ),
]
REPLIES = [
    {"action": "subscribe", "subscriptionId": "1", "ts": TS, "requestId": "n-1"},
    {"action": "unsubscribe", "ts": TS, "requestId": "n-1"},
    {"action": "get", "ts": TS, "requestId": "n-1", "data": OBJECT},
    {
        "action": "get",
        "ts": TS,
        "requestId": "n-1",
        "error": {"number": "404", "reason": "unavailable_data", "description": "None."},
    },
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
