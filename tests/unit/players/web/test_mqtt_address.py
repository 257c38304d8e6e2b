"""A head unit asks where its feed lies at the broker."""

import httpx
import pytest
from starlette.applications import Starlette

from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role
from players.feed.mqtt_address import open_topic
from players.feed.viss import Version
from players.web import mqtt_address
from server.errors import exception_handlers
from server.pages import build_templates

URL = "/v1/mqtt-address"


@pytest.mark.parametrize(("body", "version"), [(None, Version.V2), ({"protocol": "VISSv3"}, Version.V3)])
async def test_the_address_is_the_units_own(house, http, body, version):
    unit, credential = house.unit()
    answer = await http.post(URL, json=body, headers={"Authorization": f"Bearer {credential}"})
    told = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert open_topic(house.signer, told["reply_topic"]) == (unit.head_unit_id, version)
    assert told == {
        "broker": "mqtt://broker.example:1883",
        "vid": unit.head_unit_id,
        "request_topic": f"{unit.head_unit_id}/Vehicle",
        "reply_topic": told["reply_topic"],
        "protocol": version.value,
    }
    assert await house.mqtt_feeds.announced(house.clock.now_ms()) == {
        told["reply_topic"]: house.clock.now_ms()
    }
    assert await house.mqtt_feeds.announced(house.clock.now_ms() + 1) == {}


async def test_who_may_not(house, http):
    assert (await http.post(URL)).json()["code"] == "credential-missing"
    house.unit()
    screen = house.enrol(house.issue_code(CodeTerms("veh_1", Role.SCREEN)))
    answer = await http.post(URL, headers={"Authorization": f"Bearer {screen.credential}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role-cannot-report")


async def test_without_a_broker_it_says_so(house):
    _, credential = house.unit()
    handlers = exception_handlers(build_templates())
    app = Starlette(
        routes=mqtt_address.routes(house.recognise, None, house.clock), exception_handlers=handlers
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post(URL, headers={"Authorization": f"Bearer {credential}"})
    assert (answer.status_code, answer.json()["code"]) == (404, "mqtt-not-offered")
