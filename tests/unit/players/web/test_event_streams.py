"""Server-sent events over ASGI."""

import asyncio

from players.playback.watch_session import PING
from players.web.events import frame
from tests.players.house import DRIVING, PARKED
from tests.players.wire import stream


async def test_a_sessions_stream(house, app):
    opened, feed = await house.opened(), house.feed()
    await house.park(feed)
    async with house.pushing(), stream(app, opened.urls.events) as events:
        assert (await anext(events))[1]["video"]["permitted"] is True
        assert await anext(events) == ("card", None)
        house.clock.advance(0.3)
        await house.tell(feed, DRIVING)
        name, data = await anext(events)
        assert (name, data["driving_state"]) == ("state", "moving")


async def test_a_vehicles_stream_holds_signals_and_no_position(house, app, http):
    _, credential = house.unit()
    bearer = {"Authorization": f"Bearer {credential}"}
    ticket = (await http.post("/v1/tickets", json={"purpose": "events"}, headers=bearer)).json()["ticket"]
    feed = house.feed()
    await house.tell(feed, {**PARKED, "Vehicle.CurrentLocation.Latitude": "48.1"})
    async with house.pushing(), stream(app, f"/v1/vehicles/veh_1/events?ticket={ticket}") as events:
        name, data = await anext(events)
    assert name == "state"
    assert data["signals"]["Vehicle.Speed"] == {"value": 0.0, "age_ms": 0}
    assert not [path for path in data["signals"] if "Location" in path]
    assert (data["driving_state"], data["video"]["permitted"]) == ("idling", False)


async def test_decisions_with_their_reasons_reach_the_vehicles_stream(house, app, http):
    opened = await house.opened()
    _, credential = house.unit()
    bearer = {"Authorization": f"Bearer {credential}"}
    ticket = (await http.post("/v1/tickets", json={"purpose": "events"}, headers=bearer)).json()["ticket"]
    async with house.pushing(), stream(app, f"/v1/vehicles/veh_1/events?ticket={ticket}") as events:
        await anext(events)
        house.clock.advance(35)
        await house.pull_audio(opened)
        found = [await anext(events) for _ in range(2)]
    decision = next(data for name, data in found if name == "decision")
    assert (decision["kind"], decision["cell"], len(decision["fills"])) == ("break", "48.11,-1.68", 2)
    # Whoever has the car's code reads this, competitors too.
    assert {key for fill in decision["fills"] for key in fill} == {"fill_id", "asset_id", "segments", "card"}
    assert {key for no in decision["refusals"] for key in no} <= {
        "advertiser",
        "place_name",
        "reason",
        "detail",
    }


async def test_who_may_not_watch(house, http):
    opened = await house.opened()
    bearer = {"Authorization": f"Bearer {house.unit()[1]}"}
    ticket = (await http.post("/v1/tickets", json={"purpose": "events"}, headers=bearer)).json()["ticket"]
    for url, code in (
        (f"/v1/vehicles/veh_2/events?ticket={ticket}", "vehicle-of-other"),
        ("/v1/vehicles/veh_1/events?ticket=", "signature-invalid"),
        (f"/v1/sessions/other/events?grant={opened.grant}", "grant-of-other-session"),
    ):
        answer = await http.get(url)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, code)


async def test_who_leaves_leaves_nothing_behind(house, app):
    opened = await house.opened()
    house.at(48.11, -1.68)
    house.ads.delay_s = 0.5
    async with house.pushing():
        for _ in range(3):
            async with stream(app, opened.urls.events) as events:
                await anext(events)
            assert not house.push._inboxes
        left = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
    assert not [name for name in left if "choose" in name or "frames" in name]


def test_a_ping_is_a_comment():
    assert frame(PING) == b"event: ping\ndata: {}\n\n"
