"""Planning a break: what is put in it, what is left to the ladder, and what is counted."""

import asyncio
from dataclasses import replace

import pytest

from media.house_format import position_at
from media.timeline import Slot, SlotKind
from players.playback import session as sessions
from tests.players.house import manifest


@pytest.fixture
async def plan(house):
    """Plans the break that begins 10 segments from now."""
    opened = await house.opened()
    grant = sessions.open_grant(house.signer, opened.grant, house.clock.now_ms())
    start = position_at(house.clock.now_ms()) + 10

    async def planned(segments: int = 8, *, listed: bool = False, verb=None, start: int = start):
        playback = await house.sessions.playback(grant.vehicle_id, grant.session_id, ())
        slot = Slot(start, segments, "filler", 1, SlotKind.BREAK, f"ch1-{start}")
        return await (verb or house.plan_break)(playback.session, playback.state, slot, listed=listed)

    return planned


async def test_a_break_longer_than_its_ads_goes_on_with_the_slate_or_the_channels_filler(house, plan):
    made = await plan()
    assert (made.left, made.slate, made.plan.rest) == (1, "", None)
    house.manifests["slate"] = manifest("slate", 3)
    slated = replace(house.plan_break, slate_id="slate")
    other = await plan(verb=slated, start=position_at(house.clock.now_ms()) + 100)
    assert (other.left, other.slate, other.slate_segments) == (1, "slate", 3)
    assert (other.plan.rest.asset_id, other.plan.rest.segments) == ("slate", 3)
    full = await plan(7, verb=slated, start=position_at(house.clock.now_ms()) + 200)
    assert (full.left, full.slate) == (0, "")


async def test_a_slate_that_is_not_ready_is_the_next_rung(house, plan):
    made = await plan(verb=replace(house.plan_break, slate_id="slate"))
    assert made.slate == ""


async def test_only_conditioned_creatives_are_ever_used(house, plan):
    house.raw.add("ad1-1")
    made = await plan()
    assert [fill.asset_id for fill in made.fills] == ["ad2-1"]
    (no,) = made.refusals
    assert (no.line_item_id, no.reason) == ("li_1", "creative-not-ready")
    assert [kind for _, kind in house.noted] == ["not-used", "planned"]
    assert (await plan()).fills == made.fills


async def test_nor_one_that_is_shorter_than_was_sold(house, plan):
    house.manifests["ad2-1"] = manifest("ad2-1", 3)
    assert [fill.asset_id for fill in (await plan()).fills] == ["ad1-1"]


@pytest.mark.parametrize(("segments", "outcome"), [(7, "full"), (9, "underfilled"), (2, "empty")])
async def test_a_break_is_counted_once(house, plan, segments, outcome):
    for _ in range(3):
        await plan(segments)
    assert house.outcomes == [outcome]


async def test_late_answers_are_counted_with_their_reason_and_leave_filler_for_ever(house, plan, monkeypatch):
    monkeypatch.setattr("players.playback.plan_break.DECISION_LIMIT_S", 0.01)
    house.ads.delay_s = 1
    assert (await plan()).fills == ()
    assert house.outcomes == []
    late = await plan(listed=True)
    assert (late.fills, house.outcomes) == ((), ["late-timeout"])
    house.ads.delay_s = 0
    assert (await plan(listed=True)).fills == ()
    house.ads.broken = True
    later = position_at(house.clock.now_ms()) + 50
    await plan(listed=True, start=later)
    assert house.outcomes == ["late-timeout", "late-error"]


async def test_a_late_break_is_the_channels_own_filler_even_where_there_is_a_slate(house, plan):
    house.manifests["slate"] = manifest("slate", 3)
    house.ads.broken = True
    made = await plan(listed=True, verb=replace(house.plan_break, slate_id="slate"))
    assert made.slate == ""


async def test_of_many_at_once_one_counts(house, plan):
    plans = await asyncio.gather(*(plan() for _ in range(12)))
    assert len({one.encode() for one in plans}) == 1
    assert house.outcomes == ["underfilled"]
