"""The vehicle's WebSocket: handshake, subscriptions, events, and everything that is no VISS."""

import asyncio
import json

import pytest

from kernel.clock import from_ms, iso_z
from players.feed import signals
from players.feed.driving_state import DrivingState, judge
from players.feed.rate import BURST_S, CONNECTION_PER_S
from players.feed.viss import LOCATION_SUBSCRIPTIONS, SUBSCRIPTIONS, encode_event
from players.playback.session import FEED
from tests.players.house import DRIVING, ON_BRAKE, PARKED, samples
from tests.players.wire import socket

URL = "/v1/vehicle-state"
V2, V3 = ("VISSv2",), ("VISSv3",)


@pytest.fixture
def bearer(house) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.unit()[1]}"}


async def subscriptions(line, count: int = len(SUBSCRIPTIONS + LOCATION_SUBSCRIPTIONS)) -> list[dict]:
    assert (await line.heard())["type"] == "websocket.accept"
    return [json.loads((await line.heard())["text"]) for _ in range(count)]


async def settled(house, line, probe: str = "{}") -> dict:
    """The answer to a message that is always bad: what came before it has been dealt with."""
    await line.say(probe)
    return json.loads((await line.heard())["text"])


async def test_the_server_subscribes_and_takes_events(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        assert asked[0] == {
            "action": "subscribe",
            "path": "Vehicle.Speed",
            "filter": {"type": "timebased", "parameter": {"period": "500"}},
            "requestId": asked[0]["requestId"],
        }
        ids = [one["requestId"] for one in asked]
        assert len(set(ids)) == len(ids)
        assert len({one.rpartition("-")[0] for one in ids}) == 1  # what nobody could foresee
        assert {one["path"] for one in asked} >= {signals.SELECTED_GEAR, signals.LATITUDE}
        await line.say(
            '{"action":"subscribe","requestId":"1","subscriptionId":"9","ts":"2026-01-01T10:00:00Z"}'
        )
        await line.say(encode_event(samples(DRIVING, house.clock.now_ms()), house.clock.now_ms()))
        await settled(house, line)
    state = await house.states.read("veh_1")
    assert judge(state, house.clock.now_ms())[0] is DrivingState.MOVING
    assert house.units.unit(state.teller), "whose word it is, is known"


async def test_version_3_differs_in_filter_and_error(house, app, bearer):
    async with socket(app, URL, bearer, V3) as line:
        asked = await subscriptions(line)
        assert asked[0]["filter"] == {"variant": "timebased", "parameter": {"period": "500"}}
        error = (await settled(house, line))["error"]
        assert error["number"] == "400"
        assert error["reason"] == "bad_request"
        assert error["description"].startswith("message-malformed: ")


async def test_the_form_that_the_standard_shows(house, app, bearer):
    """One object for data and dp, as in VISS 2's examples."""
    ts = iso_z(from_ms(house.clock.now_ms()))
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        await line.say(
            f'{{"action":"subscription","subscriptionId":"12","data":{{"path":"Vehicle.Speed",'
            f'"dp":{{"value":"42.5","ts":"{ts}"}}}},"ts":"{ts}"}}'
        )
        await settled(house, line)
    assert (await house.states.read("veh_1")).readings[signals.SPEED].value == 2


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("nonsense", "message-not-json"),
        (b"\xff\xfe", "message-not-json"),
        ("[]", "message-malformed"),
        ('{"action":"subscription"}', "data-missing"),
        ('{"action":"set","path":"Vehicle.Speed","value":"0","requestId":"5"}', "action-unexpected"),
        ('{"action":"subscription","data":{"path":"Vehicle.TraveledDistance","dp":{"value":0,"ts":"2026-06-15T10:00:00Z"}}}',
         "bad-value"),
        ('{"action":"subscription","data":{"path":"Vehicle.Speed","dp":{"value":"0","ts":"2026-06-15T10:00:00"}}}',
         "message-malformed"),
        ('{"action":"subscription","data":{"path":"Vehicle.Speed","dp":{"value":"0","ts":"yesterday"}}}',
         "message-malformed"),
        ('{"action":"subscription","data":{"path":"Vehicle.Spede","dp":{"value":"0","ts":"2026-06-15T10:00:06Z"}}}',
         "unknown-path"),
        ('{"action":"subscription","data":{"path":"Vehicle.TraveledDistance","dp":{"value":"-","ts":"2026-06-15T10:00:06Z"}}}',
         "bad-value"),
        ('{"action":"subscription","data":{"path":"Vehicle.Speed","dp":{"value":"0","ts":"2026-06-15T10:00:09Z"}}}',
         "ahead-of-server"),
        ('{"x":' + "[" * 50_000, "message-not-json"),
    ],
)  # fmt: skip
async def test_what_is_refused_is_named_counted_and_changes_nothing(house, app, bearer, message, reason):
    feed = house.feed()
    await house.park(feed)
    before = await house.states.read("veh_1")
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        answer = await settled(house, line, message)
    assert answer["error"]["reason"] == reason
    assert answer["error"]["message"]
    assert {code: n for code, n in house.refused.items() if code != "timestamp-unreadable"} == {reason: 1}
    assert await house.states.read("veh_1") == before


