"""In whatever order events arrive, the same comes of it; and what can be paid is paid, if not at once.

Two things that contradict each other (a film that was stopped and one that was played to its end) cannot both
be believed: of those the first stands, since nothing is taken back from the ledger.
"""

import asyncio

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adserver.billing.budget import RESERVATION_TTL_MS, Claim, Outcome, Reservation, edit_claim
from adserver.billing.impression import BEACON_TTL_MS, PLAYED, Beacon, EventKind, Told, pays
from adserver.booking.campaign import LineItem
from adserver.booking.terms import Goal, GoalUnit, Pricing
from tests.adserver.budgets import opened_budgets

PRICE = 300
ITEM = LineItem("li_1", "cmp", "adv", "n", 0, 1, 10 * PRICE, 0, "EUR", 5000, ("p",))
TERMS = {"": {"cpm_micros": 1000 * PRICE}, "complete": {"cpv_micros": PRICE}, "tap": {"cpa_micros": PRICE}}
PAID = st.sampled_from(list(TERMS))
UNITS = {Pricing.CPM: (GoalUnit.IMPRESSIONS, "shown"), Pricing.CPV: (GoalUnit.VIEWS, "completes")}
SPOT_MS = 30_000
BREAK_MS = 60_000
FILLS = [f"fil_{n}" for n in range(4)]
STOPS = {EventKind.SKIP, EventKind.ERROR}
FLAGS = {EventKind.EARLY}


def item(paid: str, **changes) -> LineItem:
    return msgspec.structs.replace(ITEM, **TERMS[paid] | changes)


def with_goal(booked: LineItem, amount: int) -> LineItem:
    unit, _ = UNITS[booked.pricing]
    return msgspec.structs.replace(booked, goal=Goal(unit, amount))


def beacon(fill_id: str, booked: LineItem) -> Beacon:
    return Beacon(
        fill_id, booked.line_item_id, "adv", "crv", "plc", "", PRICE, "EUR", False, BEACON_TTL_MS, SPOT_MS,
        BREAK_MS, BREAK_MS + SPOT_MS, pays=pays(booked.pricing, booked.action),
    )  # fmt: skip


async def reserve(budgets, booked: LineItem, fill_id: str, now_ms: int) -> Claim:
    unit = UNITS[booked.pricing][1] if booked.exact_goal else ""
    claim = Reservation(fill_id, booked.line_item_id, PRICE, goal=booked.exact_goal, unit=unit)
    return (await budgets.reserve([claim], now_ms))[0]


async def tell(budgets, booked, fill_id, kind, at_ms, now_ms=0) -> Outcome:
    return (await budgets.record([Told(beacon(fill_id, booked), kind, at_ms)], now_ms or at_ms))[0]


async def sweep(budgets, now_ms: int) -> None:
    """As the worker does."""
    await budgets.expire(now_ms)
    await budgets.record(await budgets.owed(now_ms), now_ms)


# When each is said to have happened, in steps of a sixteenth of the spot: some cannot have been by then.
SAID = st.dictionaries(
    st.sampled_from([*PLAYED, EventKind.SKIP, EventKind.MUTE, EventKind.ERROR, EventKind.TAP]),
    st.integers(0, 17),
    min_size=1,
)
ROBOT = dict.fromkeys(PLAYED, 9)


def agreeing(said: dict[EventKind, int]) -> dict[EventKind, int]:
    """Without its end, where it is said to have been stopped before."""
    ended = said.get(EventKind.COMPLETE, 0)
    stopped = any(said.get(kind, ended) < ended for kind in STOPS)
    return {kind: at for kind, at in said.items() if not (stopped and kind is EventKind.COMPLETE)}


