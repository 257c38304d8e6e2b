"""Planned and stitched are counted beside the requests, once, and nothing is lost while Redis is away."""

import asyncio
from contextlib import suppress

import pytest

from adserver.billing import note_fills
from adserver.billing.impression import EventKind
from tests.adserver.house import avail, card_avail


async def fills(house, avail_id="a1"):
    await house.running(card=False)
    return (await house.serve(avail(avail_id, house.clock.now()))).fills


async def kinds(house):
    return sorted(event.kind.value for _, _, event in await house.budgets.events(100))


async def test_each_stage_counts_once_and_the_later_one_implies_the_earlier(house):
    served = await fills(house)
    for kind in (EventKind.STITCHED, EventKind.PLANNED, EventKind.STITCHED):
        house.note(served, kind)
    await house.note.flush()
    assert await kinds(house) == ["planned", "stitched"]
    assert house.told == {("stitched", "noted"): 1, ("planned", "repeated"): 1, ("stitched", "repeated"): 1}


async def test_a_card_is_planned_as_a_card(house):
    await house.running(spot=False)
    house.note((await house.serve(card_avail("c1", house.clock.now()))).fills, EventKind.PLANNED)
    await house.note.flush()
    assert await kinds(house) == ["card-planned"]


async def test_it_runs_beside_and_outlives_a_redis_that_is_away(house, monkeypatch):
    served = await fills(house)
    record, tries = house.budgets.record, []

    async def away_at_first(told, now_ms):
        tries.append(len(told))
        if len(tries) == 1:
            raise ConnectionError
        return await record(told, now_ms)

    monkeypatch.setattr(house.budgets, "record", away_at_first)
    monkeypatch.setattr(note_fills, "_RETRY_S", 0)
    task = asyncio.create_task(house.note.run())
    house.note(served, EventKind.STITCHED)
    for _ in range(1000):
        await asyncio.sleep(0)
        if ("stitched", "noted") in house.told:
            break
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert tries == [1, 1]
    assert await kinds(house) == ["planned", "stitched"]


async def test_too_many_are_dropped_and_said_so_and_a_stale_beacon_is_passed_over(house, monkeypatch):
    served = await fills(house)
    monkeypatch.setattr(note_fills, "WAITING_LIMIT", 3)
    for _ in range(5):
        house.note(served, EventKind.PLANNED)
    assert house.told == {("planned", "dropped"): 2}
    house.clock.advance(86_400)
    await house.note.flush()
    assert house.told["planned", "beacon-expired"] == 3
    assert await kinds(house) == []


@pytest.mark.parametrize("told", [EventKind.PLANNED, EventKind.STITCHED])
async def test_what_is_never_played_expires_and_its_budget_is_free_again(house, told):
    campaign = await house.running(card=False)
    served = (await house.serve(avail("a1", house.clock.now()))).fills
    house.note(served, told)
    await house.note.flush()
    house.clock.advance(601)
    assert await house.release() == 1
    await house.post()
    report = await house.report(None, campaign.campaign_id)
    assert report.overview.balance.remaining_micros == report.overview.balance.budget_micros
    day = report.total
    assert (day.planned, day.expired, day.released_micros, day.spent_micros) == (1, 1, 10_000, 0)
    # It was played after all: paid, and no longer told as never played.
    assert (await house.record(served[0].beacon, "start")).value == "billed"
    await house.post()
    day = (await house.report(None, campaign.campaign_id)).total
    assert (day.planned, day.impressions, day.expired, day.released_micros) == (1, 1, 0, 0)
    assert day.spent_micros == 10_000


async def test_what_nobody_noted_is_planned_when_it_expires(house):
    campaign = await house.running(card=False)
    await house.serve(avail("a1", house.clock.now()))
    house.clock.advance(601)
    await house.release()
    await house.post()
    day = (await house.report(None, campaign.campaign_id)).total
    assert (day.planned, day.stitched, day.expired) == (1, 0, 1)
