"""Budgets balance after every operation, in every order, under every race; nothing is billed twice."""

import asyncio
from contextlib import asynccontextmanager

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.billing import impression
from adserver.billing.budget import RESERVATION_TTL_MS, Claim, Outcome, Reservation
from adserver.billing.impression import ANSWERS, BEACON_TTL_MS, OUR_OWN, Beacon, EventKind, Told
from adserver.booking.campaign import LineItem

ITEM = LineItem("li_1", "cmp", "adv", "n", 0, 1, 1000, 1000, "EUR", 5000, ("p",))
FILLS = [f"fil_{n}" for n in range(6)]
PLAYED = list(impression.PLAYED)
# The last is the house's own.
PRICES = dict(zip(FILLS, (100, 300, 300, 500, 999, 0), strict=True))


def claim(fill_id: str) -> Reservation:
    return Reservation(fill_id, ITEM.line_item_id, PRICES[fill_id])


def beacon(fill_id: str) -> Beacon:
    return Beacon(
        fill_id, ITEM.line_item_id, "adv", "crv", "plc", "", PRICES[fill_id], "EUR", False, BEACON_TTL_MS
    )


@asynccontextmanager
async def opened(socket):
    client = Redis(unix_socket_path=str(socket))
    await client.flushall()
    budgets = RedisBudgets(client)
    assert await budgets.open(ITEM, spent_micros=0, counted=(), now_ms=0)
    try:
        yield budgets
    finally:
        await client.aclose()


async def balance(budgets):
    return (await budgets.balances([ITEM.line_item_id]))[ITEM.line_item_id]


async def billed(budgets) -> dict[str, int]:
    """What the stream says was billed; a fill twice on it fails."""
    found: dict[str, int] = {}
    for _, _, event in await budgets.events(10_000):
        if event.billed_micros:
            assert event.fill_id not in found
            found[event.fill_id] = event.billed_micros
    return found


async def tell(budgets, told: Beacon, kind: EventKind, now_ms: int) -> Outcome:
    return (await budgets.record([Told(told, kind, now_ms)], now_ms))[0]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "release", "impression", "midpoint", "tap", "wait", "expire"]),
        st.sampled_from(FILLS),
    ),
    max_size=40,
)


async def do(budgets, step: str, fill_id: str, now_ms: int) -> None:
    match step:
        case "reserve":
            await budgets.reserve([claim(fill_id)], now_ms)
        case "release":
            await budgets.release([claim(fill_id)])
        case "expire":
            await budgets.expire(now_ms)
        case "impression" | "midpoint" | "tap":
            await tell(budgets, beacon(fill_id), EventKind(step), now_ms)


@settings(max_examples=60)
@given(steps=STEPS)
def test_whatever_happens_in_whatever_order_the_parts_add_up(redis_socket, steps):
    async def run():
        async with opened(redis_socket) as budgets:
            now_ms = 1
            for step, fill_id in steps:
                now_ms += RESERVATION_TTL_MS // 3 if step == "wait" else 1
                await do(budgets, step, fill_id, now_ms)
                standing = await balance(budgets)
                assert standing.balanced, (step, standing)
                assert standing.spent_micros == sum((await billed(budgets)).values())
            # Left alone for long enough, nothing stays reserved.
            await budgets.expire(now_ms + 2 * RESERVATION_TTL_MS)
            standing = await balance(budgets)
            assert standing.reserved_micros == 0
            assert standing.balanced

    asyncio.run(run())


@settings(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["reserve", "release", "impression"]), st.sampled_from(FILLS)), max_size=60
    )
)
def test_races_of_many_clients_balance(redis_socket, steps):
    async def run():
        async with opened(redis_socket) as budgets:
            clients = [Redis(unix_socket_path=str(redis_socket)) for _ in range(8)]
            racing = [RedisBudgets(client) for client in clients]
            await asyncio.gather(
                *(do(racing[n % 8], step, fill_id, 1) for n, (step, fill_id) in enumerate(steps))
            )
            standing = await balance(budgets)
            assert standing.balanced
            assert standing.spent_micros == sum((await billed(budgets)).values()) <= ITEM.budget_micros
            for client in clients:
                await client.aclose()

    asyncio.run(run())