@settings(max_examples=100)
@given(paid=PAID, said=SAID, reserved=st.booleans(), data=st.data())
@example(paid="complete", said=ROBOT, reserved=True, data=None)
def test_the_same_comes_of_the_same_events_in_whatever_order(redis_socket, paid, said, reserved, data):
    said = agreeing(said)
    as_they_were = sorted(said, key=lambda kind: (said[kind], list(EventKind).index(kind)))
    other = as_they_were[::-1] if data is None else data.draw(st.permutations(as_they_were))

    async def told_in(order: list[EventKind]):
        booked = item(paid)
        async with opened_budgets(redis_socket, booked) as budgets:
            if reserved:
                assert await reserve(budgets, booked, "fil_0", BREAK_MS) is Claim.NEW
            for kind in [*order, *order]:
                await tell(budgets, booked, "fil_0", kind, BREAK_MS + said[kind] * SPOT_MS // 16)
            events = [event for _, _, event in await budgets.events(100)]
            at = {e.kind: e.at_ms for e in events if e.kind in said}
            balance = (await budgets.balances(["li_1"]))["li_1"]
            assert balance.balanced
            had = (await budgets.delivered(["li_1"]))["li_1"]
            return {e.kind for e in events} - FLAGS, at, balance, had

    async def run():
        assert await told_in(other) == await told_in(as_they_were)

    asyncio.run(run())


def test_a_robot_that_fires_all_at_once_is_paid_in_no_order(redis_socket):
    async def run():
        booked = item("complete")
        for order in (PLAYED, PLAYED[::-1]):
            async with opened_budgets(redis_socket, booked) as budgets:
                await reserve(budgets, booked, "fil_0", BREAK_MS)
                for kind in order:
                    await tell(budgets, booked, "fil_0", kind, BREAK_MS + SPOT_MS // 2)
                kinds = {event.kind for _, _, event in await budgets.events(100)}
                assert kinds & {*PLAYED, EventKind.IMPLAUSIBLE} == {PLAYED[0], EventKind.IMPLAUSIBLE}
                assert (await budgets.balances(["li_1"]))["li_1"].spent_micros == 0

    asyncio.run(run())


@settings(max_examples=60)
@given(
    order=st.permutations([*PLAYED, EventKind.SKIP]),
    stop=st.sampled_from(sorted(STOPS)),
    paid=PAID,
)
def test_a_film_was_stopped_or_played_to_its_end_and_never_both(redis_socket, order, stop, paid):
    async def run():
        booked = item(paid)
        async with opened_budgets(redis_socket, booked) as budgets:
            await reserve(budgets, booked, "fil_0", BREAK_MS)
            outcomes = {}
            for kind in order:
                kind = stop if kind is EventKind.SKIP else kind
                at_ms = BREAK_MS + (PLAYED.index(kind) * 7_500 if kind in PLAYED else 3_000)
                outcomes[kind] = await tell(budgets, booked, "fil_0", kind, at_ms)
            counted = {event.kind for _, _, event in await budgets.events(100)}
            ended = {stop, EventKind.COMPLETE} & counted
            assert len(ended) == 1
            if list(outcomes)[-1] is stop:
                assert (ended, outcomes[stop]) == ({EventKind.COMPLETE}, Outcome.CONTRADICTED)
            if list(outcomes)[-1] is EventKind.COMPLETE:
                assert (ended, outcomes[EventKind.COMPLETE]) == ({stop}, Outcome.CONTRADICTED)
            spent = (await budgets.balances(["li_1"]))["li_1"].spent_micros
            billed = "complete" not in paid or EventKind.COMPLETE in ended
            assert spent == (PRICE if billed and paid != "tap" else 0)

    asyncio.run(run())


def test_who_saw_all_of_it_and_then_skips_has_seen_it(redis_socket):
    async def run():
        booked = item("complete")
        for order in ([EventKind.SKIP, *PLAYED], [*PLAYED, EventKind.SKIP]):
            async with opened_budgets(redis_socket, booked) as budgets:
                for kind in order:
                    at_ms = BREAK_MS + (PLAYED.index(kind) * 7_500 if kind in PLAYED else 30_000)
                    await tell(budgets, booked, "fil_0", kind, at_ms)
                assert (await budgets.balances(["li_1"]))["li_1"].spent_micros == PRICE

    asyncio.run(run())


LIFE = [
    *((fill, step) for fill in FILLS for step in ("reserve", *PLAYED, EventKind.TAP)),
    *[("", "lapse")] * 3,
]


@settings(max_examples=60)
@given(
    paid=PAID,
    steps=st.permutations(LIFE),
    unplayed=st.sets(st.sampled_from(FILLS)),
    limit=st.sampled_from(["none", "budget", "goal"]),
    spare=st.integers(0, PRICE - 1),
)
def test_what_can_be_paid_is_paid_whatever_lapses_and_whoever_else_claims(
    redis_socket, paid, steps, unplayed, limit, spare
):
    """Four promotions, of which some are never played, and budget or goal for two."""
    booked = item(paid, budget_micros=2 * PRICE + spare if limit == "budget" else ITEM.budget_micros)
    if limit == "goal":
        booked = with_goal(booked, 2) if booked.pricing in UNITS else booked
    most = 2 if limit == "budget" or booked.exact_goal else len(FILLS)

    async def run():
        async with opened_budgets(redis_socket, booked) as budgets:
            now_ms = BREAK_MS
            for fill_id, step in steps:
                if step == "lapse":
                    now_ms += RESERVATION_TTL_MS + 1
                    await sweep(budgets, now_ms)
                elif step == "reserve":
                    await reserve(budgets, booked, fill_id, now_ms)
                elif fill_id not in unplayed:
                    kind = EventKind(step)
                    played_ms = PLAYED.index(kind) * 7_500 if kind in PLAYED else 1_000
                    await tell(budgets, booked, fill_id, kind, BREAK_MS + played_ms, now_ms)
                had = (await budgets.delivered(["li_1"]))["li_1"]
                balance = (await budgets.balances(["li_1"]))["li_1"]
                assert balance.balanced
                assert balance.spent_micros <= most * PRICE
                assert not booked.exact_goal or had.of(booked.goal.unit) <= most
            await sweep(budgets, now_ms + RESERVATION_TTL_MS + 1)
            balance = (await budgets.balances(["li_1"]))["li_1"]
            assert balance.reserved_micros == 0
            assert balance.spent_micros == PRICE * min(most, len(FILLS) - len(unplayed))

    asyncio.run(run())


def test_a_goal_is_met_to_the_unit_by_late_beacons_too(redis_socket):
    async def run():
        booked = with_goal(item(""), 1)
        async with opened_budgets(redis_socket, booked) as budgets:
            shown = EventKind.IMPRESSION
            assert await reserve(budgets, booked, "fil_0", BREAK_MS) is Claim.NEW
            later_ms = BREAK_MS + RESERVATION_TTL_MS + 1
            await sweep(budgets, later_ms)
            assert await reserve(budgets, booked, "fil_1", later_ms) is Claim.NEW
            assert await tell(budgets, booked, "fil_0", shown, BREAK_MS, later_ms) is Outcome.UNBILLED
            assert await tell(budgets, booked, "fil_1", shown, later_ms) is Outcome.BILLED
            await sweep(budgets, later_ms + RESERVATION_TTL_MS)
            assert (await budgets.delivered(["li_1"]))["li_1"].shown == 1
            # The goal was raised meanwhile: the next that is sold tells the counters.
            more = with_goal(booked, 3)
            assert await reserve(budgets, more, "fil_2", later_ms) is Claim.NEW
            await sweep(budgets, later_ms + 1)
            assert (await budgets.delivered(["li_1"]))["li_1"].shown == 2

    asyncio.run(run())


@settings(max_examples=15)
@given(amount=st.integers(1, 3), edits=st.lists(st.integers(-2, 2), min_size=1, max_size=3))
@example(amount=2, edits=[-1])
def test_a_goal_is_met_to_the_unit_whatever_is_edited_meanwhile(redis_socket, amount, edits):
    """All of six lapsed, and are told late; the budget is edited before and in between."""

    async def run():
        booked = with_goal(item("", budget_micros=30 * PRICE), amount)
        async with opened_budgets(redis_socket, booked) as budgets:
            fills, now_ms = [f"fil_{n}" for n in range(6)], BREAK_MS
            for fill_id in fills:
                assert await reserve(budgets, booked, fill_id, now_ms) is Claim.NEW
                now_ms += RESERVATION_TTL_MS
                await budgets.expire(now_ms)
            changes = [*edits, *[0] * (len(fills) - len(edits))]
            for revision, (fill_id, change) in enumerate(zip(fills, changes, strict=True), start=2):
                micros = booked.budget_micros + change * PRICE
                booked = msgspec.structs.replace(booked, budget_micros=micros)
                if change < 0:
                    held = Reservation(edit_claim("li_1", revision), "li_1", -change * PRICE)
                    assert await budgets.reserve([held], now_ms) == [Claim.NEW]
                await tell(budgets, booked, fill_id, EventKind.IMPRESSION, BREAK_MS, now_ms)
                assert not change or await budgets.rebudget(booked, revision)
            assert (await budgets.delivered(["li_1"]))["li_1"].shown == amount
            balance = (await budgets.balances(["li_1"]))["li_1"]
            assert balance.balanced
            assert balance.spent_micros == amount * PRICE
            # Raised by one, what is owed is paid at once; nobody has to be shown it first.
            assert await budgets.rebudget(with_goal(booked, amount + 1), 9)
            await sweep(budgets, now_ms)
            assert (await budgets.delivered(["li_1"]))["li_1"].shown == amount + 1

    asyncio.run(run())


def test_what_is_owed_is_paid_once_by_two_workers_and_forgotten_after_a_day(redis_socket):
    async def run():
        booked = item("", budget_micros=PRICE)
        async with opened_budgets(redis_socket, booked) as budgets:
            shown, now_ms = EventKind.IMPRESSION, BREAK_MS
            assert await reserve(budgets, booked, "fil_0", now_ms) is Claim.NEW
            for late in ("fil_1", "fil_2", "fil_1"):
                assert await tell(budgets, booked, late, shown, now_ms) is Outcome.UNBILLED
            # It is not told to be unused afterwards.
            assert await tell(budgets, booked, "fil_1", EventKind.NOT_USED, now_ms) is Outcome.CONTRADICTED
            now_ms += RESERVATION_TTL_MS
            await budgets.expire(now_ms)
            owed = await budgets.owed(now_ms)
            assert [one.beacon.fill_id for one in owed] == ["fil_1", "fil_2"]
            assert await budgets.record(owed, now_ms) == [Outcome.BILLED, Outcome.UNBILLED]
            assert await budgets.record(owed, now_ms) == [Outcome.REPEATED, Outcome.UNBILLED]
            await budgets.rebudget(msgspec.structs.replace(booked, budget_micros=5 * PRICE), 2)
            assert await budgets.owed(BREAK_MS + BEACON_TTL_MS) == []
            keys = [key async for key in budgets._redis.scan_iter("*ow*")]
            assert keys == []
            assert (await budgets.balances(["li_1"]))["li_1"].spent_micros == PRICE

    asyncio.run(run())