def broken(point: object, path: str, ts: str) -> str:
    """A message that would be sound, and speak of being parked, without its last data point."""
    good = [{"path": one, "dp": {"value": text, "ts": ts}} for one, text in PARKED.items()]
    return json.dumps({"action": "subscription", "data": [*good, {"path": path, "dp": point}]})


@pytest.mark.parametrize(
    ("path", "point"),
    [
        (signals.SPEED, {"value": "42"}),
        (signals.SPEED, {"value": "42", "ts": "yesterday"}),
        (signals.SPEED, {"value": 42}),
        (signals.SPEED, None),
        (signals.SPEED, [{"value": "0", "ts": "2026-06-15T10:00:05.100Z"}, {"value": "42"}]),
        (signals.SELECTED_GEAR, {"value": "127", "ts": 0}),
    ],
)
async def test_a_data_point_without_its_time_locks(house, app, bearer, path, point):
    await house.park(house.feed())
    house.clock.advance(0.1)
    now = iso_z(house.clock.now())
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        answer = await settled(house, line, broken(point, path, now))
        assert answer["error"]["reason"] == "message-malformed"
    assert await standing_of(house) is DrivingState.UNKNOWN
    assert house.refused["timestamp-unreadable"] + house.refused["bad-value"] == 1


@pytest.mark.parametrize("reason", ["too-many-samples", "message-too-large"])
async def test_what_is_too_much_to_judge_locks(house, app, bearer, reason):
    """One sample that says that the car moves must not be lost in the crowd."""
    await house.park(house.feed())
    point = {"path": signals.SPEED, "dp": {"value": "0", "ts": iso_z(house.clock.now())}}
    crowd = {"action": "subscription", "data": [point] * (257 if reason == "too-many-samples" else 1_000)}
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        answer = await settled(house, line, json.dumps(crowd))
    assert answer["error"]["reason"] == reason
    assert await standing_of(house) is DrivingState.UNKNOWN


async def test_what_is_readable_of_a_broken_message_locks_and_never_unlocks(house, app, bearer):
    """Nobody knows what the broken part would have said: what speaks for a picture is left out."""
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for _ in range(6):
            house.clock.advance(1)
            await settled(house, line, broken({}, signals.DAY_NIGHT, iso_z(house.clock.now())))
            assert await standing_of(house) is DrivingState.UNKNOWN
        await house.park(house.feed())
        house.clock.advance(1)
        await settled(house, line, broken({}, signals.DAY_NIGHT, iso_z(house.clock.now())))
        assert await standing_of(house) is DrivingState.PARKED
        house.clock.advance(2.1)
        assert await standing_of(house) is DrivingState.UNKNOWN, "and keeps nothing unlocked"
        await house.park(house.feed())
        house.clock.advance(0.1)
        moving = {"path": signals.SPEED, "dp": {"value": "42", "ts": iso_z(house.clock.now())}}
        data = [moving, {"path": signals.DAY_NIGHT, "dp": {"ts": 0}}]
        await settled(house, line, json.dumps({"action": "subscription", "data": data}))
        assert await standing_of(house) is DrivingState.MOVING


async def standing_of(house) -> DrivingState:
    return judge(await house.states.read("veh_1"), house.clock.now_ms())[0]


