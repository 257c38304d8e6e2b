"""A vehicle's market over HTTP: its feed, an operator, and nobody else."""

from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Vehicle
from tests.players.house import DRIVING

ADDRESS = "/v1/vehicles/veh_1/market"
OPERATOR = {"X-Operator": "acc_7"}


def bearer(house, vehicle_id: str, role: Role) -> dict[str, str]:
    enrolled = house.enrol(house.issue_code(CodeTerms(vehicle_id, role)))
    return {"Authorization": f"Bearer {enrolled.credential}"}


async def test_the_feed_changes_it_as_the_vehicle_crosses_a_border(house, http):
    house.register(Vehicle("veh_1", "Demo"))
    feed = bearer(house, "veh_1", Role.FEED)
    await house.tell(house.feed(), DRIVING)
    done = await http.put(ADDRESS, json={"market": "DE"}, headers=feed)
    assert (done.status_code, done.headers["cache-control"]) == (200, "no-store")
    told = done.json()
    assert (told["market"], told["waiting"], told["policy"]) == ("DE", ["FR"], "FR+DE")
    assert "StVO § 23" in told["source"]
    (change,) = told["changes"]
    assert (change["before"], change["after"], change["settled_ms"]) == ("FR", "DE", None)
    assert change["by"].startswith("hu")
    assert (await http.get(ADDRESS, headers=feed)).json() == told


async def test_an_operator_changes_it(house, http):
    house.register(Vehicle("veh_1", "Demo"))
    told = (await http.put(ADDRESS, json={"market": "CH"}, headers=OPERATOR)).json()
    assert (told["market"], told["changes"][0]["by"]) == ("CH", "acc_7")
    assert told["policy"] == "FR+strict"  # it has told nothing yet, so it is not known to be parked


async def test_who_may_not(house, http):
    house.register(Vehicle("veh_1", "Demo"))
    house.register(Vehicle("veh_2", "Another"))
    refused = {
        "credential-missing": {},
        "credential-unknown": {"Authorization": "Bearer nobody", **OPERATOR},
        "vehicle-of-other": bearer(house, "veh_2", Role.BOTH),
        "role-cannot-report": bearer(house, "veh_1", Role.SCREEN),
    }
    for code, headers in refused.items():
        for answer in (
            await http.put(ADDRESS, json={"market": "DE"}, headers=headers),
            await http.get(ADDRESS, headers=headers),
        ):
            assert answer.status_code in (401, 403)
            assert answer.json()["code"] == code
    assert house.read_vehicle("veh_1").market == "FR"


async def test_what_is_no_market_is_a_problem_document(house, http):
    house.register(Vehicle("veh_1", "Demo"))
    for body in ({"market": "de"}, {"market": "DEU"}, {"market": "UK"}, {"market": "EU"}):
        answer = await http.put(ADDRESS, json=body, headers=OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (422, "market-unknown")
        assert answer.headers["content-type"] == "application/problem+json"
    for body in ({}, {"market": 7}, {"market": "DE", "more": 1}):
        assert (await http.put(ADDRESS, json=body, headers=OPERATOR)).status_code in (400, 422)
    answer = await http.put("/v1/vehicles/veh_9/market", json={"market": "DE"}, headers=OPERATOR)
    assert (answer.status_code, answer.json()["code"]) == (404, "vehicle-unknown")
