"""A break is decided once, reserved once, and explained."""

import asyncio
import dataclasses
from contextlib import contextmanager
from datetime import timedelta

import pytest
from redis.asyncio.connection import AbstractConnection

from adserver.billing.budget import RESERVATION_TTL_MS, Standing
from adserver.booking.campaign import CampaignAction, Category
from adserver.booking.cap import FrequencyCap, Per
from adserver.serving.avail import Format
from adserver.serving.kept import Log, Looked
from adserver.serving.reason import Reason
from tests.adserver.house import BESIDE, RENNES, avail, card_avail, place


async def balance_of(house, campaign):
    item_id = campaign.line_item.line_item_id
    return (await house.budgets.balances([item_id]))[item_id]


async def test_a_break_is_filled_reserved_and_carries_what_players_need(house, clock):
    campaign = await house.running()
    served = await house.serve(avail(at=clock.now(), location=BESIDE))
    (fill,) = served.fills
    assert (fill.line_item_id, fill.segments) == (campaign.line_item.line_item_id, 8)
    assert fill.price_micros == 10_000
    assert fill.card.headline == "Test drive"
    assert (fill.card.place_name, fill.card.distance_m) == ("Rennes", 100)
    assert served.cell == "48.12,-1.68"
    assert (fill.card.latitude, fill.card.longitude) == RENNES, "where the place is, which anybody may know"
    assert "48.1179" not in str(served)
    balance = await balance_of(house, campaign)
    assert (balance.reserved_micros, balance.spent_micros) == (10_000, 0)
    assert balance.balanced


async def test_the_same_avail_gets_the_same_answer_and_spends_once(house, clock):
    campaign = await house.running()
    first = await house.serve(avail(at=clock.now()))
    clock.advance(5)
    assert await house.serve(avail(at=clock.now())) == first
    assert (await balance_of(house, campaign)).reserved_micros == 10_000


async def test_it_says_when_it_was_decided_and_what_is_advertised(house, clock):
    await house.running(category=Category.HOTEL)
    first = await house.serve(avail(at=clock.now()))
    decided_ms = clock.now_ms()
    assert (first.decided_ms, first.fills[0].category) == (decided_ms, "hotel")
    clock.advance(60)
    assert (await house.serve(avail(at=clock.now()))).decided_ms == decided_ms


@pytest.mark.parametrize(("ads_limit", "fills"), [(1, 1), (2, 2), (16, 3), (99, 3)])
async def test_no_more_ads_stand_in_it_than_were_asked_for(house, clock, ads_limit, fills):
    campaigns = [await house.running(segments=4) for _ in range(3)]
    served = await house.serve(avail(at=clock.now(), ads_limit=ads_limit))
    assert len(served.fills) == fills
    assert [no.reason for no in served.refusals] == [Reason.POD_FULL] * (3 - fills)
    balances = [await balance_of(house, campaign) for campaign in campaigns]
    assert sum(one.reserved_micros for one in balances) == 10_000 * fills


async def test_many_at_once_get_one_answer(house, clock):
    campaigns = [await house.running(name=f"C{n}") for n in range(4)]
    rolls = iter(n / 64 for n in range(64))
    object.__setattr__(house.decide, "roll", lambda: next(rolls))
    answers = await asyncio.gather(*(house.serve(avail(at=clock.now())) for _ in range(32)))
    assert len({str(answer) for answer in answers}) == 1
    balances = [await balance_of(house, campaign) for campaign in campaigns]
    assert sum(b.reserved_micros for b in balances) == 10_000 * len(answers[0].fills)
    assert all(b.balanced for b in balances)


async def test_the_last_money_goes_to_one_of_many_cars(house, clock):
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=400_000_000)
    offers = [house.serve(avail(f"a{n}", clock.now(), subject=f"car{n}")) for n in range(20)]
    answers = await asyncio.gather(*offers)
    assert sum(len(answer.fills) for answer in answers) == 2
    reasons = {refusal.reason for answer in answers for refusal in answer.refusals}
    assert reasons == {"no-budget"}
    balance = await balance_of(house, campaign)
    assert (balance.reserved_micros, balance.remaining_micros) == (800_000, 200_000)


