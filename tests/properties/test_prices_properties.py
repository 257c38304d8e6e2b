"""Whatever is paid for (a showing, a view, a tap, a redemption): each fill once at most, within the budget.

Events come in any order, twice, late; claims are made, given back and expire meanwhile.
"""

import asyncio

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_events import shard_keys
from adserver.billing.budget import RESERVATION_TTL_MS, Claim, Hold, Outcome, Reservation, edit_claim, shard
from adserver.billing.impression import BEACON_TTL_MS, PLAYED, Beacon, EventKind, Told, pays
from adserver.booking.campaign import LineItem
from adserver.booking.terms import Action, Goal, GoalUnit, Pricing
from tests.adserver.budgets import opened_budgets

PRICE = 300
# Two and a half of four fills can be paid.
ITEM = LineItem("li_1", "cmp", "adv", "n", 0, 1, 750, 0, "EUR", 5000, ("p",))
FILLS = [f"fil_{n}" for n in range(4)]
TERMS = {
    "": {"cpm_micros": 1000 * PRICE},
    "complete": {"cpv_micros": PRICE},
    "tap": {"cpa_micros": PRICE},
    "redeemed": {"cpa_micros": PRICE, "action": Action.REDEMPTION},
}
TOLD = [
    *PLAYED,
    EventKind.SKIP,
    EventKind.TAP,
    EventKind.COUPON_SAVED,
    EventKind.REDEEMED,
    EventKind.NOT_USED,
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "release", "hold", "wait", "expire", *TOLD]), st.sampled_from(FILLS)
    ),
    max_size=45,
)
HELD_MS = 3 * RESERVATION_TTL_MS


def item(paid: str, **changes) -> LineItem:
    return msgspec.structs.replace(ITEM, **TERMS[paid] | changes)


def beacon(fill_id: str, booked: LineItem) -> Beacon:
    return Beacon(
        fill_id, booked.line_item_id, "adv", "crv", "plc", "", PRICE, "EUR", False, BEACON_TTL_MS,
        pays=pays(booked.pricing, booked.action),
    )  # fmt: skip


def reservation(fill_id: str, booked: LineItem) -> Reservation:
    return Reservation(fill_id, booked.line_item_id, PRICE, goal=booked.exact_goal, unit=_unit(booked))


def _unit(booked: LineItem) -> str:
    return {Pricing.CPM: "shown", Pricing.CPV: "completes"}.get(booked.pricing, "")


async def tell(budgets, fill_id: str, booked: LineItem, kind: EventKind, now_ms: int) -> Outcome:
    return (await budgets.record([Told(beacon(fill_id, booked), kind, now_ms)], now_ms))[0]


async def right(budgets, booked: LineItem) -> dict[str, int]:
    """What must hold after every step; the micros of each fill that was billed."""
    events = [event for _, _, event in await budgets.events(10_000)]
    paid = beacon("", booked).billed_by
    billed: dict[str, int] = {}
    for event in events:
        # What is paid for is counted if and only if it is billed.
        assert bool(event.billed_micros) == (event.kind is paid)
        if event.billed_micros:
            assert event.fill_id not in billed
            billed[event.fill_id] = event.billed_micros
    balance = (await budgets.balances([booked.line_item_id]))[booked.line_item_id]
    assert balance.balanced, balance
    assert balance.spent_micros == sum(billed.values()) <= booked.budget_micros
    number = shard_keys(shard(booked.line_item_id))
    standing = await budgets._redis.hvals(number[1])
    held = await budgets._redis.hget(number[0], f"{booked.line_item_id}:held")
    assert int(held) == sum(claim.startswith(b"reserved|") for claim in standing)
    kinds = [event.kind for event in events]
    had = (await budgets.delivered([booked.line_item_id]))[booked.line_item_id]
    assert (had.shown, had.completes) == (kinds.count(EventKind.IMPRESSION), kinds.count(EventKind.COMPLETE))
    assert (had.taps, had.redemptions) == (kinds.count(EventKind.TAP), kinds.count(EventKind.REDEEMED))
    # Nobody answers what was not shown, and nothing is played to its end that did not start.
    seen = {event.fill_id for event in events if event.kind is EventKind.IMPRESSION}
    assert {event.fill_id for event in events if event.kind in TOLD[5:9]} | set(billed) <= seen
    return billed


