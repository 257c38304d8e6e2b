"""What is booked is changed, and records and counters of a budget stay one."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from adserver.adapters.tables import campaign_audit
from adserver.billing.budget import shard
from adserver.booking.campaign import CampaignAction, CreativeState
from adserver.booking.edit_campaign import Edit
from adserver.booking.terms import Goal, GoalUnit
from kernel.errors import Conflict, Invalid, NotFound
from tests.adserver.house import UNIT, avail, card_avail


async def balance_of(house, campaign):
    item_id = campaign.line_item.line_item_id
    return (await house.budgets.balances([item_id]))[item_id]


async def edit(house, campaign, **changes):
    wanted = Edit(**({"revision": campaign.revision} | changes))
    return await house.edit(campaign.advertiser_id, campaign.campaign_id, wanted, actor="acc")


async def test_what_is_named_changes_and_leaves_an_audit_line(house, clock):
    campaign = await house.running()
    ends = clock.now() + timedelta(days=9)
    after = await edit(house, campaign, name=" Nights ", ends_at=ends, cpm_micros=20 * UNIT, radius_m=900)
    assert house.read.one(None, campaign.campaign_id) == after
    assert (after.name, after.line_item.flight.end, after.revision) == ("Nights", ends, 2)
    assert after.line_item.budget_micros == campaign.line_item.budget_micros
    assert (await house.serve(avail(at=clock.now()))).fills[0].price_micros == 20_000
    with house.engine.connect() as connection:
        (line,) = connection.execute(select(campaign_audit)).all()
    assert (line.actor, line.action) == ("acc", "campaign-changed")
    assert '"radius_m":[5000,900]' in line.detail


async def test_a_budget_goes_up_and_down_but_not_below_what_is_spent_and_reserved(house, clock):
    campaign = await house.running(budget_micros=10 * UNIT, cpm_micros=1000 * UNIT)
    for n in range(3):
        fill = (await house.serve(avail(f"a{n}", clock.now()))).fills[0]
    await house.record(fill.beacon, "impression")
    with pytest.raises(Invalid) as caught:
        await edit(house, campaign, budget_micros=3 * UNIT - 1)
    assert (caught.value.code, list(caught.value.fields)) == ("budget-below-spent", ["budget"])
    assert await balance_of(house, campaign) == await balance_of(house, campaign)
    lower = await edit(house, campaign, budget_micros=3 * UNIT)
    balance = await balance_of(house, campaign)
    assert (balance.budget_micros, balance.remaining_micros, balance.balanced) == (3 * UNIT, 0, True)
    assert (balance.reserved_micros, balance.spent_micros) == (2 * UNIT, UNIT)
    assert (await house.serve(avail("a9", clock.now()))).refusals[0].reason == "no-budget"
    await edit(house, lower, budget_micros=4 * UNIT)
    assert (await balance_of(house, campaign)).remaining_micros == UNIT
    assert len((await house.serve(avail("b1", clock.now()))).fills) == 1


async def test_counters_are_told_of_a_goal_that_is_kept_to_the_unit(house):
    campaign = await house.running()
    item_id = campaign.line_item.line_item_id

    async def kept():
        return await house.redis.hget(f"{{b{shard(item_id)}}}:budgets", f"{item_id}:goal")

    for unit, goal in ((GoalUnit.IMPRESSIONS, b"70"), (GoalUnit.TAPS, b"0"), (GoalUnit.IMPRESSIONS, b"70")):
        campaign = await edit(house, campaign, goal=Goal(unit, 70))
        assert await kept() == goal
    await edit(house, campaign, budget_micros=50 * UNIT)
    assert await kept() == b"70"


async def test_of_two_edits_at_once_one_is_told_so_and_the_counters_are_the_winners(house):
    campaign = await house.running()
    wanted = (90 * UNIT, 120 * UNIT, 80 * UNIT)
    found = await asyncio.gather(
        *(edit(house, campaign, budget_micros=micros) for micros in wanted), return_exceptions=True
    )
    refused = [one for one in found if isinstance(one, Conflict)]
    assert [one.code for one in refused] == ["campaign-changed"] * 2
    stands = house.read.one(None, campaign.campaign_id).line_item.budget_micros
    balance = await balance_of(house, campaign)
    assert (balance.budget_micros, balance.reserved_micros, balance.balanced) == (stands, 0, True)


@pytest.mark.parametrize("budget", [50 * UNIT, 150 * UNIT])
@pytest.mark.parametrize("dies_at", ["edit", "rebudget"])
async def test_an_edit_that_dies_halfway_is_settled_by_reconciling(
    house, clock, monkeypatch, budget, dies_at
):
    campaign = await house.running()

    def dies(*_args):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(house.campaigns if dies_at == "edit" else house.budgets, dies_at, dies)
        with pytest.raises(ConnectionError):
            await edit(house, campaign, budget_micros=budget)
    clock.advance(601 if dies_at == "edit" else 1)
    found = await house.reconcile()
    assert (found.unbalanced, found.differing) == ((), ())
    stands = house.read.one(None, campaign.campaign_id).line_item.budget_micros
    assert stands == (100 * UNIT if dies_at == "edit" else budget)
    balance = await balance_of(house, campaign)
    assert (balance.budget_micros, balance.remaining_micros) == (stands, stands)


async def test_a_reconciling_that_read_before_the_edit_does_not_undo_it(house):
    before = await house.running()
    await edit(house, before, budget_micros=50 * UNIT)
    assert not await house.budgets.rebudget(before.line_item, before.revision)
    assert (await balance_of(house, before)).budget_micros == 50 * UNIT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "campaign-name-missing"),
        ({"budget_micros": 10**12 + 1}, "budget-too-large"),
        ({"cpm_micros": 1}, "price-out-of-range"),
        ({"radius_m": 1}, "radius-out-of-range"),
        ({"ends_at": datetime.fromisoformat("2026-06-20T00:00")}, "campaign-time-naive"),
        ({"ends_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))}, "campaign-already-over"),
        ({"ends_at": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-23)))}, "flight-too-long"),
        ({"place_ids": ()}, "places-missing"),
        ({"place_ids": ("plc_no",)}, "place-unknown"),
    ],
)
async def test_what_could_not_be_booked_cannot_be_edited_to(house, changes, code):
    campaign = await house.running(spot=False, card=False)
    with pytest.raises(Invalid) as caught:
        await edit(house, campaign, **changes)
    assert caught.value.code == code
    assert house.read.one(None, campaign.campaign_id) == campaign


async def test_neither_the_past_nor_an_ended_campaign_nor_a_strangers(house, clock):
    campaign = await house.running(spot=False, card=False)
    with pytest.raises(Invalid) as past:
        await edit(house, campaign, ends_at=clock.now())
    assert past.value.code == "campaign-already-over"
    with pytest.raises(NotFound):
        await house.edit("adv_other", campaign.campaign_id, Edit(1), actor="acc")
    await house.change(None, campaign.campaign_id, CampaignAction.END)
    with pytest.raises(Conflict):
        await edit(house, campaign, name="New")


async def test_what_was_never_shown_can_be_removed_and_what_is_reserved_cannot(house, clock):
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    fill = (await house.serve(card_avail("c1", clock.now()))).fills[0]
    with pytest.raises(Conflict) as caught:
        await house.remove(*mine, actor="acc")
    assert caught.value.code == "campaign-served"
    clock.advance(601)
    await house.release()
    assert await house.post() == 2  # planned and expired: that is kept, and bars nothing
    await house.remove(*mine, actor="acc")
    assert house.read(None) == []
    assert (await house.serve(card_avail("c2", clock.now()))).fills == ()
    # A screen that tells of it afterwards counts nothing.
    await house.record(fill.beacon, "card-shown")
    assert await house.post() == 0


async def test_what_was_shown_stays(house, clock):
    campaign = await house.running(spot=False)
    fill = (await house.serve(card_avail("c1", clock.now()))).fills[0]
    await house.record(fill.beacon, "card-shown")
    await house.post()
    with pytest.raises(Conflict):
        await house.remove(None, campaign.campaign_id, actor="acc")
    assert house.read(None) == [campaign]
    assert (await balance_of(house, campaign)).balanced


async def test_a_withdrawn_creative_is_chosen_no_more(house, clock):
    campaign = await house.running()
    card = next(one for one in campaign.creatives if one.is_card)
    gone = await house.withdraw(None, campaign.campaign_id, card.creative_id)
    assert gone.state is CreativeState.WITHDRAWN
    assert (await house.serve(card_avail("c1", clock.now()))).fills == ()
    assert len((await house.serve(avail("a1", clock.now()))).fills) == 1
    with pytest.raises(Conflict):
        await house.withdraw(None, campaign.campaign_id, card.creative_id)
