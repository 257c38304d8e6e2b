import pytest

from media.cue import CueCandidate
from media.manifest import AssetManifest
from tests.contracts.test_media_sql import asset
from tests.media.app import client


@pytest.fixture
def ready(house, film):
    house.assets.add(asset())
    house.assets.begin("ast_1")
    house.assets.publish(AssetManifest("ast_1", 21, 40_000, {}, "p"))
    return house


async def test_the_sheet_and_a_decision(ready):
    async with client(ready) as http:
        before = await http.get("/v1/assets/ast_1/cues")
        assert before.headers["cache-control"] == "no-store"
        assert before.json() == {
            "sheet": {
                "asset_id": "ast_1",
                "frames": 1000,
                "revision": 0,
                "candidates": [],
                "cues": [],
                "conditioning": {
                    "asset_id": "ast_1",
                    "state": "ready",
                    "progress_permille": 1000,
                    "reasons": [],
                },
                "plays": "ast_1",
                "rejected": [],
            },
            "still_url": "/v1/assets/ast_1/frames/{frame}.jpg",
        }
        answer = await http.put("/v1/assets/ast_1/cues", json={"frames": [200, 100], "revision": 0})
        assert answer.status_code == 200
        sheet = (await http.get("/v1/assets/ast_1/cues")).json()["sheet"]
        assert answer.json()["sheet"] == sheet
        assert (sheet["cues"], sheet["revision"], sheet["conditioning"]["state"]) == ([100, 200], 1, "queued")
        late = await http.put("/v1/assets/ast_1/cues", json={"frames": [], "revision": 0})
        assert (late.status_code, late.json()["code"]) == (409, "cues-changed")
        version = await http.get(f"/v1/assets/{sheet['conditioning']['asset_id']}")
        assert version.json()["state"] == "queued"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "cues-malformed"),
        (b"[1]", "cues-malformed"),
        (b'{"frames": ["1"]}', "cues-malformed"),
        (b'{"frames": [1.5]}', "cues-malformed"),
        (b'{"frames": [100], "frame": 1}', "cues-malformed"),
        (b'{"frames": [1]}', "cue-outside"),
        (b'{"frames": [%s]}' % b",".join([b"100"] * 1001), "cues-too-many"),
    ],
)
async def test_decisions_that_cannot_be(ready, body, code):
    async with client(ready) as http:
        answer = await http.put("/v1/assets/ast_1/cues", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert ready.queued == []


@pytest.mark.parametrize(
    ("account", "status"),
    [("acc_1 booking", 403), ("acc_1 driver", 403), ("", 401), ("acc_2 editor", 200)],
)
async def test_for_editors_alone(ready, account, status):
    async with client(ready, account) as http:
        assert (await http.get("/v1/assets/ast_1/cues")).status_code == status
        assert (await http.put("/v1/assets/ast_1/cues", json={"frames": []})).status_code == status
        still = await http.get("/v1/assets/ast_1/frames/5000.jpg")
        assert still.status_code == (404 if status == 200 else status)


async def test_a_still(house, film):
    await house.slate()
    async with client(house) as http:
        answer = await http.get("/v1/assets/slate/frames/47.jpg")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.content[:2] == b"\xff\xd8"
        assert "immutable" in answer.headers["cache-control"]
        assert "private" in answer.headers["cache-control"]
        missing = await http.get("/v1/assets/slate/frames/48.jpg")
        assert (missing.status_code, missing.json()["code"]) == (404, "frame-unknown")


async def test_a_candidate_is_left_out_for_every_editor(house):
    house.assets.add(asset())
    house.assets.begin("ast_1")
    found = tuple(CueCandidate(frame, frame * 40, 200, 300, 500) for frame in (100, 300))
    house.assets.publish(AssetManifest("ast_1", 21, 40_000, {}, "p", candidates=found))
    url = "/v1/assets/ast_1/cues"
    async with client(house) as http:
        for frame in (300, 100, 300):
            answer = await http.put(f"{url}/rejected/{frame}")
            assert answer.status_code == 200
        assert answer.json() == (await http.get(url)).json()
        assert answer.json()["sheet"]["rejected"] == [100, 300]
        decided = await http.put(url, json={"frames": [200]})
        assert decided.json()["sheet"]["rejected"] == [100, 300]
        again = await http.delete(f"{url}/rejected/300")
        assert again.json()["sheet"]["rejected"] == [100]
        for frame in (101, 99_999_999_999):
            nowhere = await http.put(f"{url}/rejected/{frame}")
            assert (nowhere.status_code, nowhere.json()["code"]) == (404, "candidate-unknown")


async def test_only_editors_leave_candidates_out(ready):
    async with client(ready, "acc_2 booking") as http:
        assert (await http.put("/v1/assets/ast_1/cues/rejected/100")).status_code == 403
