"""What a car said in VISS, read from a log to be said again."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotarget.distance import geodesic_m
from kernel.clock import from_ms, iso_z
from kernel.errors import Invalid, TooLarge
from players.feed import recording, signals, viss, viss_log
from players.feed.acceptance import Sample
from players.feed.evidence import LOW_VOLTAGE
from players.feed.trace import Trace
from players.feed.viss_log import VissLog, read, shifted

BEGAN = 1_800_000_000_000


def ts(at_ms: int) -> str:
    return iso_z(from_ms(BEGAN + at_ms))


def point(path: str, text: str, at_ms: int) -> dict:
    return {"path": path, "dp": {"value": text, "ts": ts(at_ms)}}


def event(at_ms: int, *data: dict, **more) -> dict:
    told = data[0] if len(data) == 1 else list(data)
    return {"action": "subscription", "subscriptionId": "1", "data": told, "ts": ts(at_ms), **more}


def log(*messages: dict | str) -> bytes:
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in messages).encode()


SPEED = event(0, point(signals.SPEED, "0", -20))
CONVERSATION = log(
    # What our own server and a car say to each other, as a proxy would write it down.
    viss.subscribe(signals.SPEED, 500, "n-1", viss.Version.V2, 6).decode(),
    viss.subscribe(signals.SPEED, 500, "n-2", viss.Version.V3, 6).decode(),
    {"action": "subscribe", "requestId": "n-1", "subscriptionId": "1", "ts": ts(-50)},
    {"action": "get", "ts": ts(-40), "error": {"number": 404, "reason": "x", "message": "y"}},
    SPEED,
    "",
    event(500, point(signals.SELECTED_GEAR, "126", 480), point(LOW_VOLTAGE, "ACC", 490)),
    {"action": "get", "requestId": "n-4", "data": point(signals.CHARGE, "79.5", 700), "ts": ts(800)},
    event(1000, {"path": signals.SPEED, "dp": [point("", "12.5", 900)["dp"], point("", "14", 980)["dp"]]}),
    {"action": "subscription", "subscriptionId": "1", "ts": ts(1100),
     "error": {"number": "404", "reason": "unavailable_data", "description": "None."}},
    event(1200, point(signals.SPEED, signals.NOT_AVAILABLE, 1150)),
    viss.unsubscribe("1", "n-5").decode(),
)  # fmt: skip


def test_what_the_car_told_is_kept_with_its_times_and_the_rest_is_passed_over():
    assert [(one.at_ms, one.samples) for one in read(CONVERSATION).messages] == [
        (0, (Sample(signals.SPEED, "0", -20),)),
        (500, (Sample(signals.SELECTED_GEAR, "126", 480), Sample(LOW_VOLTAGE, "ACC", 490))),
        (800, (Sample(signals.CHARGE, "79.5", 700),)),
        (1000, (Sample(signals.SPEED, "12.5", 900), Sample(signals.SPEED, "14", 980))),
        (1200, (Sample(signals.SPEED, signals.NOT_AVAILABLE, 1150),)),
    ]
    assert read(CONVERSATION).duration_ms == 1_200


def test_a_message_without_a_time_of_its_own_was_sent_with_its_newest_value():
    late = event(0, point(signals.SPEED, "1", 300), point(signals.IS_MOVING, "true", 400))
    del late["ts"]
    assert [one.at_ms for one in read(log(SPEED, late)).messages] == [0, 400]


def test_line_ends_and_a_mark_at_the_beginning_do_not_matter():
    assert read(b"\xef\xbb\xbf" + CONVERSATION.replace(b"\n", b"\r\n") + b"\r\n\r\n") == read(CONVERSATION)


def test_the_kind_of_a_file_is_told_by_how_it_begins():
    assert isinstance(recording.read(b"\n " + CONVERSATION), VissLog)
    csv = b"timestamp,lat,lon\n2026-01-01T10:00:00Z,48,-1.6\n"
    assert isinstance(recording.read(csv), Trace)


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (log(SPEED, "{"), "trace-malformed", "Line 2: The message is not JSON."),
        (log("", SPEED, "speed 12"), "trace-malformed", "Line 3: The message is not JSON."),
        (log(SPEED, "[]"), "trace-malformed", "Line 2: Expected `object`"),
        (log(SPEED, {"action": "sing"}), "trace-malformed", "Line 2: VISS has no action “sing”."),
        (log(SPEED, {"ts": ts(1)}), "trace-malformed", "Line 2: Object missing required field `action`"),
        (
            log(SPEED, event(1, {"path": signals.SPEED, "dp": 42.5})),
            "trace-malformed",
            "`$.data.dp`",
        ),
        (log(SPEED, event(1, {"path": signals.SPEED, "dp": {"value": "1"}})), "trace-malformed", "Line 2: "),
        (
            log(SPEED, event(1, {"path": signals.SPEED, "dp": {"value": "1", "ts": "10:00"}})),
            "trace-malformed",
            "Line 2: ",
        ),
        (log(event(5, point(signals.SPEED, "0", 5)), "", SPEED), "trace-time-not-rising", "Line 3 is"),
        (log(viss.unsubscribe("1", "n").decode()), "trace-empty", "tells a signal"),
        (b"[" + CONVERSATION.replace(b"\n", b",\n") + b"]", "trace-malformed", "Line 1: "),
        (log(SPEED, "x" * 70_000), "trace-malformed", "Line 2: A message has at most"),
        (log(event(0, *[point("Vehicle.X", "0", n) for n in range(257)])), "trace-malformed", "Line 1: An"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(data, code, told):
    with pytest.raises(Invalid) as caught:
        recording.read(data)
    assert caught.value.code == code
    assert told in caught.value.detail


@pytest.mark.parametrize(("name", "limit"), [("LINES_LIMIT", 3), ("SAMPLES_LIMIT", 2)])
def test_limits(monkeypatch, name, limit):
    monkeypatch.setattr(viss_log, name, limit)
    with pytest.raises(TooLarge, match="trace-too-long"):
        read(CONVERSATION)


def test_a_file_that_is_too_large(monkeypatch):
    monkeypatch.setattr(viss_log.trace, "SIZE_LIMIT_BYTES", 100)
    with pytest.raises(TooLarge, match="trace-too-large"):
        read(CONVERSATION)


def test_a_shift_moves_the_places_rigidly_and_nothing_else():
    places = [(0.0, 10.0), (0.001, 10.0), (0.001, 10.002)]
    messages = [
        event(n, point(signals.LATITUDE, str(north), n), point(signals.LONGITUDE, str(east), n))
        for n, (north, east) in enumerate(places)
    ]
    messages.insert(
        1, event(0, point(signals.LATITUDE, signals.NOT_AVAILABLE, 0), point(signals.SPEED, "3", 0))
    )
    there = shifted(read(log(*messages)), 48.11, -1.68)
    told = [
        float(one.text) for message in (there.messages[0], *there.messages[2:]) for one in message.samples
    ]
    moved = list(zip(told[::2], told[1::2], strict=True))
    assert moved[0] == pytest.approx((48.11, -1.68))
    for (a, b), (c, d) in zip(pairwise(places), pairwise(moved), strict=True):
        assert geodesic_m(*c, *d) == pytest.approx(geodesic_m(*a, *b), rel=0.006)
    assert [one.text for one in there.messages[1].samples] == [signals.NOT_AVAILABLE, "3"]
    with pytest.raises(Invalid, match="trace-without-positions"):
        shifted(read(CONVERSATION), 48.11, -1.68)


@given(st.binary(max_size=200).map(lambda junk: log(SPEED) + b"\n{" + junk))
def test_whatever_stands_in_a_line_is_read_or_refused(data):
    with suppress(Invalid):
        assert recording.read(data).messages
