"""Delivery as it is read: late events in their hour, reach without a vehicle, pages over the API."""

import csv
import io
from datetime import timedelta

import pytest

from adserver.billing.budget import Outcome, Pass
from adserver.billing.delivery import By, Wish
from adserver.billing.record_event import Sent
from adserver.booking.terms import Goal, GoalUnit, Pacing
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


@pytest.mark.parametrize("hours", [1, 20, 23])
async def test_a_dead_zone_of_most_of_a_day_moves_nothing_and_loses_no_money(house, clock, hours):
    """What comes late lands where it was, whatever came meanwhile; all hours together are the ledger's."""
    campaign = await house.running(ends_at=clock.now() + timedelta(days=2), pacing=Pacing.FAST)
    mine, item_id = (campaign.advertiser_id, campaign.campaign_id), campaign.line_item.line_item_id
    then_ms = clock.now_ms()
    (spot,) = (await house.serve(avail("s", clock.now()))).fills
    for n in range(hours):
        clock.advance(3600)
        await house.release()
        await show(house, n, f"car{n}")
        await house.post()
    stages = ("start", "first-quartile", "midpoint", "third-quartile", "complete")
    told = [Sent(spot.beacon, stage, then_ms + n * 4_000) for n, stage in enumerate(stages)]
    answers = await house.record.batch(told)
    assert {answer.outcome for answer in answers} <= {Outcome.BILLED, Outcome.NOTED}
    await house.post()
    by_hour = house.delivery(*mine, Wish(By.HOUR))
    first, *rest = by_hour.slices
    assert (first.key, first.impressions, first.completes, first.cards) == (
        "2026-06-15T12:00+02:00",
        1,
        1,
        0,
    )
    assert [(one.impressions, one.cards) for one in rest] == [(0, 1)] * hours
    report = await house.report(*mine)
    spent = house.ledger.spent()[item_id]
    assert spent == (hours + 1) * campaign.line_item.price_micros
    for by in By:
        assert house.delivery(*mine, Wish(by)).total.spent_micros == spent
    assert report.total.spent_micros == report.overview.spent_micros == spent
    assert report.overview.balance.spent_micros == spent


async def test_what_is_told_after_a_day_is_refused_and_changes_nothing(house, clock):
    await house.running(ends_at=clock.now() + timedelta(days=3))
    (spot,) = (await house.serve(avail("s", clock.now()))).fills
    then_ms = clock.now_ms()
    clock.advance(25 * 3600)
    (answer,) = await house.record.batch([Sent(spot.beacon, "start", then_ms)])
    assert answer.refused is not None
    assert await house.post() == 0


async def test_the_report_is_told_whole_as_json_as_csv_and_on_the_page(house, web, clock):
    """Its goal, what is done and planned of it, what is let through, cost, reach and frequency."""
    campaign = await house.running(
        spot=False, goal=Goal(GoalUnit.IMPRESSIONS, 40), ends_at=clock.now() + timedelta(hours=9)
    )
    me, at = as_advertiser(campaign.advertiser_id), f"/v1/campaigns/{campaign.campaign_id}"
    head, *rows = csv.reader(io.StringIO((await web.get(f"{at}/report.csv", headers=me)).text, newline=""))
    assert rows == []
    for n in range(10):
        fill = await show(house, n, f"car{n % 5}")
        if n < 3:
            await house.record(fill.beacon, "tap")
    await house.post()
    await house.budgets.pace({campaign.line_item.line_item_id: Pass(345_000, 100_000)})
    told = (await web.get(f"{at}/report", headers=me)).json()
    overview, pace = told["overview"], told["overview"]["pace"]
    assert (overview["goal"], overview["done"], overview["spent_micros"]) == (40, 10, 100_000)
    assert pace == {
        "state": "ahead", "unit": "impressions", "elapsed_permille": 100, "done_permille": 250,
        "planned_permille": 100, "pass_permille": 345,
    }  # fmt: skip
    assert told["reach"] == {"vehicles": 5, "frequency_hundredths": 200}
    text = (await web.get(f"{at}/report.csv", headers=me)).text
    head, row = csv.reader(io.StringIO(text, newline=""))
    found = dict(zip(head, row, strict=True))
    assert found | {
        "day": "2026-06-15", "cards": "10", "taps": "3", "redemptions": "0", "spent_micros": "100000",
        "currency": "EUR", "goal_unit": "impressions", "toward_goal": "10", "goal": "40", "done": "10",
        "done_permille": "250", "planned_permille": "100", "pass_permille": "345", "vehicles": "5",
        "frequency_hundredths": "200",
    } == found  # fmt: skip
    for language, words in (("en", "34.5 % of its chances"), ("fr", "34,5 % de ses occasions")):
        headers = me | {"Cookie": f"lang={language}"}
        page = (await web.get(f"/advertiser/campaigns/{campaign.campaign_id}", headers=headers)).text
        assert words in page
        assert f"{at}/report.csv" in page


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
