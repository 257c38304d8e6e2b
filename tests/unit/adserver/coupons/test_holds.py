"""Where redemptions are paid for, a code that was saved holds its price until it is over."""

import asyncio
from datetime import timedelta

import pytest

from adserver.booking.edit_campaign import Edit
from adserver.booking.submit_creative import Submission
from adserver.booking.terms import Action
from adserver.coupons.coupon import HELD_AFTER_MS, CouponOrder
from adserver.coupons.tell_counters import AGAIN_AFTER_MS
from kernel.clock import from_ms
from kernel.errors import Conflict, Invalid
from tests.adserver.house import UNIT, card_avail

DAY_S = 86_400
PRICE = 2 * UNIT


@pytest.fixture
def priced(offered, clock):
    """A campaign that pays for redemptions, with the budget for so many."""

    async def offer(redemptions: int, **changes):
        until = clock.now() + timedelta(days=40)
        order = {"cpm_micros": 0, "cpa_micros": PRICE, "action": Action.REDEMPTION, "ends_at": until}
        return await offered(
            order=order | {"budget_micros": redemptions * PRICE}, **({"limit": 50} | changes)
        )

    return offer


@pytest.fixture
def balance(house):
    async def read(campaign):
        item_id = campaign.line_item.line_item_id
        found = (await house.budgets.balances([item_id]))[item_id]
        assert found.balanced
        return found

    return read


async def books_are_right(house, spent_micros):
    await house.post()
    assert (await house.audit()).findings == ()
    found = await house.reconcile()
    assert (found.unbalanced, found.differing) == ((), ())
    assert sum(house.ledger.spent().values()) == spent_micros


async def test_saved_on_monday_and_redeemed_on_friday_it_is_billed_though_all_else_is_spent(
    house, priced, shown, balance, clock
):
    campaign = await priced(2)
    monday = await house.save("veh_1", await shown())
    other = await house.save("veh_2", await shown("veh_2"))
    await house.redeem(campaign.advertiser_id, "till", other.code)
    clock.advance(4 * DAY_S)
    await house.release()
    standing = await balance(campaign)
    assert (standing.remaining_micros, standing.reserved_micros, standing.spent_micros) == (0, PRICE, PRICE)
    # Nothing more can be promised: neither shown nor saved.
    assert (await house.serve(card_avail("x", clock.now(), subject="veh_3"))).fills == ()
    await house.redeem(campaign.advertiser_id, "till", monday.code)
    standing = await balance(campaign)
    assert (standing.reserved_micros, standing.spent_micros) == (0, 2 * PRICE)
    await books_are_right(house, 2 * PRICE)


async def test_what_is_not_redeemed_is_given_back_when_it_is_over_and_not_before(
    house, priced, shown, balance, clock
):
    campaign = await priced(1)
    saved = await house.save("veh_1", await shown())
    clock.moment = from_ms(saved.expires_ms + HELD_AFTER_MS - 1)
    await house.release()
    assert (await balance(campaign)).reserved_micros == PRICE
    clock.advance(0.001)
    await house.release()
    assert (await balance(campaign)).remaining_micros == PRICE
    await books_are_right(house, 0)


async def test_no_code_is_given_whose_price_cannot_be_held(house, priced, shown, clock):
    campaign = await priced(1)
    late = await shown("veh_2")
    clock.advance(3600)
    await house.release()
    await house.save("veh_1", await shown())
    with pytest.raises(Conflict, match="coupon-exhausted"):
        await house.save("veh_2", late)
    assert await house.wallet.all("veh_2") == []
    # It may be had again once the budget is raised.
    edit = Edit(revision=1, budget_micros=2 * PRICE)
    await house.edit(campaign.advertiser_id, campaign.campaign_id, edit, actor="a")
    assert (await house.save("veh_2", late)).code


