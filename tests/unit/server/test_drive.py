import asyncio
import json

import pytest
from websockets.asyncio.server import serve

from kernel.errors import Forbidden, Invalid, Unavailable
from players.feed import complaint, signals
from players.feed.acceptance import Refusal, Rejection, Sample
from players.feed.evidence import LOW_VOLTAGE
from players.feed.rate import CONNECTION_PER_S
from players.feed.trace import Point, Trace
from players.feed.viss import Version, decode
from players.feed.viss_log import Told, VissLog
from server.drive import (
    Target,
    drive,
    enrol,
    find_address,
    leave_address,
    prepared,
    reason_of,
)

TRACE = Trace((Point(0, 48.11, -1.68, 0.0, gear=126, brake=True), Point(5000, 48.12, -1.68, 30.0, gear=127)))


@pytest.fixture
async def server():
    """A listener that keeps what it hears, complains about the first message, and may hang up."""
    heard = []

    class Server:
        messages = heard
        hang_up = False
        complains_of = (1,)
        headers = None

    async def handle(connection):
        Server.headers = connection.request.headers
        if Server.hang_up:
            await connection.close(1008, "credential-unknown")
            return
        await connection.send(json.dumps({"action": "subscribe", "path": "Vehicle.Speed"}))
        async for message in connection:
            heard.append(json.loads(message))
            if len(heard) in Server.complains_of:
                await connection.send(json.dumps({"action": "subscription", "error": {"number": "400"}}))

    async with serve(handle, "127.0.0.1", 0, subprotocols=["VISSv3"]) as listening:
        Server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield Server


async def test_points_are_told_in_time_and_held_between(server):
    shown = []
    began = asyncio.get_running_loop().time()
    driven = await drive(Target(server.url, "cred_1"), TRACE, 4.0, shown.append)
    assert 1.2 < asyncio.get_running_loop().time() - began < 2.5
    assert (driven.refused, driven.sent) == (1, len(server.messages))
    assert driven.reasons == {"400": 1}
    assert 1.2 < driven.took_s < 2.5
    assert server.headers["authorization"] == "Bearer cred_1"
    speeds = [
        data["dp"]["value"]
        for message in server.messages
        for data in message["data"]
        if data["path"].endswith("Speed")
    ]
    assert speeds == ["0.0", "0.0", "30.0"]
    assert shown[-1] == TRACE.points[-1]
    stamps = [message["data"][0]["dp"]["ts"] for message in server.messages]
    assert stamps == sorted(set(stamps))


async def test_a_refused_credential_is_told_by_its_code(server):
    server.hang_up = True
    with pytest.raises(Forbidden) as caught:
        await drive(Target(server.url, "cred_1"), TRACE, 1.0, lambda point: None)
    assert caught.value.code == "credential-unknown"


LOG = VissLog(
    (
        Told(0, (Sample(signals.SPEED, "0", -40), Sample(LOW_VOLTAGE, "ACC", 0))),
        Told(1_200, (Sample(signals.SPEED, "30", 1_180),)),
        Told(1_200, (Sample(signals.SELECTED_GEAR, "127", 1_190),)),
        Told(2_000, (Sample(signals.SPEED, signals.NOT_AVAILABLE, 2_000),)),
    )
)


async def test_a_log_is_said_as_it_was_at_its_times_and_silence_is_silence(server):
    shown = []
    began = asyncio.get_running_loop().time()
    driven = await drive(Target(server.url, "cred_1"), LOG, 4.0, shown.append)
    assert 0.5 <= asyncio.get_running_loop().time() - began < 2.0
    events = [decode(json.dumps(message)) for message in server.messages]
    # What was told at one moment goes together; between them nothing is told again.
    assert [[(one.path, one.text) for one in event.samples] for event in events] == [
        [(signals.SPEED, "0"), (LOW_VOLTAGE, "ACC")],
        [(signals.SPEED, "30"), (signals.SELECTED_GEAR, "127")],
        [(signals.SPEED, signals.NOT_AVAILABLE)],
    ]
    assert (driven.sent, [one.at_ms for one in shown]) == (3, [0, 1_200, 2_000])
    # Four times faster, on the present clock: -40, 0, 1180, 1190 and 2000 ms.
    first, *others = [one.vehicle_ms for event in events for one in event.samples]
    assert [at_ms - first for at_ms in others] == [10, 305, 308, 510]


