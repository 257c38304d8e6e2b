"""An operator gives back: once, never more than was charged, and the books stay right."""

import asyncio

import pytest
from sqlalchemy import select

from adserver.adapters.tables import campaign_audit
from adserver.billing.credit import CreditKind, CreditWish
from adserver.booking.campaign import CampaignAction
from adserver.booking.edit_campaign import Edit
from kernel.errors import Conflict, NotFound
from server.engines.database import open_database
from tests.adserver.house import avail
from tests.adserver.web import OPERATOR, as_advertiser, browser

PRICE = 10_000


@pytest.fixture
def database(tmp_path):
    """As the product opens it: whoever writes waits for whoever does."""
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    yield engine
    engine.dispose()


async def shown(house, number=4):
    campaign = await house.running()
    for n in range(number):
        (fill,) = (await house.serve(avail(f"a{n}", house.clock.now()))).fills
        await house.record(fill.beacon, "impression")
    return campaign


def wish(kind="refund", micros=PRICE):
    return CreditWish(CreditKind(kind), micros, "Silent film")


async def holdings(house):
    report = await house.audit()
    assert report.findings == ()
    return {one.kind: one.balance_micros for one in report.holdings}


async def refused(house, campaign, key, wanted, code):
    with pytest.raises(Conflict) as caught:
        await house.credit(campaign.campaign_id, key, wanted, actor="op")
    assert (caught.value.code, bool(caught.value.fix)) == (code, True)


async def test_a_refund_is_given_once_however_often_it_is_asked_for(house):
    campaign = await shown(house)
    asked = [house.credit(campaign.campaign_id, "k1", wish(), actor=f"op{n}") for n in range(5)]
    given = await asyncio.gather(*asked)
    assert len(set(given)) == 1
    assert await holdings(house) == {
        "advertiser": 3 * PRICE, "refund": PRICE, "revenue": -4 * PRICE,
        "committed": 100_000_000, "budget": -100_000_000,
    }  # fmt: skip
    with house.engine.connect() as connection:
        (line,) = connection.execute(select(campaign_audit)).all()
    assert (line.action, line.actor, line.campaign_id) == ("refund", given[0].actor, campaign.campaign_id)
    await refused(house, campaign, "k1", wish(micros=PRICE + 1), "credit-differs")


async def test_never_more_than_was_charged_by_however_many_at_once(house):
    campaign = await shown(house)
    kinds = ["refund", "make-good"] * 4
    asked = [
        house.credit(campaign.campaign_id, f"k{n}", wish(kind, PRICE + 1), actor="op")
        for n, kind in enumerate(kinds)
    ]
    found = await asyncio.gather(*asked, return_exceptions=True)
    codes = [one.code for one in found if isinstance(one, Conflict)]
    assert len(found) - len(codes) <= 3
    assert set(codes) <= {"credit-exceeds-charges", "campaign-changed"}
    await refused(house, campaign, "last", wish(micros=2 * PRICE), "credit-exceeds-charges")
    await holdings(house)


async def test_a_make_good_is_delivered_anew(house):
    campaign = await house.running(budget_micros=2_000_000, cpm_micros=1_000_000_000)
    for n in range(3):
        for fill in (await house.serve(avail(f"a{n}", house.clock.now()))).fills:
            await house.record(fill.beacon, "impression")
    assert (await house.serve(avail("none", house.clock.now()))).fills == ()
    await house.credit(campaign.campaign_id, "k1", wish("make-good", 1_000_000), actor="op")
    house.announced.clear()
    await house.credit(campaign.campaign_id, "k1", wish("make-good", 1_000_000), actor="op")
    assert house.announced == []
    (fill,) = (await house.serve(avail("again", house.clock.now()))).fills
    await house.record(fill.beacon, "impression")
    # Three were delivered, and two are paid.
    assert await holdings(house) == {
        "advertiser": 2_000_000, "make-good": 1_000_000, "revenue": -3_000_000,
        "committed": 3_000_000, "budget": -3_000_000,
    }  # fmt: skip
    assert house.read.one(None, campaign.campaign_id).line_item.budget_micros == 3_000_000


