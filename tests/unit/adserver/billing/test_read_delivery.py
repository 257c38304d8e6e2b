"""Delivery as it is read: late events in their hour, reach without a vehicle, pages over the API."""

import csv
import io

import pytest

from adserver.billing.delivery import By, Wish
from adserver.billing.record_event import Sent
from kernel.errors import NotFound
from tests.adserver.house import avail, card_avail, place
from tests.adserver.web import as_advertiser, browser


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


async def show(house, n, car, event="card-shown", at_ms=None):
    (fill,) = (await house.serve(card_avail(f"a{n}", house.clock.now(), subject=car))).fills
    await house.record.batch([Sent(fill.beacon, event, at_ms)])
    return fill


async def test_what_is_told_late_counts_in_the_hour_in_which_it_happened(house, clock):
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    then_ms = clock.now_ms()
    (fill,) = (await house.serve(card_avail("a1", clock.now()))).fills
    clock.advance(3 * 3600)  # out of a dead zone
    await show(house, 2, "car2")
    await house.record.batch(
        [Sent(fill.beacon, "card-shown", then_ms), Sent(fill.beacon, "navigate", then_ms + 1)]
    )
    await house.post()
    hours = house.delivery(*mine, Wish(By.HOUR)).slices
    assert [(one.key, one.cards, one.navigations) for one in hours] == [
        ("2026-06-15T12:00+02:00", 1, 1),
        ("2026-06-15T15:00+02:00", 1, 0),
    ]
    assert [one.key for one in house.delivery(*mine, Wish(By.HOUR, zone="Asia/Kathmandu")).slices] == [
        "2026-06-15T15:00+05:45",
        "2026-06-15T18:00+05:45",
    ]
    with pytest.raises(NotFound):
        house.delivery("adv_another", campaign.campaign_id, Wish())


async def test_reach_counts_vehicles_and_keeps_none(house, aredis):
    campaign = await house.running(spot=False)
    for n in range(12):
        await show(house, n, f"car-of-somebody-{n % 6}")
        await house.post()
        report = await house.report(None, campaign.campaign_id)
        assert (report.reach.vehicles is None) == (n < 4)
    assert (report.reach.vehicles, report.reach.frequency_hundredths) == (6, 200)
    (key,) = [key async for key in aredis.scan_iter("*:reach:*")]
    assert b"somebody" not in await aredis.dump(key)
    assert await aredis.pttl(key) > 700 * 86_400_000
    # What was planned and never shown reaches nobody, nor does the same beacon a second time.
    await house.serve(card_avail("a99", house.clock.now(), subject="car-of-another"))
    assert await house.budgets.reach(campaign.line_item.line_item_id) == 6


async def test_a_vehicle_has_another_pseudonym_for_every_line_item(house):
    from adserver.billing.impression import read_token, viewer_of

    await house.running(spot=False)
    (fill,) = (await house.serve(card_avail("a1", house.clock.now(), subject="car7"))).fills
    beacon = read_token(house.sealer, fill.beacon, house.clock.now_ms())
    assert beacon.viewer == viewer_of(house.sealer, "car7", beacon.line_item_id)
    assert (
        len(
            {
                beacon.viewer,
                viewer_of(house.sealer, "car7", "li_2"),
                viewer_of(house.sealer, "car8", beacon.line_item_id),
            }
        )
        == 3
    )


async def test_by_creative_and_by_place_over_the_api(house, web):
    house.places = [place("=Rennes", brand="Garage")]
    campaign = await house.running()
    me, at = as_advertiser(campaign.advertiser_id), f"/v1/campaigns/{campaign.campaign_id}"
    for n in range(2):
        await show(house, n, f"car{n}")
    (spot,) = (await house.serve(avail("s", house.clock.now()))).fills
    await house.record(spot.beacon, "start")
    await house.post()
    by_creative = (await web.get(f"{at}/delivery?by=creative", headers=me)).json()
    assert sorted((one["name"], one["cards"], one["impressions"]) for one in by_creative["slices"]) == [
        ("Come by", 2, 0),
        ("Test drive", 0, 1),
    ]
    assert by_creative["total"]["spent_micros"] == house.ledger.spent()[campaign.line_item.line_item_id]
    first = (await web.get(f"{at}/delivery?by=creative&limit=1", headers=me)).json()
    rest = (await web.get(f"{at}/delivery?by=creative&limit=1&after={first['next']}", headers=me)).json()
    assert first["slices"] + rest["slices"] == by_creative["slices"]
    assert rest["next"] == ""
    answer = await web.get(f"{at}/delivery.csv?by=place", headers=me)
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(answer.text, newline=""))
    assert dict(zip(head, row, strict=True)) | {"place": ""} == {
        "place": "", "name": "'=Rennes", "impressions": "1", "completes": "0", "cards": "2", "taps": "0",
        "navigations": "0", "calls": "0", "coupons": "0", "redemptions": "0", "spent_micros": "30000",
        "currency": "EUR",
        "goal_unit": "spend", "toward_goal": "30000", "goal": "100000000",
    }  # fmt: skip
    for wrong, code in (
        ("by=cell", "slicing-unknown"),
        ("limit=x", "page-out-of-range"),
        ("from=no", "day-malformed"),
        ("by=creative&to=9999-12-31", "day-malformed"),
        ("by=creative&from=0001-01-01", "day-malformed"),
    ):
        refused = await web.get(f"{at}/delivery?{wrong}", headers=me)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    other = as_advertiser(house.register("Another").advertiser_id)
    assert (await web.get(f"{at}/delivery", headers=other)).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"), [("en", "fewer than 5 vehicles"), ("fr", "moins de 5 véhicules")]
)
async def test_the_page_slices_as_it_is_asked(house, web, language, words):
    campaign = await house.running(spot=False)
    me = as_advertiser(campaign.advertiser_id) | {"Cookie": f"lang={language}"}
    await show(house, 1, "car1")
    await house.post()
    at = f"/advertiser/campaigns/{campaign.campaign_id}"
    for asked, key in (
        ("", "2026-06-15"),
        ("?by=hour", "2026-06-15T12:00+02:00"),
        ("?by=nonsense", "2026-06-15"),
    ):
        page = (await web.get(f"{at}{asked}", headers=me)).text
        assert f'data-slice="{key}"' in page
        assert words in page
        assert page.count("<rect ") == 1
    assert "<svg viewBox" not in (await web.get(f"{at}?by=place", headers=me)).text
