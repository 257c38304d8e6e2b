"""A code is redeemed once, by its advertiser, and told."""

import asyncio

import pytest

from adserver.billing.delivery import By, Wish
from adserver.booking.terms import Action
from adserver.coupons.coupon import Outcome
from adserver.coupons.redeem_coupon import MISSES_LIMIT
from kernel.errors import Conflict, Forbidden, Invalid, NotFound


async def redemptions(house, campaign, by=By.DAY):
    await house.post()
    return house.delivery.whole(None, campaign.campaign_id, Wish(by)).total.redemptions


async def test_once_and_it_is_reported_by_day_place_and_creative(house, offered, shown, clock):
    campaign = await offered()
    saved = await house.save("veh_1", await shown())
    clock.advance(86_400 * 20)
    won = await house.redeem(campaign.advertiser_id, "till", saved.code.lower())
    assert (won.outcome, won.saved.redeemed_ms) == (Outcome.WON, clock.now_ms())
    clock.advance(60)
    with pytest.raises(Conflict, match="coupon-redeemed") as refused:
        await house.redeem(campaign.advertiser_id, "till 2", saved.code)
    assert refused.value.fields["redeemed_at"] == "2026-07-05T10:00:00.000Z"
    assert [await redemptions(house, campaign, by) for by in (By.DAY, By.CREATIVE, By.PLACE)] == [1, 1, 1]
    report = await house.report(None, campaign.campaign_id)
    assert [(day.day.isoformat(), day.redemptions) for day in report.days if day.redemptions] == [
        ("2026-07-05", 1)
    ]
    assert (await house.wallet.all("veh_1"))[0].redeemed_ms == won.saved.redeemed_ms


async def test_where_the_redemption_is_paid_for_it_is_billed_once(house, offered, shown, clock):
    price = {"cpm_micros": 0, "cpa_micros": 2_000_000, "action": Action.REDEMPTION}
    campaign = await offered(order=price)
    saved = await house.save("veh_1", await shown())
    other = await house.save("veh_2", await shown("veh_2"))
    clock.advance(86_400 * 20)
    await house.release()
    for _ in range(2):
        await asyncio.gather(
            *(house.redeem(campaign.advertiser_id, f"till{n}", saved.code) for n in range(4)),
            return_exceptions=True,
        )
    assert await redemptions(house, campaign) == 1
    item_id = campaign.line_item.line_item_id
    assert house.ledger.spent() == {item_id: 2_000_000}
    balance = (await house.budgets.balances([item_id]))[item_id]
    assert (balance.spent_micros, balance.balanced) == (2_000_000, True)
    await house.redeem(campaign.advertiser_id, "till", other.code)
    await house.post()
    assert house.ledger.spent() == {item_id: 4_000_000}


async def test_many_tills_at_once(house, offered, shown):
    campaign = await offered()
    saved = await house.save("veh_1", await shown())
    tries = [house.redeem(campaign.advertiser_id, f"till{n}", saved.code) for n in range(64)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    won = [one for one in found if not isinstance(one, BaseException)]
    assert [one.outcome for one in won] == [Outcome.WON]
    assert {one.code for one in found if isinstance(one, Conflict)} == {"coupon-redeemed"}
    assert {one.fields["redeemed_at"] for one in found if isinstance(one, Conflict)} == {
        "2026-06-15T10:00:00.000Z"
    }
    assert await redemptions(house, campaign) == 1


async def test_the_same_sale_is_answered_as_before(house, offered, shown):
    campaign = await offered()
    saved = await house.save("veh_1", await shown())
    first = await house.redeem(campaign.advertiser_id, "till", saved.code, "R-1")
    again = await house.redeem(campaign.advertiser_id, "till", saved.code, "R-1")
    assert (again.outcome, again.saved.redeemed_ms) == (Outcome.REPEATED, first.saved.redeemed_ms)
    with pytest.raises(Conflict, match="coupon-redeemed"):
        await house.redeem(campaign.advertiser_id, "till", saved.code, "R-2")
    assert await redemptions(house, campaign) == 1


async def test_a_code_for_all_is_redeemed_as_often_as_it_was_saved(house, offered, shown):
    campaign = await offered(code="SUMMER")
    for n in (1, 2):
        await house.save(f"veh_{n}", await shown(f"veh_{n}"))
    with pytest.raises(Invalid, match="receipt-missing"):
        await house.redeem(campaign.advertiser_id, "till", "summer")
    for receipt in ("R-1", "R-2", "R-1"):
        await house.redeem(campaign.advertiser_id, "till", "summer", receipt)
    with pytest.raises(Conflict, match="coupon-redeemed"):
        await house.redeem(campaign.advertiser_id, "till", "summer", "R-3")
    assert await redemptions(house, campaign) == 2


async def test_what_is_refused_says_why(house, offered, shown, clock):
    campaign = await offered()
    other = house.register("Café")
    saved = await house.save("veh_1", await shown())
    with pytest.raises(Forbidden, match="coupon-of-other"):
        await house.redeem(other.advertiser_id, "till", saved.code)
    with pytest.raises(NotFound, match="coupon-unknown"):
        await house.redeem(campaign.advertiser_id, "till", "0000-0000-0000")
    with pytest.raises(Invalid, match="receipt-malformed"):
        await house.redeem(campaign.advertiser_id, "till", saved.code, "x" * 65)
    clock.advance(30 * 86_400)
    with pytest.raises(Conflict, match="coupon-expired"):
        await house.redeem(campaign.advertiser_id, "till", saved.code)
    assert await redemptions(house, campaign) == 0


async def test_codes_of_a_pool_that_nobody_saved_are_worth_nothing(house, offered):
    campaign = await offered(limit=0, codes=("OWN-0001-A",))
    with pytest.raises(NotFound, match="coupon-unknown"):
        await house.redeem(campaign.advertiser_id, "till", "OWN-0001-A")


async def test_an_account_tries_so_many_and_no_more(house, offered, shown):
    campaign = await offered()
    saved = await house.save("veh_1", await shown())
    for n in range(MISSES_LIMIT):
        with pytest.raises(NotFound):
            await house.redeem(campaign.advertiser_id, "guesser", f"0000-0000-{n:04}")
    assert await house.redeem(campaign.advertiser_id, "guesser", saved.code) is None
    won = await house.redeem(campaign.advertiser_id, "till", saved.code)
    assert won.outcome is Outcome.WON, "others are not held up"


async def test_what_could_not_be_told_is_told_later_once(house, offered, shown, monkeypatch):
    campaign = await offered()
    saved = await house.save("veh_1", await shown())

    async def away(*_args):
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(type(house.budgets), "record", away)
        won = await house.redeem(campaign.advertiser_id, "till", saved.code)
        assert won.outcome is Outcome.WON, "the customer need not wait for the books"
    assert await redemptions(house, campaign) == 0
    assert await house.tell() == 1
    assert await house.tell() == 0
    assert await redemptions(house, campaign) == 1


async def test_the_export_tells_of_codes_and_not_of_vehicles(house, offered, shown):
    campaign = await offered(title="=2+3")
    saved = await house.save("veh_1", await shown())
    await house.redeem(campaign.advertiser_id, "till", saved.code, "=R1")
    lines = house.read_coupons.export(campaign.advertiser_id, campaign.campaign_id).split("\r\n")
    assert lines[0] == "coupon_id,title,code,saved_at,expires_at,redeemed_at,receipt"
    at = "2026-06-15T10:00:00.000Z"
    assert lines[1:] == [
        f"{saved.coupon_id},'=2+3,{saved.code},{at},2026-07-15T10:00:00.000Z,{at},'=R1",
        "",
    ]
