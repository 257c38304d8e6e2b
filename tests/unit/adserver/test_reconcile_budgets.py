"""Counters and ledger agree, and what Redis lost is rebuilt."""

import pytest

from adserver.budget import Outcome, shard
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

    # Balanced, but the ledger knows of a cent that the counter does not.
    await tamper(paid, "spent", -1)
    await tamper(paid, "remaining", 1)
    await tamper(unpaid, "reserved", 5)
    found = await house.reconcile()
    assert found.unbalanced == (unpaid.line_item.line_item_id,)
    assert found.differing == (paid.line_item.line_item_id,)
    # The other way round: spent by the counter, but never posted.
    await tamper(paid, "spent", 2)
    await tamper(paid, "remaining", -2)
    assert (await house.reconcile()).differing == (paid.line_item.line_item_id,)