async def test_a_cap_holds_on_simultaneous_first_requests_and_gives_the_budget_back(house, clock):
    campaign = await house.running(cap=FrequencyCap(2, 3600))
    answers = await asyncio.gather(*(house.serve(avail(f"a{n}", clock.now())) for n in range(12)))
    assert sum(len(answer.fills) for answer in answers) == 2
    assert {r.reason for a in answers for r in a.refusals} == {"frequency-cap"}
    assert (await balance_of(house, campaign)).reserved_micros == 20_000


async def test_the_window_of_a_cap_slides(house, clock):
    await house.running(cap=FrequencyCap(1, 60))
    shown = []
    for n in range(5):
        served = await house.serve(avail(f"a{n}", clock.now()))
        shown.append(len(served.fills))
        clock.advance(30)
    assert shown == [1, 0, 1, 0, 1]


async def test_cards_and_spots_are_counted_apart(house, clock):
    await house.running(cap=FrequencyCap(1, 3600))
    card = await house.serve(card_avail("c1", clock.now()))
    assert card.fills[0].asset_id == ""
    assert card.fills[0].card.headline == "Come by"
    assert (await house.serve(card_avail("c2", clock.now()))).fills == ()
    assert len((await house.serve(avail("a1", clock.now()))).fills) == 1


async def test_the_nearest_place_goes_first(house, clock):
    house.places = [place("Far", 48.14), place("Near", 48.118)]
    far = await house.running(name="Far", place_ids=(house.places[0].place_id,), segments=16)
    near = await house.running(name="Near", place_ids=(house.places[1].place_id,), segments=16)
    served = await house.serve(avail(at=clock.now()))
    assert [fill.line_item_id for fill in served.fills] == [near.line_item.line_item_id]
    assert [(r.line_item_id, r.reason) for r in served.refusals] == [(far.line_item.line_item_id, "pod-full")]


async def test_what_does_not_serve_is_explained(house, clock):
    paused = await house.running(name="Paused")
    await house.change(None, paused.campaign_id, CampaignAction.PAUSE)
    house.places.append(place("Paris", 48.85, 2.35))
    await house.running(name="Paris", place_ids=(house.places[-1].place_id,))
    served = await house.serve(avail(at=clock.now()))
    assert {(r.place_name, r.reason) for r in served.refusals} == {
        ("Rennes", "paused"),
        ("", "out-of-reach"),
    }
    nowhere = await house.serve(avail("a2", clock.now(), location=None))
    assert {r.reason for r in nowhere.refusals} == {"paused", "location-unknown"}


async def test_what_is_heard_later_must_be_in_flight_then_too(house, clock):
    await house.running()  # for a day from an hour ago
    now = clock.now()
    early, late = now + timedelta(hours=23), now + timedelta(hours=25)
    assert (await house.serve(avail("mid-1", now, expected_at=early))).fills
    served = await house.serve(avail("mid-2", now, expected_at=late))
    assert (served.fills, [no.reason for no in served.refusals]) == ((), [Reason.NOT_IN_FLIGHT])
    assert not (await house.serve(avail("brk", now, starts_at=late))).fills


async def test_what_has_not_begun_is_not_sold_for_later_because_players_skip(house, clock):
    now = clock.now()
    await house.running(starts_at=now + timedelta(minutes=20))
    assert not (await house.serve(avail("mid-1", now, expected_at=now + timedelta(hours=1)))).fills


async def test_a_moving_car_hears_the_film(house, clock):
    await house.running(card=False)
    moving = avail(at=clock.now(), formats=frozenset({Format.AUDIO}))
    assert len((await house.serve(moving)).fills) == 1