async def test_a_card_that_is_shown_again_holds_nothing_more(house, priced, shown, balance, clock):
    campaign = await priced(3)
    first = await house.save("veh_1", await shown())
    assert (await house.save("veh_1", await shown())).code == first.code
    clock.advance(3600)
    await house.release()
    assert (await balance(campaign)).reserved_micros == PRICE


async def test_of_many_cars_at_once_no_more_save_than_can_be_paid(house, priced, shown, balance, clock):
    campaign = await priced(10)
    tokens = {}
    for n in range(24):
        tokens[f"veh_{n}"] = await shown(f"veh_{n}")
        clock.advance(700)  # what it held for being shown is given back
        await house.release()
    saves = [house.save(vehicle, token) for vehicle, token in tokens.items()]
    answers = await asyncio.gather(*saves, return_exceptions=True)
    saved = [one for one in answers if not isinstance(one, BaseException)]
    assert {one.code for one in answers if isinstance(one, BaseException)} == {"coupon-exhausted"}
    assert len(saved) == 10
    assert (await balance(campaign)).reserved_micros == 10 * PRICE
    tills = [house.redeem(campaign.advertiser_id, f"till{n}", one.code) for n, one in enumerate(saved * 3)]
    await asyncio.gather(*tills, return_exceptions=True)
    assert (await balance(campaign)).spent_micros == 10 * PRICE
    await books_are_right(house, 10 * PRICE)


@pytest.mark.parametrize("dies_at", [1, 2])
async def test_who_dies_half_way_leaves_no_code_without_its_price(
    house, priced, shown, balance, clock, monkeypatch, dies_at
):
    campaign = await priced(1)
    token = await shown()
    whole, calls = house.budgets.hold, []

    async def dies(holds):
        calls.append(holds)
        if len(calls) == dies_at:
            raise ConnectionError
        return await whole(holds)

    with monkeypatch.context() as patch:
        patch.setattr(house.budgets, "hold", dies)
        if dies_at == 1:
            with pytest.raises(ConnectionError):
                await house.save("veh_1", token)
            assert await house.wallet.all("veh_1") == []
        else:
            await house.save("veh_1", token)
    assert await house.tell() == dies_at - 1
    assert await house.tell() == 0
    clock.advance(3600)
    await house.release()
    held = PRICE if dies_at == 2 else 0
    assert (await balance(campaign)).reserved_micros == held


async def test_counters_that_were_lost_hold_it_again(house, priced, shown, balance, clock, aredis):
    campaign = await priced(2, valid_until=clock.now() + timedelta(days=60))
    saved = await house.save("veh_1", await shown())
    await house.post()
    clock.advance(5 * DAY_S)
    await aredis.flushall()
    found = await house.reconcile()
    assert found.opened == (campaign.line_item.line_item_id,)
    await house.tell.anew(found.opened)
    assert await house.tell() == 1
    assert (await balance(campaign)).reserved_micros == PRICE
    clock.advance(45 * DAY_S)  # the campaign is over, its coupon is not
    await aredis.flushall()
    await house.tell.anew((await house.reconcile()).opened)
    await house.tell()
    await house.redeem(campaign.advertiser_id, "till", saved.code)
    await books_are_right(house, PRICE)


async def test_what_no_budget_was_left_for_stays_owed(house, priced, shown, balance, clock, aredis):
    """Counters were lost, and somebody was quicker: it is redeemed, and billed once that can be."""
    campaign = await priced(1)
    saved = await house.save("veh_1", await shown())
    await house.post()
    await aredis.flushall()
    await house.reconcile()
    quicker = await house.save("veh_2", await shown("veh_2"))
    await house.tell.anew([campaign.line_item.line_item_id])
    await house.tell()
    await house.redeem(campaign.advertiser_id, "till", saved.code)
    await house.redeem(campaign.advertiser_id, "till", quicker.code)
    await books_are_right(house, PRICE)
    edit = Edit(revision=1, budget_micros=2 * PRICE)
    await house.edit(campaign.advertiser_id, campaign.campaign_id, edit, actor="a")
    assert await house.tell() == 0, "not before its time"
    clock.advance(AGAIN_AFTER_MS / 1000)
    assert await house.tell() == 1
    await books_are_right(house, 2 * PRICE)
    assert await house.tell() == 0


