"""Line items are held to their plans, each minute, by one of all workers."""

from datetime import timedelta

import pytest

from adserver.billing.budget import Pass, shard
from adserver.booking.campaign import CampaignAction
from adserver.booking.edit_campaign import Edit
from adserver.booking.terms import PPM, Goal, GoalUnit, Pacing
from adserver.serving.supply import HOUR_MS, Kind, Slot
from geotarget.coarsen import cell
from tests.adserver.house import RENNES, UNIT, card_avail


async def paces(house, *campaigns) -> list[Pass | None]:
    ids = [campaign.line_item.line_item_id for campaign in campaigns]
    found = await house.budgets.paces(ids)
    return [found.get(item_id) for item_id in ids]


async def next_minute(house) -> int:
    house.clock.advance(60)
    return await house.pace()


@pytest.mark.parametrize("unit", [GoalUnit.IMPRESSIONS, GoalUnit.SPEND])
async def test_a_flight_is_spread_over_its_hours(house, clock, unit):
    goal, minutes, offered = 200, 100, 4
    terms = (
        {"goal": Goal(unit, goal)}
        if unit is GoalUnit.IMPRESSIONS
        else {"budget_micros": goal * 10_000}  # at 10 a thousand
    )
    starts = clock.now()
    campaign = await house.running(
        spot=False, starts_at=starts, ends_at=starts + timedelta(minutes=minutes), **terms
    )
    rolls = iter(range(10**9))
    object.__setattr__(house.decide, "roll", lambda: next(rolls) % 997 / 997)
    shown, apart = 0, []
    for minute in range(minutes):
        for n in range(offered):
            served = await house.decide(card_avail(f"c{minute}_{n}", clock.now(), subject=f"car{minute}_{n}"))
            for fill in served.fills:
                await house.record(fill.beacon, "card-shown")
                shown += 1
        apart.append(abs(shown / goal - (minute + 1) / minutes))
        assert await next_minute(house) == (minute + 1 < minutes)
    # Of so short a flight a minute is a hundredth, and it begins with all let through.
    assert max(apart[60:]) <= 0.06
    assert goal * 0.97 <= shown <= goal
    (last,) = await paces(house, campaign)
    assert 0 < last.pass_ppm < PPM


async def test_of_many_workers_one_paces_in_a_minute(house):
    campaign = await house.running(spot=False)
    assert [await house.pace() for _ in range(3)] == [1, 0, 0]
    assert await next_minute(house) == 1
    assert (await paces(house, campaign))[0] is not None


async def test_what_has_no_plan_is_not_paced(house, clock):
    fast = await house.running(spot=False, pacing=Pacing.FAST)
    later = await house.running(spot=False, starts_at=clock.now() + timedelta(hours=1))
    paused = await house.running(spot=False)
    await house.change(None, paused.campaign_id, CampaignAction.PAUSE)
    assert await house.pace() == 0
    assert await paces(house, fast, later, paused) == [None, None, None]


async def test_what_is_to_be_shown_as_fast_as_possible_is_no_longer_held_back(house):
    campaign = await house.running(spot=False)
    item_id = campaign.line_item.line_item_id
    await house.budgets.pace({item_id: Pass(0, 0)})
    served = await house.serve(card_avail("c1", house.clock.now()))
    assert [no.reason for no in served.refusals] == ["paced"]
    said = await house.report(None, campaign.campaign_id)
    assert said.overview.why.code == "kept-to-its-plan"
    await house.edit(None, campaign.campaign_id, Edit(revision=1, pacing=Pacing.FAST), actor="acc")
    assert len((await house.serve(card_avail("c2", house.clock.now()))).fills) == 1


async def test_it_begins_with_what_is_wanted_of_what_is_expected(house, clock):
    offered(house, 1_000)
    campaign = await house.running(
        spot=False, budget_micros=24 * UNIT, ends_at=clock.now() + timedelta(days=3)
    )
    await house.pace()
    (first,) = await paces(house, campaign)
    # 2,400 showings in 73 hours, of a thousand opportunities an hour, a third of which goes to others.
    assert first.plenty_ppm == pytest.approx(1_000 * 73 / 2_400 / 1.5 * PPM, rel=0.01)


async def test_what_it_was_let_through_tells_how_often_its_goal_could_be_had(house, clock):
    offered(house, 1_000)
    campaign = await house.running(
        spot=False, budget_micros=24 * UNIT, ends_at=clock.now() + timedelta(days=3)
    )
    await house.pace()
    (first,) = await paces(house, campaign)
    await next_minute(house)
    (second,) = await paces(house, campaign)
    assert second.plenty_ppm < first.plenty_ppm  # nobody came
    for n in range(40):
        served = await house.decide(card_avail(f"c{n}", clock.now(), subject=f"car{n}"))
        for fill in served.fills:
            await house.record(fill.beacon, "card-shown")
    await next_minute(house)
    (third,) = await paces(house, campaign)
    assert third.shown > 0
    assert third.plenty_ppm > second.plenty_ppm


async def test_what_an_earlier_version_paced_is_begun_with_anew(house, clock):
    offered(house, 1_000)
    campaign = await house.running(
        spot=False, budget_micros=24 * UNIT, ends_at=clock.now() + timedelta(days=3)
    )
    await house.pace()
    anew = await paces(house, campaign)
    item_id = campaign.line_item.line_item_id
    key = f"{{b{shard(item_id)}}}:budgets"
    await house.redis.hdel(key, *(f"{item_id}:{part}" for part in ("plenty", "paced-shown", "paced-at")))
    assert (await paces(house, campaign))[0].at_ms == 0
    await next_minute(house)
    assert (await paces(house, campaign))[0].plenty_ppm == anew[0].plenty_ppm


async def test_of_less_than_a_day_nothing_follows(house, clock):
    offered(house, 1_000, hours=23)
    campaign = await house.running(spot=False, budget_micros=24 * UNIT)
    await house.pace()
    (first,) = await paces(house, campaign)
    assert first.pass_ppm == PPM


def offered(house, an_hour: int, hours: int = 48) -> None:
    """Two days of opportunities in Rennes, or fewer."""
    now_hour = house.clock.now_ms() // HOUR_MS
    here = cell(*RENNES)
    house.supply.add({Slot(now_hour - n, here, "FR", Kind.CARD): an_hour for n in range(1, hours + 1)})