async def test_a_log_far_forward_goes_in_few_messages_of_permitted_size(server):
    told = tuple(Told(at_ms, (Sample(signals.SPEED, str(at_ms), at_ms),)) for at_ms in range(40_000))
    driven = await drive(Target(server.url, "cred_1"), VissLog(told), 100.0, lambda _: None)
    samples = [decode(json.dumps(message)).samples for message in server.messages]
    assert driven.sent == len(samples) <= 40
    assert max(len(each) for each in samples) <= 256
    # Of those that fall on the same millisecond the latest.
    assert [one.text for each in samples for one in each][-1] == "39999"
    stamps = [one.vehicle_ms for each in samples for one in each]
    assert stamps == sorted(set(stamps))


_ALL = tuple(Point(at_ms, 48.1, -1.7, 9.0, gear=127, brake=False) for at_ms in range(0, 300_000, 1_000))
_DENSE = (Told(at_ms, (Sample(f"Vehicle.{at_ms % 40}", "1", at_ms),)) for at_ms in range(0, 200_000, 10))


@pytest.mark.parametrize("recording", [Trace(_ALL), VissLog(tuple(_DENSE))])
async def test_far_forward_no_more_is_said_than_a_feed_may(server, recording):
    began = asyncio.get_running_loop().time()
    await drive(Target(server.url, "cred_1"), recording, 100.0, lambda _: None)
    took_s = asyncio.get_running_loop().time() - began
    said = sum(len(decode(json.dumps(message)).samples) for message in server.messages)
    assert 50 < said < CONNECTION_PER_S * (took_s + 1)  # a feed may say two seconds' worth at once


async def test_a_complaint_of_the_last_message_is_heard_too(server):
    server.complains_of = (1, 3)
    assert (await drive(Target(server.url, "cred_1"), LOG, 10.0, lambda _: None)).refused == 2


def test_what_stands_before_and_after():
    assert prepared(TRACE, None).duration_ms == 25_000
    assert prepared(TRACE, None, 0).duration_ms == 5_000
    assert prepared(TRACE, (10.0, 20.0), 0).points[0].latitude == 10.0
    assert prepared(LOG, None) is LOG
    with pytest.raises(Invalid, match="parked-not-told"):
        prepared(LOG, None, 5)


@pytest.mark.parametrize("version", list(Version))
def test_a_complaint_is_known_by_our_name(version):
    refusal = complaint.of_sample(Refusal(signals.SPEED, Rejection.BAD_VALUE, "is not a number"))
    assert reason_of(refusal.encode(version, 0)) == "bad-value"
    assert reason_of('{"action": "subscribe", "path": "Vehicle.Speed"}') == ""
    assert reason_of('{"error": {"number": "400"}}') == "400"
    assert reason_of("[]") == reason_of("x") == "unreadable"


@pytest.mark.parametrize("speed", [0.0, -1.0, 101.0, float("nan")])
async def test_speeds_have_limits(speed):
    with pytest.raises(Invalid, match="more than 0 and up to 100 times"):
        await drive(Target("http://127.0.0.1:9", "x"), TRACE, speed, lambda point: None)


async def test_nobody_answers():
    with pytest.raises(Unavailable) as caught:
        await drive(Target("http://127.0.0.1:9", "x"), TRACE, 1.0, lambda point: None)
    assert caught.value.code == "server-silent"
    with pytest.raises(Unavailable) as caught:
        enrol("http://127.0.0.1:9", "code")
    assert caught.value.code == "server-silent"
    assert caught.value.fix == "Start it (roadcast run), or name the address where it runs."


async def test_something_else_answers(server):
    """A WebSocket server is no Roadcast to enrol with."""
    with pytest.raises(Unavailable) as caught:
        await asyncio.to_thread(enrol, server.url, "code")
    assert caught.value.code == "server-strange"


def test_the_running_service_is_found_by_its_folder(tmp_path):
    assert find_address(tmp_path) is None
    leave_address(tmp_path, "http://127.0.0.1:8123")
    assert find_address(tmp_path) == "http://127.0.0.1:8123"
