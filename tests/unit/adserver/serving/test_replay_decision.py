"""Operators see the whole of a decision that was kept, advertisers what was said of theirs."""

import pytest

from adserver.serving.trace import trace_id_of
from kernel.errors import NotFound
from tests.adserver.house import avail


async def decided(house, name="a1"):
    await house.decide(avail(name, house.clock.now(), subject=f"car-{name}"))
    await house.keep_traces.flush()
    house.clock.advance(2)
    return trace_id_of(name)


async def test_an_advertiser_sees_its_own_line_items_alone(house):
    mine, other = await house.running(), await house.running()
    stranger = house.register("Somebody").advertiser_id
    trace_id = await decided(house)
    whole = await house.replay(None, trace_id)
    assert whole.same
    assert {one.line_item_id for one in whole.verdicts} == {
        mine.line_item.line_item_id, other.line_item.line_item_id,
    }  # fmt: skip
    own = await house.replay(mine.advertiser_id, trace_id)
    assert [one.line_item_id for one in own.verdicts] == [mine.line_item.line_item_id]
    assert (own.cell, whole.cell) == ("", "48.12,-1.68")
    for nobody, asked in ((stranger, trace_id), (None, "dec_gone"), (mine.advertiser_id, "dec_gone")):
        with pytest.raises(NotFound, match="decision-unknown"):
            await house.replay(nobody, asked)


async def test_the_newest_come_first_and_to_each_its_own(house):
    first = await house.running()
    early = await decided(house, "a1")
    second = await house.running()
    late = await decided(house, "a2")

    async def listed(viewer):
        return [one.trace_id for one in await house.replay.newest(viewer)]

    assert await listed(None) == await listed(first.advertiser_id) == [late, early]
    assert await listed(second.advertiser_id) == [late]
    assert await listed("adv_nobody") == []
