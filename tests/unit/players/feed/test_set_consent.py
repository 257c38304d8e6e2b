"""Consent that is taken back counts at once: what is open, what is planned, what is shown."""

from contextlib import aclosing

import msgspec
import pytest

from kernel.errors import NotFound
from media.house_format import SEGMENT_MS, position_at
from players.feed import signals
from players.feed.consent import GRACE_MS, shown_of
from players.feed.head_unit import Vehicle
from players.playback.session import open_grant
from players.ports import Notice
from tests.players.house import PARKED

HERE = {signals.LATITUDE: "48.117266", signals.LONGITUDE: "-1.677793"}


def next_break(house):
    now = position_at(house.clock.now_ms())
    slots = house.lineups.channels["ch1"].schedule.slots(now, now + 60)
    return next(slot for slot in slots if slot.kind == "break" and slot.start > now)


async def screen(house, opened):
    return await house.sessions.screen("veh_1", opened.session_id)


async def planned(house, opened):
    """The next break, decided for the session with its place."""
    house.at(48.11, -1.68)
    seen = await screen(house, opened)
    slot = next_break(house)
    plan = await house.plan_break(seen.session, seen.state, slot, listed=False)
    assert plan.fills
    assert house.ads.asked[-1].location is not None
    return slot


async def plan_of(house, opened, slot):
    playback = await house.sessions.playback("veh_1", opened.session_id, [slot.slot_id])
    listed, seen = playback.plans[slot.slot_id], await screen(house, opened)
    # Beside what is played to its end a screen shows no card that tells of a place.
    assert seen.plans == (listed if seen.session.location_consent else shown_of(listed),)
    return listed


async def test_a_break_that_has_yet_to_begin_forgets_what_its_place_decided(house):
    opened = await house.opened()
    slot = await planned(house, opened)
    await house.set_consent("veh_1", shares_location=False)
    plan = await plan_of(house, opened, slot)
    assert (plan.fills, plan.cell) == ((), "")
    # For good: the break is the same when it is played.
    house.clock.advance((slot.start - position_at(house.clock.now_ms()) + 2) * SEGMENT_MS / 1000)
    assert (await plan_of(house, opened, slot)).fills == ()


async def test_a_break_under_way_goes_on_because_it_is_listed(house):
    opened = await house.opened()
    slot = await planned(house, opened)
    house.clock.advance((slot.start - position_at(house.clock.now_ms()) + 1) * SEGMENT_MS / 1000)
    await house.set_consent("veh_1", shares_location=False)
    assert (await plan_of(house, opened, slot)).fills


async def test_a_withdrawal_that_is_said_twice_fills_no_break_again(house):
    opened = await house.opened()
    slot = await planned(house, opened)
    await house.set_consent("veh_1", shares_location=False)
    house.clock.advance((slot.start - position_at(house.clock.now_ms()) + 2) * SEGMENT_MS / 1000)
    assert (await plan_of(house, opened, slot)).fills == ()
    await house.set_consent("veh_1", shares_location=False)
    assert (await plan_of(house, opened, slot)).fills == ()


@pytest.mark.parametrize("given_in_the_break", [False, True])
async def test_taken_back_given_and_taken_back_again_leaves_a_break_as_it_was_emptied(
    house, given_in_the_break
):
    opened = await house.opened()
    slot = await planned(house, opened)
    await house.set_consent("veh_1", shares_location=False)
    into_it_s = (slot.start - position_at(house.clock.now_ms()) + 2) * SEGMENT_MS / 1000
    house.clock.advance(into_it_s if given_in_the_break else 1)
    assert (await plan_of(house, opened, slot)).fills == ()
    await house.set_consent("veh_1", shares_location=True)
    assert (await plan_of(house, opened, slot)).fills == ()
    house.clock.advance(1 if given_in_the_break else into_it_s - 1)
    await house.set_consent("veh_1", shares_location=False)
    # What is listed as filler stays it; nobody is billed for what was never shown.
    plan = await plan_of(house, opened, slot)
    assert (plan.fills, plan.cell) == ((), "")
    assert not (await screen(house, opened)).session.location_consent