SENT = [k for k in EventKind if k not in OUR_OWN | {EventKind.CARD_SHOWN, EventKind.NOT_USED}]


@settings(max_examples=40)
@given(kinds=st.lists(st.sampled_from(SENT), min_size=1, max_size=25), reserved=st.booleans())
def test_beacons_replayed_and_reordered_bill_once(redis_socket, kinds, reserved):
    async def run():
        async with opened(redis_socket) as budgets:
            if reserved:
                assert await budgets.reserve([claim("fil_1")], 1) == [Claim.NEW]
                assert await budgets.reserve([claim("fil_1")], 1) == [Claim.HELD]
            outcomes = [await tell(budgets, beacon("fil_1"), kind, 2) for kind in kinds]
            shown = EventKind.IMPRESSION in kinds
            assert outcomes.count(Outcome.BILLED) == int(shown)
            assert (await balance(budgets)).spent_micros == (300 if shown else 0)
            counted = [e.kind for _, _, e in await budgets.events(100)]
            assert len(counted) == len(set(counted))
            # Whatever the order, each is counted if and only if all before it was told of.
            through = next((n for n, kind in enumerate(PLAYED) if kind not in kinds), len(PLAYED))
            assert [kind for kind in PLAYED if kind in counted] == PLAYED[:through]
            # What answers it counts if and only if it was shown.
            answers = set(kinds) & set(ANSWERS)
            assert set(counted) & set(ANSWERS) == (answers if shown else set())
            assert outcomes.count(Outcome.REPEATED) == len(kinds) - len(set(kinds))
            # The flag says that something was told before its turn.
            assert (EventKind.EARLY in counted) == (Outcome.OUT_OF_ORDER in outcomes)
            for kind in PLAYED:
                await tell(budgets, beacon("fil_1"), kind, 3)
            # A film that was stopped is not played to its end a moment later.
            stopped = {EventKind.SKIP, EventKind.ERROR} & set(kinds) and EventKind.COMPLETE not in kinds
            played = set(PLAYED[:4]) if stopped else set(PLAYED)
            assert {e.kind for _, _, e in await budgets.events(100)} & set(PLAYED) == played

    asyncio.run(run())


@settings(max_examples=40)
@given(sent=st.lists(st.tuples(st.sampled_from(FILLS[:3]), st.sampled_from(PLAYED)), max_size=40))
def test_no_later_stage_is_ever_counted_more_often_than_an_earlier_one(redis_socket, sent):
    async def run():
        async with opened(redis_socket) as budgets:
            for fill_id, kind in sent:
                await tell(budgets, beacon(fill_id), kind, 2)
                counted = [e.kind for _, _, e in await budgets.events(1000)]
                numbers = [counted.count(stage) for stage in PLAYED]
                assert numbers == sorted(numbers, reverse=True)

    asyncio.run(run())


def test_sixty_four_at_once_never_spend_more_than_there_is(redis_socket):
    async def run():
        async with opened(redis_socket) as budgets:
            claims = [Reservation(f"fil_x{n}", ITEM.line_item_id, 90) for n in range(64)]
            held = await asyncio.gather(*(budgets.reserve([c], 1) for c in claims))
            assert held.count([Claim.NEW]) == 11
            assert held.count([Claim.REFUSED]) == 53
            shown = [
                msgspec.structs.replace(beacon("fil_0"), fill_id=c.fill_id, price_micros=90) for c in claims
            ]
            outcomes = await asyncio.gather(*(tell(budgets, b, EventKind.IMPRESSION, 2) for b in shown))
            assert outcomes.count(Outcome.BILLED) == 11
            assert outcomes.count(Outcome.UNBILLED) == 53
            shown_in_all = [e for _, _, e in await budgets.events(100) if e.billed_micros]
            assert len(shown_in_all) == 11
            standing = await balance(budgets)
            assert (standing.spent_micros, standing.remaining_micros) == (990, 10)

    asyncio.run(run())
