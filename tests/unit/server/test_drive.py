import asyncio
import json

import pytest
from websockets.asyncio.server import serve

from kernel.errors import Forbidden, Invalid, Unavailable
from players.feed.trace import Point, Trace
from server.drive import Target, drive, enrol, find_address, leave_address

TRACE = Trace((Point(0, 48.11, -1.68, 0.0, gear=126, brake=True), Point(5000, 48.12, -1.68, 30.0, gear=127)))


@pytest.fixture
async def server():
    """A listener that keeps what it hears, complains about the first message, and may hang up."""
    heard = []

    class Server:
        messages = heard
        hang_up = False
        headers = None

    async def handle(connection):
        Server.headers = connection.request.headers
        if Server.hang_up:
            await connection.close(1008, "credential-unknown")
            return
        await connection.send(json.dumps({"action": "subscribe", "path": "Vehicle.Speed"}))
        async for message in connection:
            heard.append(json.loads(message))
            if len(heard) == 1:
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


@pytest.mark.parametrize("speed", [0.0, -1.0, 101.0, float("nan")])
async def test_speeds_have_limits(speed):
    with pytest.raises(Invalid):
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
