"""Views, taps and redemptions from the decision to the invoice, once each, on each database."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.billing.budget import Outcome
from adserver.billing.impression import PLAYED, EventKind, Told, read_token
from adserver.billing.post_ledger import PostLedger
from adserver.billing.record_event import Sent
from adserver.booking.edit_campaign import Edit
from adserver.booking.terms import Action, Goal, GoalUnit
from tests.adserver.house import UNIT, House, avail, card_avail

VIEW = {"cpm_micros": 0, "cpv_micros": 20_000}
TAP = {"cpm_micros": 0, "cpa_micros": 500_000}
REDEMPTION = TAP | {"action": Action.REDEMPTION}


@pytest.fixture
def house(engine, aredis, clock, new_id) -> House:
    return House(engine, aredis, clock, new_id)


async def redeem(house: House, beacon: str) -> Outcome:
    """As a till will tell it."""
    now_ms = house.clock.now_ms()
    told = Told(read_token(house.sealer, beacon, now_ms), EventKind.REDEEMED, now_ms)
    return (await house.budgets.record([told], now_ms))[0]


def at(clock, kind: EventKind) -> int:
    """When it happened of a spot that has just been played to its end."""
    return clock.now_ms() - 20_000 + 4_500 * PLAYED.index(kind) if kind in PLAYED else clock.now_ms()


async def books_are_right(house: House, spent_micros: int) -> None:
    await house.post()
    assert (await house.audit()).findings == ()
    found = await house.reconcile()
    assert (found.unbalanced, found.differing) == ((), ())
    assert sum(house.ledger.spent().values()) == spent_micros


async def test_a_view_is_paid_at_its_end_and_nothing_before(house, clock):
    campaign = await house.running(card=False, **VIEW)
    (fill,) = (await house.serve(avail("a1", clock.now()))).fills
    for kind in PLAYED[:4]:
        clock.advance(5)
        assert await house.record(fill.beacon, kind) is Outcome.NOTED
    await books_are_right(house, 0)
    clock.advance(5)
    assert await house.record(fill.beacon, "complete") is Outcome.BILLED
    assert await house.record(fill.beacon, "complete") is Outcome.REPEATED
    await books_are_right(house, 20_000)
    report = await house.report(None, campaign.campaign_id)
    assert (report.total.completes, report.total.spent_micros) == (1, 20_000)
    assert (await house.serve(card_avail("c1", clock.now()))).fills == ()


async def test_a_tap_is_paid_and_a_showing_is_not(house, clock):
    campaign = await house.running(spot=False, **TAP)
    fills = [(await house.serve(card_avail(f"c{n}", clock.now()))).fills[0] for n in range(3)]
    for fill in fills:
        assert await house.record(fill.beacon, "card-shown") is Outcome.NOTED
    assert await house.record(fills[0].beacon, "tap") is Outcome.BILLED
    assert await house.record(fills[0].beacon, "navigate") is Outcome.NOTED
    # It comes hours later out of a dead zone: its claim had expired, and what remains pays.
    clock.advance(3 * 3600)
    await house.release()
    late = Sent(fills[1].beacon, "tap", clock.now_ms() - 3 * 3_600_000 + 60_000)
    assert [one.outcome for one in await house.record.batch([late, late])] == [
        Outcome.BILLED,
        Outcome.REPEATED,
    ]
    await books_are_right(house, 1_000_000)
    report = await house.report(None, campaign.campaign_id)
    assert (report.total.cards, report.total.taps, report.total.expired) == (3, 2, 0)
    balance = (await house.budgets.balances([campaign.line_item.line_item_id])).popitem()[1]
    assert (balance.reserved_micros, balance.remaining_micros) == (0, 99_000_000)


async def test_a_redemption_is_paid_once_and_no_player_can_tell_it(house, clock):
    campaign = await house.running(spot=False, codes=9, goal=Goal(GoalUnit.REDEMPTIONS, 1), **REDEMPTION)
    (fill,) = (await house.serve(card_avail("c1", clock.now()))).fills
    (answer,) = await house.record.batch([Sent(fill.beacon, "redeemed")])
    assert answer.refused is not None
    assert answer.refused.code == "event-unknown"
    await house.record(fill.beacon, "card-shown")
    await house.record(fill.beacon, "coupon-saved")
    assert await asyncio.gather(*(redeem(house, fill.beacon) for _ in range(8))) == [
        Outcome.BILLED,
        *[Outcome.REPEATED] * 7,
    ]
    await books_are_right(house, 500_000)
    report = await house.report(None, campaign.campaign_id)
    assert (report.total.redemptions, report.overview.done, report.overview.goal) == (1, 1, 1)
    assert report.overview.why.code == "goal-reached"
    assert (await house.serve(card_avail("c2", clock.now()))).fills == ()


async def test_a_goal_ends_it_and_a_greater_one_lets_it_go_on(house, clock):
    campaign = await house.running(spot=False, goal=Goal(GoalUnit.IMPRESSIONS, 2))
    for n in range(2):
        (fill,) = (await house.serve(card_avail(f"c{n}", clock.now()))).fills
        await house.record(fill.beacon, "card-shown")
    served = await house.serve(card_avail("c3", clock.now()))
    assert (served.fills, served.refusals[0].reason) == ((), "goal-reached")
    await house.post()
    assert (await house.report(None, campaign.campaign_id)).overview.why.code == "goal-reached"
    wish = Edit(revision=1, goal=Goal(GoalUnit.IMPRESSIONS, 3))
    await house.edit(None, campaign.campaign_id, wish, actor="acc")
    assert len((await house.serve(card_avail("c4", clock.now()))).fills) == 1
    # That one is reserved: a fourth would pass the goal, though nothing more was shown yet.
    assert (await house.serve(card_avail("c5", clock.now(), subject="car2"))).refusals[0].reason == (
        "goal-reached"
    )


async def test_a_campaign_that_changes_what_it_pays_for_bills_each_fill_as_it_was_chosen(house, clock):
    campaign = await house.running(spot=False)
    (shown,) = (await house.serve(card_avail("c1", clock.now()))).fills
    wish = Edit(revision=1, cpa_micros=500_000)
    after = await house.edit(None, campaign.campaign_id, wish, actor="acc")
    assert (after.line_item.cpm_micros, after.line_item.cpa_micros) == (0, 500_000)
    (tapped,) = (await house.serve(card_avail("c2", clock.now(), subject="car2"))).fills
    for fill, paid in ((shown, "card-shown"), (tapped, "tap")):
        outcomes = [await house.record(fill.beacon, kind) for kind in ("card-shown", "tap")]
        assert outcomes.index(Outcome.BILLED) == ("card-shown", "tap").index(paid)
        assert outcomes.count(Outcome.BILLED) == 1
    await books_are_right(house, 510_000)


async def test_what_redis_lost_is_taken_from_the_ledger_and_no_view_is_billed_twice(house, clock, aredis):
    goal = Goal(GoalUnit.VIEWS, 2)
    campaign = await house.running(card=False, goal=goal, **VIEW)
    fills = [(await house.serve(avail(f"a{n}", clock.now(), subject=f"car{n}"))).fills[0] for n in range(2)]
    clock.advance(20)
    told = [Sent(fill.beacon, kind, at(clock, kind)) for fill in fills for kind in PLAYED[:4]]
    await house.record.batch([*told, Sent(fills[0].beacon, "complete")])
    await house.post()
    await aredis.flushall()
    found = await house.reconcile()
    assert found.opened == (campaign.line_item.line_item_id,)
    for kind in PLAYED:
        assert await house.record(fills[0].beacon, kind) is Outcome.REPEATED
    assert await house.record(fills[1].beacon, "complete") is Outcome.BILLED
    await books_are_right(house, 40_000)
    clock.advance(60)
    assert (await house.serve(avail("a9", clock.now()))).refusals[0].reason == "goal-reached"


async def test_all_at_once_workers_hear_and_post_and_the_invoice_is_the_sum(house, clock, redis_socket):
    """A view, a tap and a redemption of each of many fills, each told to three workers, posted by two."""
    ends = clock.now() + timedelta(days=3)
    booked = [
        await house.running(budget_micros=50 * UNIT, ends_at=ends, card=False, **VIEW),
        await house.running(budget_micros=5 * UNIT, ends_at=ends, spot=False, **TAP),
        await house.running(budget_micros=5 * UNIT, ends_at=ends, spot=False, codes=99, **REDEMPTION),
    ]
    fills = []
    for n in range(40):
        car = {"subject": f"car{n}"}
        fills += (await house.serve(avail(f"a{n}", clock.now(), **car))).fills
        for slot in range(2):
            fills += (await house.serve(card_avail(f"c{n}_{slot}", clock.now(), **car))).fills
    clock.advance(30)
    now_ms = clock.now_ms()
    clients = [Redis(unix_socket_path=str(redis_socket)) for _ in range(3)]
    workers = [RedisBudgets(client) for client in clients]
    answers = [EventKind.TAP, EventKind.COUPON_SAVED, EventKind.REDEEMED]

    async def hear(worker: RedisBudgets) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for fill in fills:
            beacon = read_token(house.sealer, fill.beacon, now_ms)
            kinds = [EventKind.CARD_SHOWN, *answers] if beacon.card else [*PLAYED, *answers]
            told = [Told(beacon, kind, at(clock, kind)) for kind in kinds]
            outcomes += await worker.record(told, now_ms)
        return outcomes

    async def post(worker: RedisBudgets) -> None:
        for _ in range(5):
            await PostLedger(worker, house.ledger)()

    heard = await asyncio.gather(*(hear(one) for one in workers), *(post(one) for one in workers[:2]))
    for client in clients:
        await client.aclose()
    billed = sum(outcomes.count(Outcome.BILLED) for outcomes in heard[:3])
    assert billed == len(fills)
    due = sum(fill.price_micros for fill in fills)
    await books_are_right(house, due)
    assert len({fill.line_item_id for fill in fills}) == len(booked)
    clock.advance(40 * 86_400)
    issued = await house.issue("2026-06", actor="op")
    assert sum(one.total_micros for one in issued) == due
