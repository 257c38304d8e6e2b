"""The simulator's routes."""

import httpx
import pytest
from starlette.applications import Starlette

from adserver.serving.reason import Reason
from kernel.errors import Invalid, Unauthorized
from players.feed.demo_drive import ROUTES, DrivePoint
from players.feed.head_unit import HeadUnit, Role, Technique, Zone
from players.web import simulator
from server.errors import exception_handlers
from server.pages import build_templates

POINT = DrivePoint(0, 48.1, -1.6, 0.0, 126, True)
REACH = simulator.Reach("</script><b>Sale", "Garage & Co", 48.1, -1.6, 3000)


def read_trace(name: str, data: bytes) -> simulator.Recorded:
    if data != b"<gpx/>":
        raise Invalid("trace-malformed", f"{name} is no trace.")
    if name.endswith(".log"):
        return simulator.Recorded([POINT], [(0.5, "Vehicle.Speed", "0")])
    return simulator.Recorded([POINT])


def recognise(credential: str) -> HeadUnit:
    if credential not in set(Role):
        raise Unauthorized("credential-unknown", "No head unit has this credential.")
    return HeadUnit("hu_1", "veh_1", Role(credential), Zone.DRIVER, Technique.SLATE, 6)


FEED = {"Accept": "application/json", "Authorization": "Bearer feed"}


@pytest.fixture
async def client():
    templates = build_templates()
    routes = simulator.routes(
        templates=templates, recognise=recognise, read_trace=read_trace, reaches=lambda: [REACH]
    )
    app = Starlette(routes=routes, exception_handlers=exception_handlers(templates))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://car") as client:
        yield client


async def test_the_page_offers_every_built_in_drive(client: httpx.AsyncClient) -> None:
    page = await client.get("/simulator")
    assert page.status_code == 200
    for route in ROUTES:
        assert f'value="{route.drive_id}"' in page.text


async def test_words_for_every_reason_that_a_decision_has(client: httpx.AsyncClient) -> None:
    page = (await client.get("/simulator")).text
    assert [reason for reason in Reason if f'"{reason}"' not in page] == []


async def test_an_advertisers_name_cannot_break_out_of_the_page(client: httpx.AsyncClient) -> None:
    page = await client.get("/simulator")
    assert "Garage" in page.text
    assert "</script><b>" not in page.text


async def test_a_built_in_drive_comes_as_points(client: httpx.AsyncClient) -> None:
    points = (await client.get(f"/simulator/drives/{ROUTES[0].drive_id}")).json()["points"]
    assert points[0].keys() == {"t_s", "lat", "lon", "speed_kmh", "gear", "parking_brake"}


async def test_an_unknown_drive_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/simulator/drives/moon", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (404, "drive-unknown")


async def test_a_trace_of_ones_own_comes_back_as_points(client: httpx.AsyncClient) -> None:
    answer = await client.post("/simulator/drives?name=home.gpx", content=b"<gpx/>", headers=FEED)
    assert answer.json() == {
        "points": [
            {"t_s": 0, "lat": 48.1, "lon": -1.6, "speed_kmh": 0.0, "gear": 126, "parking_brake": True}
        ],
        "told": None,
    }
    answer = await client.post("/simulator/drives?name=home.log", content=b"<gpx/>", headers=FEED)
    assert answer.json()["told"] == [[0.5, "Vehicle.Speed", "0"]]


async def test_the_page_offers_every_kind_of_file(client: httpx.AsyncClient) -> None:
    page = (await client.get("/simulator")).text
    assert 'accept=".gpx,.csv,.ndjson,.jsonl,.json,.log"' in page


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/simulator/drives?name=home.gpx", "trace-malformed"),
        ("/simulator/drives", "trace-unnamed"),
        (f"/simulator/drives?name={'x' * 201}", "trace-unnamed"),
    ],
)
async def test_a_bad_trace_is_refused_by_name(client: httpx.AsyncClient, address: str, code: str) -> None:
    answer = await client.post(address, content=b"no", headers=FEED)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 401, "credential-missing"),
        ("Bearer x", 401, "credential-unknown"),
        ("Bearer screen", 403, "role-cannot-report"),
    ],
)
async def test_only_a_feed_may_have_a_trace_read(client, authorization, status, code) -> None:
    headers = {"Accept": "application/json", "Authorization": authorization}
    answer = await client.post("/simulator/drives?name=a.gpx", content=b"<gpx/>", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_trace_that_is_too_large_is_not_read(client, monkeypatch) -> None:
    monkeypatch.setattr(simulator, "TRACE_LIMIT_BYTES", 5)
    answer = await client.post("/simulator/drives?name=a.gpx", content=b"<gpx/>", headers=FEED)
    assert (answer.status_code, answer.json()["code"]) == (413, "trace-too-large")


async def test_the_circles_as_they_are_now(client: httpx.AsyncClient) -> None:
    (circle,) = (await client.get("/simulator/reaches")).json()["reaches"]
    assert (circle["place_name"], circle["radius_m"]) == (REACH.place_name, REACH.radius_m)