async def test_a_loser_gives_back_only_what_it_claimed_itself(house, clock, monkeypatch):
    near = await house.running(name="Near")
    assert len((await house.serve(avail("a1", clock.now()))).fills) == 1
    gone = await house.running(name="Gone", budget_micros=1_000_000, cpm_micros=1_000_000_000)
    await house.serve(avail("a2", clock.now(), subject="car2"))
    commit, tried = house.caps.commit, []

    async def undecided(*_args):
        return Looked(None, Log())

    async def stale(items):
        return Standing({item.line_item_id: 10**9 for item in items})

    async def once(subject, wanted, now_ms):
        tried.extend(wanted.plan.claims)
        return await commit(subject, wanted, now_ms)

    async def cut_off(*_args):
        raise TimeoutError

    # A second call for a1 began before the first had decided, fails to get all of its pod, and is cut off.
    with monkeypatch.context() as patch:
        patch.setattr(house.caps, "look", undecided)
        patch.setattr(house.budgets, "standing", stale)
        patch.setattr(house.caps, "commit", once)
        patch.setattr(house.caps, "confirm", cut_off)
        with pytest.raises(TimeoutError):
            await house.serve(avail("a1", clock.now()))
    assert {claim.line_item_id for claim in tried} == {
        near.line_item.line_item_id,
        gone.line_item.line_item_id,
    }
    assert (await balance_of(house, near)).reserved_micros == 20_000  # for a1 and a2


async def test_distances_are_told_in_steps_that_two_fills_cannot_place_the_car_by(house, clock):
    house.places = [place("Near", 48.1243), place("Far", 48.1357)]
    for one in house.places:
        await house.running(name=one.name, place_ids=(one.place_id,))
    served = await house.serve(avail(at=clock.now()))
    assert [fill.card.distance_m for fill in served.fills] == [800, 2000]  # 778 m and 2046 m


@pytest.fixture
def answer_lost(house, monkeypatch):
    """While it is on, plans are kept, and who kept them never hears of it."""
    commit = house.caps.commit

    async def dies(*args):
        await commit(*args)
        raise TimeoutError

    @contextmanager
    def on():
        with monkeypatch.context() as patch:
            patch.setattr(house.caps, "commit", dies)
            yield

    return on


async def test_a_pull_that_gives_up_midway_and_is_tried_again_spends_once(house, clock, answer_lost):
    campaign = await house.running()
    with answer_lost(), pytest.raises(TimeoutError):
        await house.serve(avail(at=clock.now()))
    assert (await balance_of(house, campaign)).reserved_micros == 10_000
    assert len((await house.serve(avail(at=clock.now()))).fills) == 1
    assert (await balance_of(house, campaign)).reserved_micros == 10_000


async def test_what_was_claimed_by_one_who_died_before_the_caps_were_asked_expires(house, clock, monkeypatch):
    campaign = await house.running()

    async def dies(_subject, wanted, now_ms):
        await house.budgets.reserve(wanted.plan.claims, now_ms)
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(house.caps, "commit", dies)
        with pytest.raises(ConnectionError):
            await house.serve(avail(at=clock.now()))
    clock.advance(RESERVATION_TTL_MS / 1000 - 1)
    assert await house.release() == 0
    clock.advance(1)
    assert await house.release() == 1
    balance = await balance_of(house, campaign)
    assert (balance.reserved_micros, balance.remaining_micros) == (0, balance.budget_micros)


async def test_nobody_learns_what_a_competitor_calls_its_campaign(house, clock):
    for _ in range(2):
        await house.running(name="Secret plan", category=Category.HOTEL, segments=8)
    served = await house.serve(avail(at=clock.now()))
    (no,) = served.refusals
    assert (no.reason, no.advertiser, no.place_name) == ("competitive-separation", "Garage", "Rennes")
    assert no.detail == "hotel: Garage"
    assert "Secret plan" not in str(served)


async def test_a_card_says_how_to_reach_its_place(house, clock):
    garage = place("Rennes")
    house.places = [dataclasses.replace(garage, attributes={"phone": "+33 2 99 00 11 22"})]
    await house.running()
    (fill,) = (await house.serve(avail(at=clock.now()))).fills
    assert (fill.card.phone, fill.card.latitude, fill.card.longitude) == ("+33299001122", *RENNES)