async def test_twenty_one_bad_messages_in_a_row_end_it(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for _ in range(20):
            await settled(house, line)
        await line.say(encode_event(samples(PARKED, house.clock.now_ms()), house.clock.now_ms()))
        for _ in range(21):
            assert "error" in await settled(house, line)
        closed = await line.heard()
    assert (closed["type"], closed["code"], closed["reason"]) == (
        "websocket.close",
        1008,
        "too-many-bad-messages",
    )


async def test_a_car_that_adds_unknown_paths_is_answered_once_and_kept(house, app, bearer):
    """They are ignored and counted; each message brings news all the same."""
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for second in range(30):
            house.clock.advance(0.5)
            now_ms = house.clock.now_ms()
            await line.say(
                encode_event(samples({**PARKED, f"Vehicle.Own.Thing{second}": "1"}, now_ms), now_ms)
            )
            if second == 0:
                told = json.loads((await line.heard())["text"])
                assert (told["error"]["number"], told["error"]["reason"]) == (404, "unknown-path")
            assert (await settled(house, line))["error"]["reason"] == "message-malformed"
    assert house.refused == {"unknown-path": 30, "message-malformed": 30}
    assert judge(await house.states.read("veh_1"), house.clock.now_ms())[0] is DrivingState.PARKED


async def test_a_bad_value_beside_an_unknown_path_is_complained_of_each_time(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for _ in range(3):
            house.clock.advance(0.5)
            said = samples({"Vehicle.Own.Thing": "1", signals.SPEED: "fast"}, house.clock.now_ms())
            answer = await settled(house, line, encode_event(said, house.clock.now_ms()))
            assert answer["error"]["reason"] == "bad-value"


async def test_a_gearbox_that_was_declared_manual_is_parked_by_its_brake(house, app):
    _, credential = house.unit(manual=True)
    async with socket(app, URL, {"Authorization": f"Bearer {credential}"}, V2) as line:
        await subscriptions(line)
        for _ in range(5):
            house.clock.advance(1)
            await line.say(encode_event(samples(ON_BRAKE, house.clock.now_ms()), house.clock.now_ms()))
            await settled(house, line)
    assert judge(await house.states.read("veh_1"), house.clock.now_ms())[0] is DrivingState.PARKED


async def test_repeats_are_counted_and_not_answered(house, app, bearer):
    now_ms = house.clock.now_ms()
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for vehicle_ms in (now_ms, now_ms, now_ms - 1):
            await line.say(encode_event(samples({signals.SPEED: "1"}, vehicle_ms), now_ms))
        assert (await settled(house, line))["error"]["reason"] == "message-malformed"
    assert house.refused == {"timestamp-not-rising": 2, "message-malformed": 1}


@pytest.mark.parametrize("protocol", [V2, V3])
async def test_a_feed_that_comes_late_is_told_once_by_how_much(house, app, bearer, protocol):
    now_ms = house.clock.now_ms()
    async with socket(app, URL, bearer, protocol) as line:
        await subscriptions(line)
        # A little late is refused for speed alone, and not yet worth a word where the newest is in time.
        await line.say(encode_event(samples({signals.SPEED: "1"}, now_ms), now_ms))
        for late_ms in (64_200, 64_100, 64_000):
            await line.say(encode_event(samples({signals.SPEED: "1"}, now_ms - late_ms), now_ms))
        told = json.loads((await line.heard())["text"])
        error = (await settled(house, line))["error"]
        assert "message-malformed" in error["reason"] + error.get("description", "")
    assert (told["action"], str(told["error"]["number"])) == ("subscription", "400")
    text = "".join(told["error"].get(word, "") for word in ("reason", "message", "description"))
    assert "too-old" in text
    assert "64.2 s late" in text
    assert house.refused["too-old"] == 3
    assert house.late == [64_200, 64_100, 64_000]


async def test_what_a_gap_left_behind_is_told_of_no_more_than_once_and_news_goes_on(house, app, bearer):
    now_ms = house.clock.now_ms()
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        backfill = samples({signals.SPEED: "1"}, now_ms - 30_000) + samples({signals.SPEED: "2"}, now_ms)
        await line.say(encode_event(backfill, now_ms))
        assert (await settled(house, line))["error"]["reason"] == "message-malformed"
    assert house.late == []
    assert (await house.states.read("veh_1")).readings[signals.SPEED].value == 2


async def test_a_busy_car_is_let_through(house, app, bearer):
    """Every signal that is asked for, each ten times a second in a message of its own."""
    async with socket(app, URL, bearer, V2) as line:
        paths = [one["path"] for one in await subscriptions(line)]
        for _ in range(30):
            house.clock.advance(0.1)
            now_ms = house.clock.now_ms()
            for path in paths:
                await line.say(encode_event(samples({path: "1"}, now_ms), now_ms))
        answers = [json.loads((await line.heard())["text"]) for _ in range(line.from_app.qsize())]
    assert "too-many-messages" not in house.refused
    assert all(one["error"]["reason"] != "too-many-messages" for one in answers)


async def flood(line, count: int) -> list[dict]:
    """``count`` answers by the vehicle, none of which costs the server much, and what came back last."""
    for _ in range(count):
        await line.say('{"action":"subscribe","requestId":"1"}')
    heard = [await line.heard()]
    while heard[-1]["type"] != "websocket.close":
        heard.append(await line.heard())
    return heard


async def test_a_flood_is_answered_with_its_code_and_closed(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        *_, answer, closed = await flood(line, BURST_S * CONNECTION_PER_S + 1)
    error = json.loads(answer["text"])["error"]
    assert (error["number"], error["reason"]) == (429, "too-many-messages")
    assert str(CONNECTION_PER_S) in error["message"]
    assert (closed["code"], closed["reason"]) == (1008, "too-many-messages")
    assert house.refused == {"too-many-messages": 1}


async def test_dialling_again_does_not_help_a_flood(house, app, bearer):
    for _ in range(2):
        async with socket(app, URL, bearer, V2) as line:
            await subscriptions(line)
            await flood(line, BURST_S * CONNECTION_PER_S + 1)
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        assert (await flood(line, 1))[-1]["reason"] == "too-many-messages"
        house.clock.advance(1)
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        assert (await settled(house, line))["error"]["reason"] == "message-malformed"


async def test_when_consent_is_withdrawn_positions_are_asked_for_no_more(house, app, bearer):
    place = {signals.LATITUDE: "48.117266", signals.LONGITUDE: "-1.677793"}
    async with house.pushing(), socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        numbers = {one["path"]: one["requestId"] for one in asked}
        for path in (signals.SPEED, signals.LATITUDE):
            await line.say(
                f'{{"action":"subscribe","requestId":"{numbers[path]}","subscriptionId":"s-{numbers[path]}"}}'
            )
        await house.set_consent("veh_1", shares_location=False)
        for _ in range(2):
            house.clock.advance(1)
            now_ms = house.clock.now_ms()
            await line.say(encode_event(samples({**DRIVING, **place}, now_ms), now_ms))
        told = json.loads((await line.heard())["text"])
        number = numbers[signals.LATITUDE]
        assert told == {
            "action": "unsubscribe",
            "subscriptionId": f"s-{number}",
            "requestId": f"{number}-end",
        }
        # Nothing else but the answer to the probe: it is asked once, and the feed goes on.
        assert (await settled(house, line))["error"]["reason"] == "message-malformed"
        assert house.positions.get("veh_1", house.clock.now_ms()) is None
    assert judge(await house.states.read("veh_1"), house.clock.now_ms())[0] is DrivingState.MOVING


@pytest.mark.parametrize(
    ("url", "with_bearer", "protocols", "code", "reason"),
    [
        (URL, True, ("mqtt",), 1002, "subprotocol-missing"),
        (URL, True, (), 1002, "subprotocol-missing"),
        (URL, False, V2, 1008, "credential-missing"),
        (URL + "?ticket=no", False, V2, 1008, "signature-invalid"),
    ],
)
async def test_who_may_not_speak(house, app, bearer, url, with_bearer, protocols, code, reason):
    async with socket(app, url, bearer if with_bearer else {}, protocols) as line:
        message = await line.heard()
        if message["type"] == "websocket.accept":
            message = await line.heard()
        assert (message["type"], message["code"], message["reason"]) == ("websocket.close", code, reason)


async def test_a_ticket_opens_the_feed_for_half_a_minute(house, app, http, bearer):
    answer = (await http.post("/v1/tickets", json={"purpose": "feed"}, headers=bearer)).json()
    assert answer["expires_in_s"] == 30
    async with socket(app, f"{URL}?ticket={answer['ticket']}", {}, V2) as line:
        await subscriptions(line)
    house.clock.advance(30)
    async with socket(app, f"{URL}?ticket={answer['ticket']}", {}, V2) as line:
        assert (await line.heard())["type"] == "websocket.accept"
        assert (await line.heard())["reason"] == "ticket-expired"


async def test_without_consent_no_position_is_asked_for(house, app):
    _, credential = house.unit(consent=False)
    async with socket(app, URL, {"Authorization": f"Bearer {credential}"}, V2) as line:
        asked = await subscriptions(line, len(SUBSCRIPTIONS))
        assert not [one for one in asked if "Location" in one["path"]]
        with pytest.raises(asyncio.QueueEmpty):
            line.from_app.get_nowait()


OFF_MS = -300_000
"""A clock that is five minutes slow."""


async def reply(house, line, request: dict, off_ms: int = OFF_MS) -> None:
    ts = iso_z(from_ms(house.clock.now_ms() + off_ms))
    await line.say(json.dumps({"action": request["action"], "requestId": request["requestId"], "ts": ts}))
    await settled(house, line)


async def tell(house, line, values: dict[str, str], off_ms: int = OFF_MS, told: bool = True) -> None:
    now_ms = house.clock.now_ms()
    await line.say(encode_event(samples(values, now_ms + off_ms), now_ms))
    if told:
        assert (await settled(house, line))["error"]["reason"] == "message-malformed"


async def verdict(house) -> DrivingState:
    return judge(await house.states.read("veh_1"), house.clock.now_ms())[0]


async def test_a_car_whose_clock_is_minutes_off_is_understood_once_it_answered(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        await tell(house, line, PARKED, told=False)
        assert json.loads((await line.heard())["text"])["error"]["reason"] == "too-old"
        house.clock.advance(0.05)
        await reply(house, line, asked[0])
        for _ in range(5):
            house.clock.advance(1)
            await tell(house, line, PARKED)
        assert await verdict(house) is DrivingState.PARKED
        house.clock.advance(0.5)
        await tell(house, line, DRIVING)
        assert await verdict(house) is DrivingState.MOVING
    assert [round(one / 1000) for one in house.offsets] == [-300]


async def test_the_clock_is_asked_again_by_a_request_that_needs_no_subscription(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        await reply(house, line, asked[0])
        house.clock.advance(30)
        await tell(house, line, PARKED, told=False)
        again = json.loads((await line.heard())["text"])
        assert (again["action"], again["path"]) == ("get", signals.SPEED)
        await reply(house, line, again, OFF_MS + 7_000)  # it has been set meanwhile
        house.clock.advance(1)
        await tell(house, line, DRIVING, OFF_MS + 7_000)
        assert await verdict(house) is DrivingState.MOVING
    assert [round(one / 1000) for one in house.offsets] == [-300, -293]


@pytest.mark.parametrize("off_ms", [-700_000, 700_000])
async def test_a_clock_that_is_too_far_off_is_not_corrected(house, app, bearer, off_ms):
    async with socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        await reply(house, line, asked[0], off_ms)
        for _ in range(5):
            house.clock.advance(1)
            await tell(house, line, PARKED, off_ms, told=False)
            await settled(house, line)
    assert house.refused["clock-too-far-off"] == 1
    assert await verdict(house) is DrivingState.UNKNOWN


async def test_a_recorded_session_that_is_played_again_is_refused(house, app, bearer):
    """Replies and events as they were: the replies answer ids of another time."""
    recorded: list[str] = []
    async with socket(app, URL, bearer, V2) as line:
        for one in await subscriptions(line):
            ts = iso_z(from_ms(house.clock.now_ms()))
            recorded.append(json.dumps({"action": "subscribe", "requestId": one["requestId"], "ts": ts}))
        for _ in range(6):
            house.clock.advance(1)
            now_ms = house.clock.now_ms()
            recorded.append(encode_event(samples(PARKED, now_ms), now_ms).decode())
        for message in recorded:
            await line.say(message)
        await settled(house, line)
        assert await verdict(house) is DrivingState.IDLING
    house.clock.advance(120)
    before, taken = await house.states.read("veh_1"), len(house.offsets)
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for message in recorded:
            house.clock.advance(0.9)
            await line.say(message)
            await settled(house, line)
            assert await verdict(house) is DrivingState.UNKNOWN
    assert await house.states.read("veh_1") == before
    assert len(house.offsets) == taken
    assert house.refused["too-old"] >= 24


async def test_a_revoked_credential_ends_the_feed_and_opens_no_other(house, app):
    unit, credential = house.unit()
    bearer = {"Authorization": f"Bearer {credential}"}
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        await tell(house, line, PARKED, 0)
        await house.revoke(unit.head_unit_id)
        house.clock.advance(9.9)
        assert (await settled(house, line))["error"]["reason"] == "message-malformed"
        house.clock.advance(0.1)
        answer = await settled(house, line)
        closed = await line.heard()
    assert answer["error"]["reason"] == "credential-revoked"
    assert (closed["type"], closed["code"], closed["reason"]) == (
        "websocket.close",
        1008,
        "credential-revoked",
    )
    assert house.refused["credential-revoked"] == 1
    async with socket(app, URL, bearer, V2) as line:
        assert (await line.heard())["type"] == "websocket.accept"
        assert (await line.heard())["reason"] == "credential-unknown"


async def test_a_ticket_given_before_a_revocation_opens_no_feed(house, app):
    unit, _ = house.unit()
    ticket = house.issue_ticket(unit, FEED)
    await house.revoke(unit.head_unit_id)
    async with socket(app, f"{URL}?ticket={ticket}", {}, V2) as line:
        assert (await line.heard())["type"] == "websocket.accept"
        assert (await line.heard())["reason"] == "credential-revoked"


async def test_whether_it_is_enrolled_is_looked_up_beside_what_is_said(house, app, bearer, monkeypatch):
    asked, answer = [], asyncio.Event()

    async def slow(head_unit_id: str) -> bool:
        asked.append(head_unit_id)
        await answer.wait()
        return True

    monkeypatch.setattr(type(house.ears.enrolled), "__call__", lambda _, unit_id: slow(unit_id))
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        for at_s in (4.9, 0.1, 2.0):
            house.clock.advance(at_s)
            await tell(house, line, DRIVING, 0)
            await settled(house, line)
            assert (await house.states.read("veh_1")).readings[signals.SPEED].value == 2
        assert len(asked) == 1
        answer.set()
        await asyncio.sleep(0)
        # It was found to be so at 5 s: the next must be known at 15 s.
        for at_s in (7.9, 0.1):
            house.clock.advance(at_s)
            await tell(house, line, PARKED, 0)
            await settled(house, line)
    assert len(asked) == 2


async def test_a_vehicle_that_has_no_such_signal_is_counted_and_kept(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        await subscriptions(line)
        error = '"error":{"number":404,"reason":"unavailable_data","message":"None."}'
        await line.say('{"action":"subscribe","requestId":"1",' + error + "}")
        await line.say('{"action":"subscription","subscriptionId":"1",' + error + "}")
        await settled(house, line)
    assert house.refused == {"vehicle-error": 2, "message-malformed": 1}


async def test_positions_without_consent_are_refused_by_name(house, app):
    _, credential = house.unit(consent=False)
    async with socket(app, URL, {"Authorization": f"Bearer {credential}"}, V2) as line:
        await subscriptions(line, len(SUBSCRIPTIONS))
        await tell(house, line, {signals.LATITUDE: "48.1", signals.LONGITUDE: "-1.6"}, 0)
    assert house.refused == {"location-not-shared": 2, "message-malformed": 1}


async def test_what_was_stamped_a_little_ahead_is_not_taken_twice(house, app, bearer):
    """Its clock stepped forward after it was measured; the message is repeated once its time has come."""
    async with socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        await reply(house, line, asked[0], 3)
        house.clock.advance(1)
        now_ms = house.clock.now_ms()
        said = encode_event(samples(PARKED, now_ms + 1_800), now_ms)
        await line.say(said)
        await settled(house, line)
        before = await house.states.read("veh_1")
        assert before.readings[signals.SPEED].received_ms == now_ms
        for _ in range(3):
            house.clock.advance(1)
            await line.say(said)
            await settled(house, line)
        assert await house.states.read("veh_1") == before
    assert house.refused["timestamp-not-rising"] == 3 * len(PARKED)


async def test_a_clock_that_is_set_back_is_believed_as_soon_as_it_is_measured(house, app, bearer):
    async with socket(app, URL, bearer, V2) as line:
        asked = await subscriptions(line)
        await reply(house, line, asked[0], 300_003)
        house.clock.advance(1)
        await tell(house, line, PARKED, 300_003)
        house.clock.advance(1)
        await tell(house, line, DRIVING, 3)  # it was set meanwhile: untimely, and it locks all the same
        assert await verdict(house) is not DrivingState.PARKED
        await reply(house, line, asked[1], 3)
        house.clock.advance(1.6)  # later than when the last was heard, by whatever the clock may be off
        await tell(house, line, DRIVING, 3)
        assert await verdict(house) is DrivingState.MOVING