@settings(max_examples=120)
@given(paid=st.sampled_from(list(TERMS)), steps=STEPS)
def test_whatever_happens_each_is_billed_once_and_the_parts_add_up(redis_socket, paid, steps):
    async def run():
        booked = item(paid)
        async with opened_budgets(redis_socket, booked) as budgets:
            now_ms, promised = 1, dict[str, int]()
            for step, fill_id in steps:
                now_ms += RESERVATION_TTL_MS // 3 if step == "wait" else 1
                if step in {"release", EventKind.NOT_USED}:
                    promised.pop(fill_id, None)
                if step == "hold":
                    (claim,) = await budgets.hold([Hold(fill_id, "li_1", PRICE, now_ms + HELD_MS)])
                    if claim.ours:
                        promised[fill_id] = now_ms + HELD_MS
                elif step == "reserve":
                    await budgets.reserve([reservation(fill_id, booked)], now_ms)
                elif step == "release":
                    await budgets.release([reservation(fill_id, booked)])
                elif step == "expire":
                    await budgets.expire(now_ms)
                elif step != "wait":
                    outcome = await tell(budgets, fill_id, booked, EventKind(step), now_ms)
                    # What was promised is paid for, whatever else the budget was spent on.
                    assert outcome is not Outcome.UNBILLED or now_ms >= promised.get(fill_id, 0)
                await right(budgets, booked)
            await budgets.expire(now_ms + HELD_MS)
            balance = (await budgets.balances([booked.line_item_id]))[booked.line_item_id]
            assert balance.reserved_micros == 0

    asyncio.run(run())


