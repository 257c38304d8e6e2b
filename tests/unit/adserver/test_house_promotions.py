"""The operator promotes itself: for nothing, anywhere, where nobody bought; and who is kept apart."""

import pytest

from adserver.booking.campaign import Category, Priority
from adserver.booking.edit_campaign import Edit
from adserver.booking.order import Order
from adserver.booking.submit_creative import Submission
from adserver.serving.avail import Location
from kernel.errors import Invalid
from tests.adserver.house import avail
from tests.adserver.web import as_advertiser, browser


async def promoted(house, segments: int = 8, **changes):
    """A running promotion of the house's own, with a film of ``segments``."""
    own = house.register("Roadcast", house=True)
    order = Order(
        **{"name": "Our app", "budget_micros": 0, "cpm_micros": 0, "place_ids": ()} | _dates(house) | changes
    )
    campaign = await house.book(own.advertiser_id, order)
    upload = f"upl_acc{campaign.campaign_id}"
    mine = own.advertiser_id, campaign.campaign_id
    creative = await house.submit(*mine, Submission("Our app", "", upload), owner="acc")
    house.media.finish(creative.asset_id, segments)
    await house.advance()
    return house.read.one(*mine)


def _dates(house):
    order = house.order()
    return {"starts_at": order.starts_at, "ends_at": order.ends_at}


async def test_it_fills_what_nobody_bought_even_where_the_car_is_unknown(house, clock):
    own = await promoted(house, segments=16)
    served = await house.serve(avail(at=clock.now(), location=None))
    (fill,) = served.fills
    assert (fill.line_item_id, fill.price_micros, fill.segments) == (own.line_item.line_item_id, 0, 16)
    assert (fill.card.place_id, fill.card.distance_m) == ("", None)
    far = await house.serve(avail("a2", clock.now(), location=Location(0.0, 0.0)))
    assert len(far.fills) == 1


async def test_it_never_keeps_out_who_pays_and_comes_last(house, clock):
    await promoted(house, segments=8)
    paid = await house.running(segments=8)
    served = await house.serve(avail(at=clock.now()))
    assert [fill.price_micros for fill in served.fills] == [10_000, 0]
    assert served.fills[0].line_item_id == paid.line_item.line_item_id
    more = await house.running(name="More", segments=8)
    served = await house.serve(avail("a2", clock.now()))
    assert {fill.line_item_id for fill in served.fills} == {
        paid.line_item.line_item_id,
        more.line_item.line_item_id,
    }
    assert [no.reason for no in served.refusals] == ["pod-full"]


async def test_it_is_counted_and_costs_nothing(house, clock):
    own = await promoted(house)
    (fill,) = (await house.serve(avail(at=clock.now()))).fills
    assert await house.record(fill.beacon, "impression") == "billed"
    await house.post()
    report = await house.report(None, own.campaign_id)
    assert (report.overview.shown, report.overview.spent_micros, report.overview.why.code) == (
        1,
        0,
        "serving",
    )
    assert report.overview.delivered_permille == 0
    item_id = own.line_item.line_item_id
    assert (await house.budgets.balances([item_id]))[item_id].balanced
    assert house.ledger.spent().get(item_id, 0) == 0


async def test_the_house_has_no_price_and_others_must_have_one(house):
    with pytest.raises(Invalid) as refused:
        await promoted(house, cpm_micros=10_000_000)
    assert (refused.value.code, list(refused.value.fields)) == ("house-has-price", ["cpm"])
    garage = house.register("Garage")
    with pytest.raises(Invalid) as refused:
        await house.book(garage.advertiser_id, house.order(budget_micros=0, cpm_micros=0, place_ids=()))
    assert set(refused.value.fields) == {"budget", "cpm", "place_ids"}
    own = await promoted(house)
    assert own.line_item.priority is Priority.HOUSE
    renamed = await house.edit(None, own.campaign_id, Edit(own.revision, name="Our new app"), actor="acc")
    assert renamed.name == "Our new app"
    edit = Edit(renamed.revision, cpm_micros=10_000_000)
    with pytest.raises(Invalid, match="house-has-price"):
        await house.edit(None, own.campaign_id, edit, actor="acc")


async def test_a_house_promotion_is_booked_by_the_form(house):
    own = house.register("Roadcast", house=True)
    async with browser(house) as web:
        me = as_advertiser(own.advertiser_id)
        form = (await web.get("/advertiser/campaigns/new", headers=me)).text
        assert "cost nothing" in form
        assert 'name="budget"' not in form
        typed = {
            "name": "Our app", "category": "other", "timezone": "Europe/Paris", "starts": "2026-06-15T08:00",
            "ends": "2026-06-20T20:00", "radius_km": "5", "cap_count": "4", "cap_window_s": "3600",
            "headline": "Our app", "body": "", "currency": "EUR", "exclusion": ["fuel", "hotel"],
            "markets": "fr, be",
        }  # fmt: skip
        answer = await web.post("/advertiser/campaigns/new", headers=me, data=typed | {"do": "book"})
        assert answer.status_code == 303, answer.text
        page = await web.get(answer.headers["location"], headers=me)
        assert page.status_code == 200
        assert (await web.get("/advertiser", headers=me)).status_code == 200
        wrong = await web.post(
            "/advertiser/campaigns/new", headers=me, data=typed | {"do": "book", "markets": "France"}
        )
        assert wrong.status_code == 422
        assert "two capital letters" in wrong.text
    (kept,) = house.campaigns.newest(own.advertiser_id, 5)
    assert kept.line_item.exclusions == (Category.FUEL, Category.HOTEL)
    assert kept.line_item.markets == ("FR", "BE")
    assert kept.line_item.house


async def test_advertisers_of_one_trade_are_kept_apart(house, clock):
    await house.running(name="One", segments=8)
    two = house.register("Charge more", category=Category.CHARGING)
    three = house.register("Charge most", category=Category.CHARGING)
    for advertiser in (two, three):
        order = house.order(name=advertiser.name, category=Category.RETAIL)
        campaign = await house.book(advertiser.advertiser_id, order)
        mine = advertiser.advertiser_id, campaign.campaign_id
        upload = f"upl_acc{campaign.campaign_id}"
        creative = await house.submit(*mine, Submission("Charge", "", upload), owner="acc")
        house.media.finish(creative.asset_id, 4)
    await house.advance()
    served = await house.serve(avail(at=clock.now()))
    assert len(served.fills) == 2
    (no,) = served.refusals
    assert no.reason == "competitive-separation"
    assert no.detail.startswith("charging: Charge mo")
