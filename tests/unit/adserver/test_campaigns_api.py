"""The JSON API of booking, as a program uses it."""

import pytest

from geotarget.area import Disc, make_area
from tests.adserver.house import avail
from tests.adserver.web import OPERATOR, as_advertiser, browser


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


def body(house, **changes):
    return {
        "name": "Open days",
        "starts_at": "2026-06-15T08:00:00+02:00",
        "ends_at": "2026-06-20T20:00:00+02:00",
        "budget_micros": 250_000_000,
        "cpm_micros": 12_000_000,
        "radius_m": 5000,
        "place_ids": list(house.order().place_ids),
    } | changes


async def test_book_add_a_card_serve_count_report(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    booked = await web.post("/v1/campaigns", headers=me, json=body(house))
    assert booked.status_code == 201
    at = f"/v1/campaigns/{booked.json()['campaign_id']}"
    made = await web.post(f"{at}/creatives", headers=me, json={"headline": "Hi", "upload_id": "upl_acc"})
    assert made.json()["state"] == "preparing"
    house.media.finish("ast_acc")
    await house.advance()
    assert (await web.get(at, headers=me)).json()["creatives"][0]["state"] == "approved"
    (fill,) = (await house.serve(avail("a1", house.clock.now()))).fills
    for _ in range(3):
        answer = await web.post(f"/v1/beacons/{fill.beacon}/impression")
        assert (answer.status_code, answer.content) == (204, b"")
    await house.post()
    report = (await web.get(f"{at}/report", headers=me)).json()
    assert report["overview"]["spent_micros"] == 12_000
    assert report["overview"]["why"]["code"] == "serving"
    (day,) = report["days"]
    told = {name: value for name, value in day.items() if value}
    assert told == {
        "day": "2026-06-15",
        "planned": 1,
        "stitched": 1,
        "impressions": 1,
        "spent_micros": 12_000,
    }
    assert report["total"] == day
    (listed,) = (await web.get("/v1/campaigns", headers=me)).json()["campaigns"]
    assert (listed["shown"], listed["places"], listed["why"]) == (1, 1, "It is serving.")
    assert (listed["goal_unit"], listed["done"], listed["goal"]) == ("spend", 12_000, listed["budget_micros"])
    assert (await web.post(f"{at}/pause", headers=me)).json()["state"] == "paused"
    assert (await web.post(f"{at}/pause", headers=me)).json()["code"] == "campaign-state"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"ends_at": "2026-06-14T08:00:00+02:00"}, 422, "campaign-ends-before-start"),
        ({"budget_micros": 0}, 422, "budget-missing"),
        ({"ends_at": "soon"}, 422, "body-invalid"),
        ({"budget_micros": 1.5}, 422, "body-invalid"),
        ({"typo": 1}, 422, "body-invalid"),
        ({"place_ids": ["plc_nowhere"]}, 422, "place-unknown"),
        ({"area_ids": ["are_nowhere"]}, 422, "area-unknown"),
        ({"area_ids": [f"are_{n}" for n in range(501)]}, 422, "areas-too-many"),
        ({"place_ids": [], "area_ids": []}, 422, "places-missing"),
        ({"priority": "sponsorship"}, 403, "priority-not-allowed"),
    ],
)
async def test_refusals_are_problem_documents_and_change_nothing(house, web, changes, status, code):
    me = as_advertiser(house.register("Garage").advertiser_id)
    answer = await web.post("/v1/campaigns", headers=me, json=body(house, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert house.read(None) == []


async def test_a_campaign_in_areas_is_booked_listed_and_changed(house, web):
    house.areas = [make_area("dep", code, f"Zone {code}", Disc(48.1, -1.7, 9_000)) for code in ("35", "22")]
    first, second = (area.area_id for area in house.areas)
    advertiser_id = house.register("Garage").advertiser_id
    me = as_advertiser(advertiser_id)
    asked = body(house, place_ids=[], area_ids=[first, first, second])
    booked = await web.post("/v1/campaigns", headers=me, json=asked)
    assert booked.status_code == 201
    assert booked.json()["line_item"]["area_ids"] == [first, second]
    (listed,) = (await web.get("/v1/campaigns", headers=me)).json()["campaigns"]
    assert (listed["places"], listed["areas"]) == (0, 2)
    at = f"/v1/campaigns/{booked.json()['campaign_id']}"
    changed = await web.patch(at, headers=me, json={"revision": 1, "area_ids": [second]})
    assert changed.json()["line_item"]["area_ids"] == [second]
    for wrong, code in (([], "places-missing"), (["are_none"], "area-unknown")):
        refused = await web.patch(at, headers=me, json={"revision": 2, "area_ids": wrong})
        assert refused.json()["code"] == code
    (kept,) = house.read(advertiser_id)
    assert kept.line_item.area_ids == (second,)


async def test_beacons_that_are_not_ours(web):
    answer = await web.post("/v1/beacons/nonsense.AAAA/impression")
    assert (answer.status_code, answer.json()["code"]) == (403, "beacon-invalid")


async def test_a_review_over_the_api(house, web):
    campaign = await house.running(spot=False)
    at = f"/v1/creatives/{campaign.creatives[0].creative_id}"
    bare = await web.post(f"{at}/reject", headers=OPERATOR)
    assert bare.json()["code"] == "review-reason-missing"
    done = await web.post(f"{at}/reject", headers=OPERATOR, json={"reason": "Too loud"})
    assert (done.json()["state"], done.json()["reasons"]) == ("rejected", ["Too loud"])
    assert (await web.post(f"{at}/delete", headers=OPERATOR)).status_code == 404
    assert (await web.post("/v1/creatives/crv_9/approve", headers=OPERATOR)).status_code == 404