async def test_a_budget_is_not_cut_below_what_is_held(house, priced, shown, clock):
    campaign = await priced(3)
    await house.save("veh_1", await shown())
    await house.save("veh_2", await shown("veh_2"))
    clock.advance(3600)
    await house.release()
    mine = campaign.advertiser_id, campaign.campaign_id
    with pytest.raises(Invalid, match="budget-below-spent"):
        await house.edit(*mine, Edit(revision=1, budget_micros=PRICE), actor="a")
    await house.edit(*mine, Edit(revision=1, budget_micros=2 * PRICE), actor="a")
    why = (await house.report(*mine)).overview.why
    assert (why.code, "kept" in why.text) == ("budget-reserved", True)


async def test_where_showings_are_paid_for_nothing_is_held(house, offered, shown, balance, clock):
    campaign = await offered()
    await house.save("veh_1", await shown())
    clock.advance(3600)
    await house.release()
    assert (await balance(campaign)).reserved_micros == 0
    assert await house.tell() == 0


async def test_the_last_code_takes_the_coupon_off_the_cards(house, offered, shown, clock):
    campaign = await offered(limit=2)
    house.announced.clear()
    await house.save("veh_1", await shown())
    assert house.announced == []
    await house.save("veh_2", await shown("veh_2"))
    assert house.announced == ["demand"], "every process is told"
    (fill,) = (await house.serve(card_avail("x", clock.now(), subject="veh_3"))).fills
    assert (fill.line_item_id, fill.card.coupon) == (campaign.line_item.line_item_id, "")
    (creative,) = house.read.one(None, campaign.campaign_id).creatives
    assert (creative.coupon, creative.coupon_left) == ("Free coffee", False)


@pytest.mark.parametrize("gone", ["all given", "over", "none"])
async def test_what_can_never_be_redeemed_is_not_shown_where_that_is_paid_for(
    house, priced, shown, clock, gone
):
    campaign = await priced(9, limit=1, valid_until=clock.now() + timedelta(days=2))
    if gone == "all given":
        await house.save("veh_1", await shown())
    elif gone == "over":
        clock.advance(2 * DAY_S)
    else:
        (creative,) = house.read.one(None, campaign.campaign_id).creatives
        await house.withdraw(campaign.advertiser_id, campaign.campaign_id, creative.creative_id)
        await house.submit(campaign.advertiser_id, campaign.campaign_id, Submission("No coupon"), owner="acc")
    served = await house.serve(card_avail("x", clock.now(), subject="veh_3"))
    assert (served.fills, served.refusals[0].reason) == ((), "creative-not-ready")
    assert (await house.report(None, campaign.campaign_id)).overview.why.code == "no-coupon"
    more = CouponOrder("Tea", clock.now() + timedelta(days=9), limit=5)
    await house.submit(
        campaign.advertiser_id, campaign.campaign_id, Submission("Tea", coupon=more), owner="acc"
    )
    (fill,) = (await house.serve(card_avail("y", clock.now(), subject="veh_3"))).fills
    assert fill.card.coupon == "Tea"


@pytest.mark.parametrize("became", ["redeemed", "expired"])
async def test_what_is_no_good_any_more_is_not_saved_as_if_it_were(house, offered, shown, clock, became):
    until = clock.now() + timedelta(days=200)
    campaign = await offered(order={"ends_at": until}, valid_until=until)
    saved = await house.save("veh_1", await shown())
    if became == "redeemed":
        await house.redeem(campaign.advertiser_id, "till", saved.code)
    else:
        clock.advance(60 * DAY_S)
    with pytest.raises(Conflict, match=f"coupon-{became}"):
        await house.save("veh_1", await shown())
