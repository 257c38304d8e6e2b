"""Delivery by day in the advertiser's timezone, and the answer to "why is it not serving?"."""

from datetime import UTC, date, datetime, timedelta

import pytest

from adserver.billing.impression import EventKind
from adserver.billing.report import Count, Day, by_day
from adserver.booking.campaign import CampaignAction, CreativeAction
from adserver.booking.submit_creative import Submission
from kernel.clock import to_ms
from tests.adserver.house import avail, place


def quarter(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC)) // 900_000


def test_days_are_the_advertisers_also_when_clocks_change():
    counts = [
        Count(quarter("2026-03-28T22:45"), EventKind.IMPRESSION, 1, 10),  # 23:45 in Paris, winter
        Count(quarter("2026-03-28T23:00"), EventKind.IMPRESSION, 2, 20),  # midnight
        Count(quarter("2026-03-29T21:45"), EventKind.CARD_SHOWN, 3, 30),  # 23:45, summer
        Count(quarter("2026-03-29T22:00"), EventKind.COMPLETE, 4, 0),
        Count(quarter("2026-03-29T22:00"), EventKind.MIDPOINT, 9, 0),
        Count(quarter("2026-03-29T22:00"), EventKind.TAP, 5, 0),
    ]
    unplayed = [Count(quarter("2026-03-29T22:00"), EventKind.EXPIRED, 2, 0, 40)]
    # Of those that expired only the ones that were never played count, and it is for the ledger to say which.
    counts += [Count(quarter("2026-03-29T22:00"), EventKind.EXPIRED, 3, 0, 60)]
    assert by_day(counts, unplayed, "Europe/Paris") == (
        Day(date(2026, 3, 28), impressions=1, spent_micros=10),
        Day(date(2026, 3, 29), impressions=2, cards=3, spent_micros=50),
        Day(date(2026, 3, 30), completes=4, midpoints=9, taps=5, expired=2, released_micros=40),
    )
    assert [day.day.day for day in by_day(counts, unplayed, "Asia/Kathmandu")] == [29, 30]


async def why(house, campaign):
    return (await house.report(None, campaign.campaign_id)).overview.why.code


async def test_the_first_reason_is_told(house, clock):
    campaign = await house.running(
        starts_at=clock.now() + timedelta(hours=1),
        ends_at=clock.now() + timedelta(hours=9),
        spot=False,
        card=False,
    )
    assert await why(house, campaign) == "no-creative"
    from_now = campaign.advertiser_id, campaign.campaign_id
    object.__setattr__(house.submit, "auto_approve", False)
    creative = await house.submit(*from_now, Submission("Come by"), owner="acc")
    assert await why(house, campaign) == "in-review"
    await house.review(creative.creative_id, CreativeAction.REJECT, "Too loud")
    report = await house.report(None, campaign.campaign_id)
    assert report.overview.why.sentence == (
        "None of its creatives can be shown; each says why. Add another one."
    )
    await house.review(creative.creative_id, CreativeAction.APPROVE)
    assert await why(house, campaign) == "not-started"
    clock.advance(3600)
    assert await why(house, campaign) == "no-break"
    await house.change(*from_now, CampaignAction.PAUSE)
    assert await why(house, campaign) == "paused"
    await house.change(*from_now, CampaignAction.RESUME)
    clock.advance(8 * 3600)
    assert await why(house, campaign) == "over"
    await house.change(*from_now, CampaignAction.END)
    assert await why(house, campaign) == "ended"


async def test_a_film_in_preparation_is_told(house):
    campaign = await house.running(spot=False, card=False)
    await house.submit(
        campaign.advertiser_id, campaign.campaign_id, Submission("A", "", "upl_acc"), owner="acc"
    )
    assert await why(house, campaign) == "preparing"


async def test_reserved_then_spent_then_told(house, clock):
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=1_000_000_000)
    (fill,) = (await house.serve(avail("a1", clock.now()))).fills
    report = await house.report(campaign.advertiser_id, campaign.campaign_id)
    assert report.overview.why.code == "budget-reserved"
    assert report.overview.balance.reserved_micros == 1_000_000
    assert report.days == ()
    await house.record(fill.beacon, "impression")
    await house.record(fill.beacon, "tap")
    await house.post()
    report = await house.report(campaign.advertiser_id, campaign.campaign_id)
    assert report.overview.why.code == "budget-spent"
    assert (report.overview.spent_micros, report.overview.delivered_permille) == (1_000_000, 1000)
    assert report.total == Day(
        date(2026, 6, 15), planned=1, stitched=1, impressions=1, taps=1, spent_micros=1_000_000
    )


async def test_serving(house, clock):
    campaign = await house.running()
    (fill,) = (await house.serve(avail("a1", clock.now()))).fills
    await house.record(fill.beacon, "impression")
    await house.post()
    assert await why(house, campaign) == "serving"


async def test_lost_counters_show_as_nothing_left_not_as_an_error(house, aredis):
    campaign = await house.running()
    await aredis.flushall()
    assert await why(house, campaign) == "budget-reserved"


@pytest.mark.parametrize("count", [0, 3])
async def test_the_list_is_as_long_as_what_is_booked(house, count):
    for n in range(count):
        await house.running(name=f"C{n}")
    assert len(await house.report.newest(None)) == count


async def test_the_page_and_the_decision_give_the_same_reason_where_others_came_first(house, clock):
    house.places = [place("Far", 48.14), place("Near", 48.118)]
    far = await house.running(name="Far", place_ids=(house.places[0].place_id,), segments=16)
    near = await house.running(name="Near", place_ids=(house.places[1].place_id,), segments=16)
    assert await why(house, far) == "no-break"
    assert (await house.serve(avail(at=clock.now()))).refusals[0].reason == "pod-full"
    assert await why(house, far) == "others-came-first"
    assert await why(house, near) == "chosen"