@pytest.mark.parametrize("paid", list(TERMS))
@pytest.mark.parametrize("after", [2 * PRICE, PRICE // 2])
def test_what_was_held_is_billed_where_the_price_was_edited_between_two_that_decide(
    redis_socket, paid, after
):
    async def run():
        booked = item(paid)
        async with opened_budgets(redis_socket, booked) as budgets:
            before = reservation("fil_0", booked)
            assert await budgets.reserve([before], 1) == [Claim.NEW]
            edited = msgspec.structs.replace(before, price_micros=after)
            assert await budgets.reserve([edited], 1) == [Claim.HELD]
            await budgets.release([before])
            says = msgspec.structs.replace(beacon("fil_0", booked), price_micros=after)
            kinds = [*PLAYED, EventKind.TAP, EventKind.REDEEMED]
            outcomes = await budgets.record([Told(says, kind, 2) for kind in kinds], 2)
            assert outcomes.count(Outcome.BILLED) == 1
            assert await right(budgets, booked) == {"fil_0": PRICE}

    asyncio.run(run())


@settings(max_examples=40)
@given(paid=st.sampled_from(list(TERMS)), order=st.permutations([*PLAYED, EventKind.TAP, EventKind.REDEEMED]))
def test_whatever_the_order_a_whole_playback_bills_once(redis_socket, paid, order):
    async def run():
        booked = item(paid)
        async with opened_budgets(redis_socket, booked) as budgets:
            assert await budgets.reserve([reservation("fil_0", booked)], 1) == [Claim.NEW]
            outcomes = [await tell(budgets, "fil_0", booked, kind, 2) for kind in [*order, *order]]
            assert outcomes.count(Outcome.BILLED) == 1
            assert await right(budgets, booked) == {"fil_0": PRICE}
            assert {event.kind for _, _, event in await budgets.events(100)} >= set(order)

    asyncio.run(run())


def test_a_view_that_was_held_and_cannot_be_paid_is_paid_once_it_can(redis_socket):
    async def run():
        booked = item("complete", budget_micros=PRICE)
        async with opened_budgets(redis_socket, booked) as budgets:
            for kind in (EventKind.COMPLETE, *PLAYED[:3]):
                await tell(budgets, "fil_0", booked, kind, 2)
            assert await budgets.reserve([reservation("fil_1", booked)], 2) == [Claim.NEW]
            assert await tell(budgets, "fil_0", booked, EventKind.THIRD_QUARTILE, 3) is Outcome.NOTED
            assert await budgets.owed(3) == []
            await budgets.release([reservation("fil_1", booked)])
            assert await right(budgets, booked) == {}
            owed = await budgets.owed(4)
            assert [(one.kind, one.at_ms) for one in owed] == [(EventKind.COMPLETE, 2)]
            assert await budgets.record(owed, 4) == [Outcome.BILLED]
            assert await right(budgets, booked) == {"fil_0": PRICE}
            assert await tell(budgets, "fil_0", booked, EventKind.COMPLETE, 5) is Outcome.REPEATED

    asyncio.run(run())


@pytest.mark.parametrize("ended", [EventKind.SKIP, EventKind.ERROR])
def test_a_film_that_was_skipped_or_failed_gives_its_price_back_at_once(redis_socket, ended):
    async def run():
        booked = item("complete")
        async with opened_budgets(redis_socket, booked) as budgets:
            await budgets.reserve([reservation("fil_0", booked)], 1)
            await tell(budgets, "fil_0", booked, EventKind.IMPRESSION, 2)
            assert (await budgets.balances(["li_1"]))["li_1"].reserved_micros == PRICE
            await tell(budgets, "fil_0", booked, ended, 3)
            standing = (await budgets.balances(["li_1"]))["li_1"]
            assert (standing.reserved_micros, standing.remaining_micros) == (0, booked.budget_micros)
            (told,) = [e for _, _, e in await budgets.events(9) if e.kind is ended]
            assert told.released_micros == PRICE
            # A screen that says otherwise afterwards is not believed.
            outcomes = [await tell(budgets, "fil_0", booked, kind, 4) for kind in PLAYED[1:]]
            assert outcomes == [Outcome.NOTED] * 3 + [Outcome.CONTRADICTED]
            assert await right(budgets, booked) == {}

    asyncio.run(run())


@settings(max_examples=12)
@given(budget=st.integers(1, 14))
def test_sixty_four_that_hold_at_once_and_are_paid_at_once_never_pass_the_budget(redis_socket, budget):
    async def run():
        booked = item("redeemed", budget_micros=budget * PRICE)
        async with opened_budgets(redis_socket, booked) as budgets:
            clients = [Redis(unix_socket_path=str(redis_socket)) for _ in range(8)]
            racing = [RedisBudgets(client) for client in clients]

            async def one(n: int) -> list[Outcome]:
                hold = Hold(f"fil_x{n // 2}", "li_1", PRICE, HELD_MS)  # two ask for each
                (claim,) = await racing[n % 8].hold([hold])
                kinds = [EventKind.IMPRESSION, EventKind.REDEEMED] if claim.ours else []
                told = [Told(beacon(hold.fill_id, booked), kind, 2) for kind in kinds]
                return await racing[(n + 1) % 8].record(told, 2) if told else []

            raced = await asyncio.gather(*(one(n) for n in range(64)))
            outcomes = [outcome for some in raced for outcome in some]
            for client in clients:
                await client.aclose()
            assert outcomes.count(Outcome.BILLED) == min(32, budget)
            assert Outcome.UNBILLED not in outcomes
            assert len(await right(budgets, booked)) == min(32, budget)

    asyncio.run(run())


@pytest.mark.parametrize("early", [EventKind.COUPON_SAVED, EventKind.REDEEMED])
def test_what_was_promised_is_not_given_back_as_not_used_by_a_car_in_a_tunnel(redis_socket, early):
    """What was done with the card is told before the card is told to have been shown."""

    async def run():
        booked = item("redeemed")
        async with opened_budgets(redis_socket, booked) as budgets:
            await budgets.reserve([reservation("fil_0", booked)], 1)
            assert await budgets.hold([Hold("fil_0", "li_1", PRICE, HELD_MS)]) == [Claim.HELD]
            assert await tell(budgets, "fil_0", booked, early, 2) is Outcome.OUT_OF_ORDER
            assert await tell(budgets, "fil_0", booked, EventKind.NOT_USED, 3) is Outcome.CONTRADICTED
            assert (await budgets.balances(["li_1"]))["li_1"].reserved_micros == PRICE
            outcomes = [
                await tell(budgets, "fil_0", booked, kind, 4)
                for kind in (EventKind.IMPRESSION, EventKind.REDEEMED)
            ]
            assert Outcome.BILLED in outcomes or early is EventKind.REDEEMED
            assert await right(budgets, booked) == {"fil_0": PRICE}

    asyncio.run(run())


def test_a_coupon_is_redeemed_weeks_later_from_what_remains(redis_socket):
    day_ms = 86_400_000

    async def run():
        booked = item("redeemed")
        async with opened_budgets(redis_socket, booked) as budgets:
            for fill_id in ("fil_0", "fil_1"):
                await budgets.reserve([reservation(fill_id, booked)], 1)
                await tell(budgets, fill_id, booked, EventKind.IMPRESSION, 2)
            await tell(budgets, "fil_0", booked, EventKind.COUPON_SAVED, 3)
            for now_ms in range(4, 40 * day_ms, day_ms // 2):
                await budgets.expire(now_ms)
            later = 40 * day_ms
            assert await tell(budgets, "fil_0", booked, EventKind.REDEEMED, later) is Outcome.BILLED
            # Of the other nothing is known any more: nobody had saved it.
            assert await tell(budgets, "fil_1", booked, EventKind.REDEEMED, later) is Outcome.OUT_OF_ORDER
            assert await tell(budgets, "fil_0", booked, EventKind.REDEEMED, later) is Outcome.REPEATED
            assert await right(budgets, booked) == {"fil_0": PRICE}
            assert EventKind.EXPIRED not in {event.kind for _, _, event in await budgets.events(100)}

    asyncio.run(run())


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "release", "lapse", "impression", "complete", "skip"]),
        st.sampled_from(FILLS),
        st.sampled_from([PRICE // 100, PRICE, 100 * PRICE]),
    ),
    max_size=30,
)


@settings(max_examples=40)
@given(paid=st.sampled_from(["", "complete"]), goal=st.integers(1, 3), steps=CHANGES, less=st.booleans())
@example(paid="", goal=2, less=True, steps=[("reserve", "fil_0", PRICE), ("reserve", "fil_1", 100 * PRICE)])
@example(paid="", goal=2, less=False, steps=[("reserve", f"fil_{n}", 100 * PRICE // 100**n) for n in (0, 1)])
def test_a_goal_is_met_to_the_unit_whatever_the_price_becomes(redis_socket, paid, goal, steps, less):
    """Claims keep the price they were made at; what an edit of the budget holds is none of them."""

    async def run():
        unit = GoalUnit.VIEWS if paid else GoalUnit.IMPRESSIONS
        booked = item(paid, budget_micros=10**9, goal=Goal(unit, goal))
        async with opened_budgets(redis_socket, booked) as budgets:
            if less:
                edit = Reservation(edit_claim("li_1", 2), "li_1", 50 * PRICE)
                assert await budgets.reserve([edit], 1) == [Claim.NEW]
            ours, stopped, now_ms = set[str](), set[str](), 1
            for step, fill_id, micros in steps:
                had = (await budgets.delivered(["li_1"]))["li_1"]
                at = msgspec.structs.replace(beacon(fill_id, booked), price_micros=micros)
                claim = msgspec.structs.replace(reservation(fill_id, booked), price_micros=micros)
                if step == "reserve":
                    known = await budgets._redis.hget(shard_keys(shard("li_1"))[1], fill_id) or b"released"
                    free = known.startswith(b"released") and fill_id not in stopped
                    (found,) = await budgets.reserve([claim], now_ms)
                    room = len(ours) + had.of(unit) < goal
                    fresh = Claim.NEW if room else Claim.REACHED
                    assert found is (fresh if free else Claim.HELD)
                elif step == "release":
                    await budgets.release([claim])
                elif step == "lapse":
                    now_ms += RESERVATION_TTL_MS
                    await budgets.expire(now_ms)
                else:
                    kinds = PLAYED if step == "complete" else [EventKind(step)]
                    await budgets.record([Told(at, kind, now_ms) for kind in kinds], now_ms)
                events = [event for _, _, event in await budgets.events(10_000)]
                stopped = {event.fill_id for event in events if event.kind is EventKind.SKIP}
                standing = await budgets._redis.hgetall(shard_keys(shard("li_1"))[1])
                ours = {
                    fill.decode()
                    for fill, state in standing.items()
                    if state.startswith(b"reserved|") and not fill.startswith(b"edit_")
                }
                assert (await budgets.delivered(["li_1"]))["li_1"].of(unit) + len(ours) <= goal
                assert (await budgets.balances(["li_1"]))["li_1"].balanced

    asyncio.run(run())


@settings(max_examples=12)
@given(paid=st.sampled_from(["", "complete"]), goal=st.integers(1, 12), budget=st.integers(1, 14))
def test_sixty_four_at_once_never_pass_a_goal_nor_the_budget(redis_socket, paid, goal, budget):
    async def run():
        unit = GoalUnit.VIEWS if paid else GoalUnit.IMPRESSIONS
        booked = item(paid, budget_micros=budget * PRICE, goal=Goal(unit, goal))
        async with opened_budgets(redis_socket, booked) as budgets:
            clients = [Redis(unix_socket_path=str(redis_socket)) for _ in range(8)]
            racing = [RedisBudgets(client) for client in clients]

            async def one(n: int) -> Claim:
                (claim,) = await racing[n % 8].reserve([reservation(f"fil_x{n}", booked)], 1)
                if claim is Claim.NEW:
                    told = [Told(beacon(f"fil_x{n}", booked), kind, 2) for kind in PLAYED]
                    # Two hear it at once.
                    await asyncio.gather(racing[n % 8].record(told, 2), racing[(n + 1) % 8].record(told, 2))
                return claim

            claims = await asyncio.gather(*(one(n) for n in range(64)))
            for client in clients:
                await client.aclose()
            assert claims.count(Claim.NEW) == min(goal, budget)
            assert len(await right(budgets, booked)) == min(goal, budget)

    asyncio.run(run())
