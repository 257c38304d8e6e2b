"""Counters and ledger agree, and what Redis lost is rebuilt."""

import asyncio

import pytest

from adserver.billing.budget import Outcome, shard
from tests.adserver.house import avail


async def shown(house, avail_id):
    (fill,) = (await house.serve(avail(avail_id, house.clock.now()))).fills
    return fill, await house.record(fill.beacon, "impression")


async def test_a_healthy_house_has_nothing_to_mend(house):
    await house.running()
    await shown(house, "a1")
    found = await house.reconcile()
    assert (found.opened, found.unbalanced, found.differing, found.released) == ((), (), (), 0)
    assert sum(house.ledger.spent().values()) == 10_000


async def test_counters_that_were_lost_come_back_from_the_ledger_and_no_replay_bills_again(house, aredis):
    campaign = await house.running()
    item_id = campaign.line_item.line_item_id
    fill, _ = await shown(house, "a1")
    (unseen,) = (await house.serve(avail("a2", house.clock.now()))).fills
    await house.post()
    await aredis.flushall()
    assert (await house.serve(avail("a3", house.clock.now()))).fills == ()
    assert (await house.reconcile()).opened == (item_id,)
    balance = (await house.budgets.balances([item_id]))[item_id]
    assert (balance.spent_micros, balance.reserved_micros, balance.balanced) == (10_000, 0, True)
    assert await house.record(fill.beacon, "impression") is Outcome.REPEATED
    assert await house.record(unseen.beacon, "impression") is Outcome.BILLED
    assert (await house.reconcile()).differing == ()
    assert house.ledger.spent() == {item_id: 20_000}


async def test_what_is_told_while_there_are_no_counters_is_paid_once_there_are_and_never_twice(house, aredis):
    campaign = await house.running()
    item_id = campaign.line_item.line_item_id
    paid, _ = await shown(house, "a1")
    (unseen,) = (await house.serve(avail("a2", house.clock.now()))).fills
    await house.post()
    await aredis.flushall()
    house.clock.advance(20)
    for fill in (paid, unseen):
        # The second waits for the first; neither is known to the counters, of which there are none.
        assert await house.record(fill.beacon, "mute") is Outcome.OUT_OF_ORDER
        assert await house.record(fill.beacon, "impression") is Outcome.UNBILLED
    await house.release()
    assert (await house.reconcile()).opened == (item_id,)
    await house.release()
    found = await house.reconcile()
    assert (found.unbalanced, found.differing, found.repaired) == ((), (), ())
    assert house.ledger.spent() == {item_id: 20_000}
    assert (await house.budgets.balances([item_id]))[item_id].spent_micros == 20_000
    assert await house.budgets.owed(house.clock.now_ms()) == []


async def test_a_campaign_whose_counters_were_never_opened_serves_after_reconciling(house, monkeypatch):
    async def dies(*_args, **_kwargs):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(house.budgets, "open", dies)
        with pytest.raises(ConnectionError):
            await house.running()
    (campaign,) = house.read(None)
    assert (await house.reconcile()).opened == (campaign.line_item.line_item_id,)


async def test_tampered_counters_are_found(house, aredis):
    paid, unpaid = await house.running(name="A"), await house.running(name="B", spot=False)
    await shown(house, "a1")
    await house.reconcile()

    async def tamper(campaign, part, by):
        key = f"{{b{shard(campaign.line_item.line_item_id)}}}:budgets"
        await aredis.hincrby(key, f"{campaign.line_item.line_item_id}:{part}", by)

    # Balanced, but the ledger knows of a micro that the counter does not.
    await tamper(paid, "spent", -1)
    await tamper(paid, "remaining", 1)
    await tamper(unpaid, "reserved", 5)
    found = await house.reconcile()
    assert found.unbalanced == (unpaid.line_item.line_item_id,)
    assert found.repaired == (paid.line_item.line_item_id,)
    # The other way round, spent by the counter but never posted, is nothing that can be made good.
    await tamper(paid, "spent", 1)
    await tamper(paid, "remaining", -1)
    assert (await house.reconcile()).differing == (paid.line_item.line_item_id,)


async def power_cut(aredis, saved):
    """Redis comes back with what its file held a moment ago."""
    await aredis.flushall()
    for key, value in saved.items():
        await aredis.restore(key, 0, value)


async def remember(aredis):
    return {key: await aredis.dump(key) for key in await aredis.keys("*")}


async def balance_of(house, campaign):
    item_id = campaign.line_item.line_item_id
    return (await house.budgets.balances([item_id]))[item_id]


async def test_a_second_that_redis_lost_is_made_good_and_the_budget_is_never_exceeded(house, aredis):
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=250_000_000)
    claimed = (await house.serve(avail("a0", house.clock.now()))).fills[0]
    saved = await remember(aredis)
    # One whose claim the file still holds, and one of which it knows nothing.
    assert await house.record(claimed.beacon, "impression") is Outcome.BILLED
    lost, _ = await shown(house, "a1")
    await house.post()
    await power_cut(aredis, saved)
    # Meanwhile one more is shown, and is not yet posted.
    assert (await shown(house, "a2"))[1] is Outcome.BILLED
    assert (await house.reconcile()).repaired == (campaign.line_item.line_item_id,)
    balance = await balance_of(house, campaign)
    assert (balance.spent_micros, balance.reserved_micros) == (750_000, 0)
    assert balance.balanced
    for fill in (claimed, lost):
        assert await house.record(fill.beacon, "impression") is Outcome.REPEATED
    assert (await shown(house, "a3"))[1] is Outcome.BILLED
    assert (await house.serve(avail("a4", house.clock.now()))).fills == ()
    found = await house.reconcile()
    assert (found.repaired, found.unbalanced, found.differing) == ((), (), ())
    assert house.ledger.spent() == {campaign.line_item.line_item_id: 1_000_000}


async def test_what_no_money_is_left_for_is_told_and_nothing_goes_below_zero(house, aredis):
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=600_000_000)
    saved = await remember(aredis)
    await shown(house, "a1")
    await house.post()
    await power_cut(aredis, saved)
    await shown(house, "a2")
    found = await house.reconcile()
    assert found.differing == (campaign.line_item.line_item_id,)
    balance = await balance_of(house, campaign)
    assert (balance.spent_micros, balance.remaining_micros, balance.balanced) == (1_000_000, 0, True)


async def test_reconciling_beside_those_who_count_and_post_finds_nothing(house):
    campaign = await house.running()

    async def count(worker):
        for n in range(15):
            await shown(house, f"a{worker}-{n}")

    async def post():
        for _ in range(10):
            await house.post()

    async def reconcile():
        return [await house.reconcile() for _ in range(10)]

    *_, found = await asyncio.gather(*(count(worker) for worker in range(3)), post(), reconcile())
    assert {(one.opened, one.repaired, one.unbalanced, one.differing) for one in found} == {((), (), (), ())}
    await house.post()
    assert house.ledger.spent() == {campaign.line_item.line_item_id: 450_000}
