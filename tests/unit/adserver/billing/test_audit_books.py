"""The books of a real house are right whatever is going on, and what is tampered with is found."""

import asyncio

import pytest
from sqlalchemy import update

from adserver.adapters.tables import line_item_totals, line_items
from adserver.billing.audit import Fault
from adserver.billing.budget import shard
from adserver.booking.edit_campaign import Edit
from tests.adserver.house import avail


async def shown(house, avail_id, **changes):
    (fill,) = (await house.serve(avail(avail_id, house.clock.now(), **changes))).fills
    await house.record(fill.beacon, "impression")


async def faults(house):
    return [(one.subject, one.fault) for one in (await house.audit()).findings]


async def test_a_sound_house(house):
    campaign = await house.running()
    await shown(house, "a1")
    await house.edit(None, campaign.campaign_id, Edit(revision=1, budget_micros=70_000_000), actor="acc")
    report = await house.audit()
    assert (report.sound, report.transfers, report.line_items) == (True, 3, 1)
    assert {one.kind: one.balance_micros for one in report.holdings} == {
        "advertiser": 10_000,
        "revenue": -10_000,
        "committed": 70_000_000,
        "budget": -70_000_000,
    }


async def test_it_finds_nothing_beside_those_who_book_count_edit_and_post(house):
    campaign = await house.running()

    async def count(worker):
        for n in range(12):
            await shown(house, f"a{worker}-{n}")

    async def edit():
        for n in range(1, 8):
            wish = Edit(revision=n, budget_micros=(100 + (-1) ** n * n) * 1_000_000)
            await house.edit(None, campaign.campaign_id, wish, actor="acc")

    async def look():
        return [await faults(house) for _ in range(8)]

    *_, found = await asyncio.gather(count(1), count(2), edit(), look())
    assert found == [[]] * 8
    assert sum(house.ledger.spent().values()) == 240_000


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"spent": 1, "remaining": -1}, [Fault.SPENT_DIFFERS]),
        ({"reserved": 5}, [Fault.UNBALANCED]),
        ({"budget": 7, "remaining": 7}, [Fault.BUDGET_DIFFERS]),
    ],
)
async def test_tampered_counters(house, aredis, part, found):
    item_id = (await house.running()).line_item.line_item_id
    await shown(house, "a1")
    for name, by in part.items():
        await aredis.hincrby(f"{{b{shard(item_id)}}}:budgets", f"{item_id}:{name}", by)
    assert await faults(house) == [(item_id, fault) for fault in found]


async def test_lost_counters(house, aredis):
    item_id = (await house.running()).line_item.line_item_id
    await aredis.flushall()
    assert await faults(house) == [(item_id, Fault.COUNTERS_MISSING)]


@pytest.mark.parametrize(
    ("table", "column", "found"),
    [
        (line_items, "budget_micros", [Fault.ORDER_DIFFERS]),
        (line_item_totals, "spent_micros", [Fault.TOTAL_DIFFERS]),
    ],
)
async def test_tampered_records(house, table, column, found):
    item_id = (await house.running()).line_item.line_item_id
    await shown(house, "a1")
    assert await faults(house) == []
    with house.engine.begin() as connection:
        connection.execute(update(table).values({column: table.c[column] + 1}))
    assert await faults(house) == [(item_id, fault) for fault in found]