@pytest.fixture
def written(monkeypatch):
    """What is sent to Redis: a list for each time, of the commands in it."""
    sent = []
    send = AbstractConnection.send_packed_command

    async def counting(connection, command, *args, **options):
        packed = command if isinstance(command, bytes) else b"".join(command)
        sent.append(packed.count(b"EVALSHA") + packed.count(b"HMGET"))
        return await send(connection, command, *args, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counting)
    return sent


async def test_a_break_takes_two_round_trips_however_many_are_weighed(house, clock, written):
    """Look; then reserve and keep. Before them, here as in a new process, how all that is booked stands."""
    me = house.register("Garage")
    for n in range(12):
        await house.book(me.advertiser_id, house.order(name=f"n{n}"))
    await house.running()
    await house.decide(avail("warm", clock.now()))
    written.clear()
    served = await house.decide(avail("a1", clock.now()))
    assert (len(served.fills), len(served.refusals)) == (1, 12)
    assert len(written) == 3
    assert written[-1] == 2, "one that reserves, one that keeps"
    written.clear()
    assert await house.decide(avail("a1", clock.now())) == served
    assert len(written) == 4, "who finds it makes sure of it, once"
    written.clear()
    assert await house.decide(avail("a1", clock.now())) == served
    assert len(written) == 2


async def test_nothing_is_counted_of_a_break_that_stays_empty(house, clock, written):
    assert (await house.decide(avail("a1", clock.now()))).fills == ()
    assert await house.redis.hget("{veh:car1}:seen", "log") is None
    written.clear()
    await house.decide(avail("a1", clock.now()))
    assert len(written) == 1, "it is sure from the start"


async def cheap_and_dear(house):
    """Two campaigns that could fill a break together; the second has money for one showing."""
    cheap = await house.running(name="Cheap")
    dear = await house.running(name="Dear", budget_micros=1_000_000, cpm_micros=1_000_000_000)
    return cheap, dear


async def test_a_plan_whose_claim_was_refused_is_replaced_and_counts_for_nothing(house, clock, monkeypatch):
    cheap, dear = await cheap_and_dear(house)
    await house.serve(avail("a0", clock.now(), subject="other"))
    standing = house.budgets.standing

    async def stale(items):
        found = await standing(items)
        found.remaining_micros[dear.line_item.line_item_id] = 10**9
        return found

    monkeypatch.setattr(house.budgets, "standing", stale)
    served = await house.serve(avail("a1", clock.now()))
    assert [fill.line_item_id for fill in served.fills] == [cheap.line_item.line_item_id]
    looked = await house.caps.look("car1", "a1")
    assert looked.kept.plan.served == served
    assert set(looked.log.seen.by_name) == {f"{cheap.line_item.line_item_id}:spot"}
    assert (await balance_of(house, cheap)).reserved_micros == 20_000
    assert (await balance_of(house, dear)).reserved_micros == 1_000_000
    assert await house.serve(avail("a1", clock.now())) == served


async def test_who_finds_a_plan_that_lacks_a_claim_replaces_it(house, clock, monkeypatch, answer_lost):
    """Its author was cut off between keeping it and learning that a claim was refused."""
    cheap, dear = await cheap_and_dear(house)
    await house.serve(avail("a0", clock.now(), subject="other"))

    async def stale(items):
        return Standing({item.line_item_id: 10**9 for item in items})

    with monkeypatch.context() as patch, answer_lost():
        patch.setattr(house.budgets, "standing", stale)
        with pytest.raises(TimeoutError):
            await house.serve(avail("a1", clock.now()))
    assert len((await house.caps.look("car1", "a1")).kept.plan.claims) == 2
    served = await house.serve(avail("a1", clock.now()))
    assert [fill.line_item_id for fill in served.fills] == [cheap.line_item.line_item_id]
    looked = await house.caps.look("car1", "a1")
    assert (looked.kept.plan.served, set(looked.log.seen.by_name)) == (
        served,
        {f"{cheap.line_item.line_item_id}:spot"},
    )
    assert (await balance_of(house, dear)).reserved_micros == 1_000_000


