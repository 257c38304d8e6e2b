"""Uploads after a gap over HTTP: who may, in which form, how much."""

import json

import pytest

from players.feed import signals
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Zone
from players.feed.viss import encode_event
from tests.players.house import samples

URL = "/v1/vehicle-state"


@pytest.fixture
def bearer(house) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.unit()[1]}"}


def old(house, text: str = "40", age_ms: int = 60_000) -> bytes:
    now_ms = house.clock.now_ms()
    return encode_event(samples({signals.CHARGE: text}, now_ms - age_ms), now_ms)


async def test_an_array_or_lines_are_taken_and_read_back(house, http, bearer):
    answer = await http.post(URL, content=b"[" + old(house) + b",{}]", headers=bearer)
    assert (answer.status_code, answer.json()) == (
        200,
        {"events": 2, "current": 0, "stored": 1, "refused": {"message-malformed": 1}},
    )
    lines = {**bearer, "Content-Type": "application/x-ndjson; charset=utf-8"}
    answer = await http.post(URL, content=old(house, "41", 30_000) + b"\n" + old(house), headers=lines)
    assert answer.json() == {"events": 2, "current": 0, "stored": 1, "refused": {"backfill-not-newer": 1}}
    known = (await http.get(URL, headers=bearer)).json()
    assert known == {"signals": {signals.CHARGE: {"value": 41.0, "at": "2026-06-15T09:59:30.000Z"}}}


@pytest.mark.parametrize("lines", [True, False])
async def test_a_byte_order_mark_costs_no_event(house, http, bearer, lines):
    kind = {"Content-Type": "application/x-ndjson"} if lines else {}
    body = old(house) if lines else b"[" + old(house) + b"]"
    answer = await http.post(URL, content=b"\xef\xbb\xbf" + body, headers=bearer | kind)
    assert (answer.status_code, answer.json()["stored"], answer.json()["refused"]) == (200, 1, {})


async def test_the_unit_that_uploads_is_known(house, http, bearer):
    now_ms = house.clock.now_ms()
    body = b"[" + encode_event(samples({signals.SPEED: "42"}, now_ms), now_ms) + b"]"
    assert (await http.post(URL, content=body, headers=bearer)).json()["current"] == 1
    assert house.units.unit((await house.states.read("veh_1")).teller)


async def test_a_position_of_a_batch_goes_nowhere(house, http, bearer, aredis):
    now_ms = house.clock.now_ms()
    place = {signals.LATITUDE: "48.117266", signals.LONGITUDE: "-1.677793"}
    body = [json.loads(encode_event(samples(place, at), now_ms)) for at in (now_ms, now_ms - 60_000)]
    answer = await http.post(URL, json=body, headers=bearer)
    assert answer.json()["refused"] == {"location-not-shared": 2, "backfill-not-kept": 2}
    for key in await aredis.keys("*"):
        assert b"Latitude" not in (await aredis.dump(key))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 422, "batch-malformed"),
        (b"[" + b"{}," * 1000 + b"{}]", 413, "batch-too-large"),
        (b" " * (1024 * 1024 + 1), 413, "batch-too-large"),
    ],
)
async def test_what_is_refused_as_a_whole(http, bearer, body, status, code):
    answer = await http.post(URL, content=body, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_may_not(house, http):
    assert (await http.post(URL, content=b"[]")).json()["code"] == "credential-missing"
    house.unit()
    screen = house.enrol(house.issue_code(CodeTerms("veh_1", Role.SCREEN, Zone.DRIVER)))
    bearer = {"Authorization": f"Bearer {screen.credential}"}
    for answer in (await http.post(URL, content=b"[]", headers=bearer), await http.get(URL, headers=bearer)):
        assert (answer.status_code, answer.json()["code"]) == (403, "role-cannot-report")


async def test_one_a_second(house, http, bearer):
    answers = [await http.post(URL, content=b"[]", headers=bearer) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert house.refused == {"too-many-messages": 1}
    house.clock.advance(1)
    assert (await http.post(URL, content=b"[]", headers=bearer)).status_code == 200