async def test_the_counters_follow_after_one_who_died(house, monkeypatch):
    campaign = await shown(house)

    async def dies(*_args):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(house.budgets, "rebudget", dies)
        with pytest.raises(ConnectionError):
            await house.credit(campaign.campaign_id, "k1", wish("make-good"), actor="op")
    assert [one.fault.value for one in (await house.audit()).findings] == ["budget-differs"]
    await house.reconcile()
    await holdings(house)


async def test_what_is_over_can_be_refunded_and_not_made_good(house):
    campaign = await shown(house)
    await house.change(None, campaign.campaign_id, CampaignAction.END)
    await refused(house, campaign, "k1", wish("make-good"), "make-good-over")
    await house.credit(campaign.campaign_id, "k1", wish(), actor="op")
    late = await shown(house, 1)
    house.clock.advance(2 * 86_400)
    await refused(house, late, "k1", wish("make-good"), "make-good-over")
    with pytest.raises(NotFound):
        await house.credit("cmp_nowhere", "k1", wish(), actor="op")


async def test_an_edit_from_before_a_make_good_is_refused(house):
    campaign = await shown(house)
    await house.credit(campaign.campaign_id, "k1", wish("make-good"), actor="op")
    with pytest.raises(Conflict):
        await house.edit(None, campaign.campaign_id, Edit(revision=1, budget_micros=9 * 10**6), actor="acc")


async def test_over_the_api(house):
    campaign = await shown(house)
    at = f"/v1/campaigns/{campaign.campaign_id}/credits"
    body = {"kind": "refund", "amount_micros": PRICE, "reason": "Silent film"}
    async with browser(house) as web:
        mine = as_advertiser(campaign.advertiser_id)
        assert (await web.put(f"{at}/k1", headers=mine, json=body)).status_code == 403
        for _ in range(2):
            given = await web.put(f"{at}/k1", headers=OPERATOR, json=body)
            assert (given.status_code, given.json()["amount_micros"]) == (200, PRICE)
        too_much = await web.put(f"{at}/k2", headers=OPERATOR, json=body | {"amount_micros": 4 * PRICE})
        assert (too_much.status_code, too_much.json()["code"]) == (409, "credit-exceeds-charges")
        (listed,) = (await web.get(at, headers=mine)).json()["credits"]
        assert listed == given.json() | {"actor": ""}
        assert (await web.get(at, headers=OPERATOR)).json() == {"credits": [given.json()]}
        assert (await web.get(at, headers=as_advertiser("adv_other"))).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"), [("en", "At most what was charged"), ("fr", "Au plus ce qui a été")]
)
async def test_on_the_page(house, language, said):
    campaign = await shown(house)
    page = f"/advertiser/campaigns/{campaign.campaign_id}"
    chosen = {"Cookie": f"lang={language}"}
    async with browser(house) as web:
        text = (await web.get(page, headers=OPERATOR | chosen)).text
        assert said in text
        key = text.split('name="key" value="')[1].partition('"')[0]
        assert said not in (await web.get(page, headers=as_advertiser(campaign.advertiser_id) | chosen)).text
        form = {"key": key, "kind": "refund", "amount": "1", "reason": "Panne"}
        refused = await web.post(f"{page}/credits", headers=OPERATOR | chosen, data=form)
        assert refused.status_code == 422
        assert 'value="Panne"' in refused.text
        for _ in range(2):
            given = await web.post(
                f"{page}/credits", headers=OPERATOR | chosen, data=form | {"amount": "0,02"}
            )
            assert given.headers["location"] == f"{page}#credits"
        shown_to_it = (await web.get(page, headers=as_advertiser(campaign.advertiser_id) | chosen)).text
        assert shown_to_it.count("Panne") == 1
    assert sum(credit.amount_micros for credit in house.credits.of(campaign.campaign_id)) == 20_000