async def test_a_plan_that_somebody_could_claim_after_all_is_not_replaced_by_its_author(
    house, clock, monkeypatch
):
    """Between the refusal of its author and the author's next try, money came free and a second call came."""
    cheap, dear = await cheap_and_dear(house)
    first = await house.serve(avail("a0", clock.now(), subject="other"))
    spent = next(fill for fill in first.fills if fill.line_item_id == dear.line_item.line_item_id)
    commit, answers = house.caps.commit, []

    async def stale(items):
        return Standing({item.line_item_id: 10**9 for item in items})

    async def slow(subject, wanted, now_ms):
        done = await commit(subject, wanted, now_ms)
        if not answers:
            answers.append(done)
            await house.record(spent.beacon, "notUsed")
            answers.append(await house.serve(avail("a1", clock.now())))
        return done

    monkeypatch.setattr(house.budgets, "standing", stale)
    monkeypatch.setattr(house.caps, "commit", slow)
    served = await house.serve(avail("a1", clock.now()))
    assert answers[0][0].count("refused") == 1
    assert served == answers[1]
    assert len(served.fills) == 2
    assert (await balance_of(house, dear)).reserved_micros == 1_000_000
    assert (await balance_of(house, cheap)).reserved_micros == 20_000


async def test_what_is_old_stands_whatever_became_of_its_claims(house, clock, answer_lost):
    await house.running()
    with answer_lost(), pytest.raises(TimeoutError):
        await house.serve(avail(at=clock.now()))
    clock.advance(RESERVATION_TTL_MS / 1000)
    assert await house.release() == 1
    assert len((await house.serve(avail(at=clock.now()))).fills) == 1
    assert await house.release() == 0


async def test_what_another_version_wrote_of_a_car_is_forgotten(house, clock, caplog):
    await house.running(cap=FrequencyCap(1, 3600))
    await house.redis.hset("{veh:car1}:seen", mapping={"log": b"?", "version": "7"})
    with caplog.at_level("CRITICAL", "adserver.adapters.redis_caps"):
        assert len((await house.serve(avail("a1", clock.now()))).fills) == 1
        assert (await house.serve(avail("a2", clock.now()))).fills == ()


async def test_campaigns_and_advertisers_have_caps_of_their_own(house, clock):
    day = (FrequencyCap(2, 86_400),)
    first = await house.running(name="First", campaign_caps=day)
    shown = [await house.serve(avail("a1", clock.now())), await house.serve(card_avail("c1", clock.now()))]
    assert [len(one.fills) for one in shown] == [1, 1], "films and cards count together"
    (no,) = (await house.serve(avail("a2", clock.now()))).refusals
    assert (no.reason, no.detail) == ("frequency-cap", "campaign: 2 of 2 in 86400 s")
    assert (await house.serve(avail("a3", clock.now(), subject="car2"))).fills[
        0
    ].line_item_id == first.line_item.line_item_id


async def test_a_drive_is_over_after_a_pause(house, clock):
    await house.running(caps=(FrequencyCap(1, per=Per.DRIVE),))
    shown = []
    for n, later_s in enumerate((0, 1700, 1700, 1801, 60)):
        clock.advance(later_s)
        shown.append(len((await house.serve(avail(f"a{n}", clock.now()))).fills))
    assert shown == [1, 0, 0, 1, 0]


async def test_whoever_drives_is_shown_as_many_cards_as_the_operator_says(house, clock):
    for n in range(4):
        await house.running(name=f"C{n}", spot=False)
    budget = (FrequencyCap(2, 3600),)
    served = [await house.serve(card_avail(f"c{n}", clock.now(), glances=budget)) for n in range(3)]
    assert [len(one.fills) for one in served] == [1, 1, 0]
    assert {(no.reason, no.detail) for no in served[2].refusals} == {
        ("glance-budget", "cards on the move: 2 of 2 in 3600 s")
    }
    assert len((await house.serve(card_avail("c9", clock.now()))).fills) == 1, "parked, it has none"
