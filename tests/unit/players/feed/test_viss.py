"""The codec: what a vehicle may say, and that nothing else gets past it."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from players.feed import signals
from players.feed.acceptance import DOUBT, UNDATED_MS, Sample
from players.feed.viss import (
    BadMessage,
    Event,
    Fault,
    Reply,
    Version,
    decode,
    encode_event,
    get,
    subscribe,
)

NOW = 1_800_000_000_123
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
ALMOST = st.fixed_dictionaries(
    {"action": st.sampled_from(["subscription", "subscribe", "get", "set"]) | JSON},
    optional={"data": JSON, "error": JSON, "requestId": JSON, "ts": JSON},
)


@given(st.binary() | (JSON | ALMOST).map(json.dumps))
def test_nothing_but_a_message_or_a_named_fault(raw):
    with suppress(BadMessage):
        assert isinstance(decode(raw), Event | Reply)


SAMPLES = st.lists(
    st.builds(
        Sample, st.sampled_from(sorted(signals.SIGNALS)), st.text(max_size=40), st.integers(0, 4 * 10**12)
    ),
    max_size=20,
)


@given(SAMPLES)
def test_what_a_vehicle_says_arrives_oldest_first(samples):
    heard = decode(encode_event(tuple(samples), NOW))
    assert list(heard.samples) == sorted(samples, key=lambda one: one.vehicle_ms)


def test_offsets_and_finer_times_are_understood():
    times = ("2026-01-01T11:00:00.1234567+01:00", "2026-01-01T10:00:00Z")
    data = {"path": "Vehicle.Speed", "dp": [{"value": "1", "ts": ts} for ts in times]}
    event = decode(json.dumps({"action": "subscription", "data": [data]}))
    assert [one.vehicle_ms for one in event.samples] == [1767261600000, 1767261600123]


def test_the_vehicles_answers_to_our_requests():
    agreed = '{"action":"subscribe","requestId":"7","subscriptionId":"12","ts":"2026-01-01T10:00:00Z"}'
    assert decode(agreed) == Reply("7", "", "12", datetime(2026, 1, 1, 10, tzinfo=UTC))
    for number in ('"404"', "404"):
        refused = f'{{"action":"subscribe","requestId":"7","error":{{"number":{number},"reason":"x"}}}}'
        assert decode(refused) == Reply("7", "404")


def test_subscriptions_use_the_vehicles_own_names():
    asked = json.loads(subscribe(signals.ODOMETER, 2_000, "4", Version.V3, 3))
    assert asked["path"] == "Vehicle.TravelledDistance"
    assert asked["filter"] == {"variant": "timebased", "parameter": {"period": "2000"}}


def test_a_value_of_several_parts_spoils_no_other_sample():
    data = [
        {"path": "Vehicle.Speed", "dp": {"value": "7", "ts": "2026-01-01T10:00:00Z"}},
        {"path": "Vehicle.Cabin.Doors", "dp": {"value": ["a", "b"], "ts": "2026-01-01T10:00:00Z"}},
        {"path": "Vehicle.Cabin.Seats", "dp": {"value": {"a": "b"}, "ts": "2026-01-01T10:00:00Z"}},
    ]
    event = decode(json.dumps({"action": "subscription", "data": data}))
    assert [one.text for one in event.samples] == ["7", "[…]", "[…]"]


def test_a_value_that_is_no_text_or_none_spoils_no_other_sample():
    values = [42.5, 0, True, None, 10**30, "x" * 257, "127"]
    data = [{"path": "Vehicle.X", "dp": {"value": one, "ts": "2026-01-01T10:00:00Z"}} for one in values]
    data.append({"path": "Vehicle.X", "dp": {"ts": "2026-01-01T10:00:00Z"}})
    event = decode(json.dumps({"action": "subscription", "data": data}))
    assert [one.text for one in event.samples] == ["[…]"] * 6 + ["127", "[…]"]


def test_an_event_may_bear_an_error():
    raw = (
        '{"action":"subscription","subscriptionId":"3","error":{"number":"404","reason":"unavailable_data"}}'
    )
    assert decode(raw) == Event((), "3", "404")


def test_asking_the_time_asks_for_a_signal_by_its_name_there():
    assert json.loads(get(signals.ODOMETER, "n-1", 3)) == {
        "action": "get",
        "path": "Vehicle.TravelledDistance",
        "requestId": "n-1",
    }


def test_of_a_broken_event_the_rest_is_salvaged_oldest_first_and_without_its_places():
    data = [
        {"path": signals.SPEED, "dp": [{"value": "1", "ts": "2026-01-01T10:00:01Z"}, {"value": "2"}]},
        {"path": signals.SELECTED_GEAR, "dp": {"value": 126, "ts": "2026-01-01T10:00:00Z"}},
        {"path": signals.LATITUDE, "dp": {"value": "48.1", "ts": "2026-01-01T10:00:00Z"}},
        {"path": 7, "dp": {"value": "1", "ts": "2026-01-01T10:00:00Z"}},
        {"path": signals.IS_MOVING},
        "nonsense",
    ]
    with pytest.raises(BadMessage) as refused:
        decode(json.dumps({"action": "subscription", "data": data}))
    assert refused.value.fault is Fault.MALFORMED
    assert refused.value.salvaged == (
        Sample(signals.SELECTED_GEAR, "[…]", 1767261600000),
        Sample(signals.SPEED, "1", 1767261601000),
        Sample(signals.SPEED, "2", UNDATED_MS),
        Sample(signals.IS_MOVING, "[…]", UNDATED_MS),
    )


@pytest.mark.parametrize(
    "raw",
    [
        '{"action":"set","data":{"path":"Vehicle.Speed","dp":{"value":"1"}}}',
        '{"action":"subscription","data":{"path":"Vehicle.Speed","dp":{"value":"1"}}',
    ],
    ids=["no event", "no JSON"],
)
def test_of_what_is_no_event_nothing_is_salvaged(raw):
    with pytest.raises(BadMessage) as refused:
        decode(raw)
    assert refused.value.salvaged == ()


@pytest.mark.parametrize("point", [{"value": "1"}, {"value": "1", "ts": "2026-06-15T10:00:00Z"}])
def test_doubt_stands_for_what_is_too_many_to_judge(point):
    raw = json.dumps({"action": "subscription", "data": {"path": "Vehicle.Speed", "dp": [point] * 257}})
    with pytest.raises(BadMessage) as refused:
        decode(raw)
    assert refused.value.salvaged == DOUBT
