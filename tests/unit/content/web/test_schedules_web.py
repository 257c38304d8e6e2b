"""The plan's API over HTTP."""

import pytest

from content.channels.plan import ProgrammeEntry
from content.web import schedules
from tests.signed_in import client_of


@pytest.fixture
async def http(room):
    async with client_of(schedules.routes(room.edit_plan, {"acc_1": "Ada"}.get), "editor") as client:
        yield client


@pytest.fixture
def path(room):
    room.programme("one", 40)
    return f"/v1/channels/{room.channel(ProgrammeEntry('prg_one')).channel_id}/plan"


ONE = {"kind": "programme", "programme_id": "prg_one"}


async def test_a_plan_goes_round(http, path):
    read = (await http.get(path)).json()
    assert read["version"] == 1
    plan = read["plan"] | {
        "timezone": "UTC",
        "week": {"mon": [{"at": "06:00", "entries": [ONE], "repeat": True}]},
    }
    effect = (await http.put(path, json={"version": 1, "plan": plan})).json()
    assert set(effect) == {"version", "begins_at_ms", "effective_at_ms", "frozen_until_ms"}
    again = (await http.get(path)).json()
    assert (again["version"], again["plan"]["week"]["mon"][0]["at"]) == (2, "06:00")
    stale = await http.put(path, json={"version": 1, "plan": plan})
    assert (stale.status_code, stale.json()["code"]) == (409, "schedule-changed")


async def test_a_day_is_saved_seen_and_taken_back(http, path):
    blocks = [{"at": "06:00", "entries": [ONE, ONE], "start": "cut"}]
    saved = await http.put(f"{path}/days/2027-12-24", json={"version": 1, "blocks": blocks})
    assert saved.json()["version"] == 2
    seen = (await http.post(f"{path}/preview", json={"date": "2027-12-24"})).json()
    first = next(slot for slot in seen["day"]["slots"] if slot["source"] == "block")
    assert first["field"] == "days.2027-12-24[0].entries[0]"
    assert first["starts_at_local"].startswith("2027-12-24T06:00:0")
    assert seen["effect"] is None
    assert (await http.delete(f"{path}/days/2027-12-24")).json()["code"] == "version-malformed"
    assert (await http.delete(f"{path}/days/2027-12-24?version=2")).json()["version"] == 3
    history = (await http.get(f"{path}/history")).json()["entries"]
    assert [list(entry["detail"])[-1] for entry in history] == ["days.2027-12-24"] * 2
    assert {(entry["actor"], entry["actor_name"]) for entry in history} == {("acc_1", "Ada")}


async def test_findings_have_a_sentence_and_a_remedy(http, path):
    plan = {"timezone": "UTC", "week": {key: [{"at": "06:00", "entries": [ONE]}] for key in ("mon", "thu")}}
    seen = (await http.post(f"{path}/preview", json={"date": "2027-12-27", "plan": plan})).json()
    slate = next(one for one in seen["day"]["findings"] if one["code"] == "slate")
    assert slate["severity"] == "warning"
    assert slate["sentence"].startswith(str(slate["seconds"]))
    assert slate["fix"]
    await http.put(path, json={"version": 1, "plan": plan})
    told = (await http.get(f"{path}/findings?days=7")).json()
    assert (bool(told["findings"]), told["untold"], seen["day"]["untold"]) == (True, 0, 0)


@pytest.mark.parametrize(
    ("method", "route", "body", "status", "code"),
    [
        ("PUT", "", {"version": 1, "plan": {"timezone": "Mars/Base"}}, 422, "timezone-unknown"),
        ("PUT", "/days/someday", {"version": 1, "blocks": []}, 422, "day-unknown"),
        ("POST", "/preview", {"date": "2026-02-30"}, 422, "day-unknown"),
        ("GET", "/findings?days=32", None, 422, "days-out-of-range"),
        ("GET", "/findings?days=x", None, 422, "days-malformed"),
    ],
)
async def test_what_is_wrong_is_named(http, path, method, route, body, status, code):
    answer = await http.request(method, path + route, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_only_editors_and_only_channels_that_exist(http, path):
    assert (await http.get("/v1/channels/chn_nobody/plan")).json()["code"] == "channel-unknown"
    http.headers.pop("X-Scopes")
    assert (await http.get(path)).status_code == 401