async def test_who_came_between_two_withdrawals_falls_under_the_second(house):
    first = await house.opened()
    await house.set_consent("veh_1", shares_location=False)
    house.clock.advance(GRACE_MS / 1000 + 1)
    await house.set_consent("veh_1", shares_location=True)
    second = await house.opened()
    slot = await planned(house, second)
    assert (await plan_of(house, second, slot)).fills
    await house.set_consent("veh_1", shares_location=False)
    assert (await plan_of(house, second, slot)).fills == ()
    for opened in (first, second):
        assert not (await screen(house, opened)).session.location_consent


async def test_what_is_listed_stands_whatever_the_owner_says_meanwhile(house):
    opened = await house.opened()
    slot = await planned(house, opened)
    house.clock.advance((slot.start - position_at(house.clock.now_ms()) + 1) * SEGMENT_MS / 1000)
    before = await plan_of(house, opened, slot)
    for shares_location in (False, True, False):
        await house.set_consent("veh_1", shares_location=shares_location)
        house.clock.advance(1)
        assert (await plan_of(house, opened, slot)).fills == before.fills


async def test_of_many_withdrawals_those_are_kept_that_still_matter(house, aredis):
    house.unit()
    for minutes in (0, 30, 30, 90):
        house.clock.advance(minutes * 60)
        await house.set_consent("veh_1", shares_location=True)
        await house.set_consent("veh_1", shares_location=False)
    kept = [int(one) for one in (await aredis.get("{veh:veh_1}:private")).split()]
    now_ms = house.clock.now_ms()
    assert kept == [now_ms - 120 * 60_000, now_ms - 90 * 60_000, now_ms]


async def test_the_next_break_is_offered_without_a_place(house):
    opened = await house.opened()
    house.at(48.11, -1.68)
    await house.set_consent("veh_1", shares_location=False)
    seen = await screen(house, opened)
    await house.plan_break(seen.session, seen.state, next_break(house), listed=False)
    assert house.ads.asked[-1].location is None


async def test_a_card_goes_and_none_comes(house):
    opened = await house.opened()
    await house.heard()
    house.at(48.11, -1.68)
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    async with house.pushing(), aclosing(house.watch_session(grant)) as stream:
        cards = (msgspec.json.decode(event.data) async for event in stream if event.name == "card")
        first = await anext(cards)
        assert first or await anext(cards)
        await house.set_consent("veh_1", shares_location=False)
        assert await anext(cards) is None
    house.at(48.11, -1.68)
    seen = await screen(house, opened)
    assert await house.choose_card(seen.session, seen.state, seen.card) is None
    assert len(house.ads.asked) == 1


async def test_what_processes_hold_is_forgotten_and_an_open_feed_adds_nothing(house):
    house.unit()
    feed = house.feed()
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        await house.tell(feed, {**PARKED, **HERE})
        assert (await inbox.get(2)).kind == "state"
        assert house.positions.get("veh_1", house.clock.now_ms())
        await house.set_consent("veh_1", shares_location=False)
        while (await inbox.get(2)).data:  # its rules became known
            pass
        assert house.positions.get("veh_1", house.clock.now_ms()) is None
        house.clock.advance(1)
        await house.tell(feed, {**PARKED, **HERE})
        await house.push.publish("veh_1", Notice("decision"))
        while (await inbox.get(2)).kind != "decision":
            pass
        assert house.positions.get("veh_1", house.clock.now_ms()) is None
    assert not feed.shares_location
    assert not feed.positions


async def test_one_vehicles_owner_does_not_speak_for_another(house):
    opened = await house.opened()
    slot = await planned(house, opened)
    house.register(Vehicle("veh_2", "Another", location_consent=True))
    await house.set_consent("veh_2", shares_location=False)
    assert (await plan_of(house, opened, slot)).fills
    assert (await screen(house, opened)).session.location_consent


async def test_given_again_it_counts_from_the_next_session_on(house):
    before = await house.opened()
    await house.set_consent("veh_1", shares_location=False)
    assert not house.read_vehicle("veh_1").location_consent
    house.clock.advance(GRACE_MS / 1000 + 1)
    await house.set_consent("veh_1", shares_location=True)
    after = await house.opened()
    assert not (await screen(house, before)).session.location_consent
    assert (await screen(house, after)).session.location_consent
    slot = await planned(house, after)
    assert (await plan_of(house, after, slot)).fills


async def test_nobody_has_no_consent(house):
    with pytest.raises(NotFound, match="vehicle-unknown"):
        await house.set_consent("veh_9", shares_location=False)
