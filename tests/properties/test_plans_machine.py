"""Calls for breaks of one vehicle, stopped and cut off between any two of their steps, in any order.

Each call to Redis is two steps: it is sent, and its answer comes. Chance says whose step is next, and who is
cut off at it. Whatever happens, all that were answered for a break were answered alike, what they were
promised is held, no cap is exceeded, and a car's log counts what stands and nothing else.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.billing.budget import Claim
from adserver.billing.impression import EventKind, Told, read_token
from adserver.booking.campaign import CampaignState, LineItem
from adserver.booking.cap import FrequencyCap
from adserver.serving.avail import ServedBreak
from adserver.serving.demand import DemandIndex
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.offer import Offer
from adserver.serving.serve_break import ServeBreak
from kernel.clock import to_ms
from tests.properties.test_decision_properties import NOW, Still, avail, spot

PRICE, CAP = 10_000, 2
AVAILS = [avail(n) for n in range(3)]
ITEMS = [
    LineItem(
        f"li_{n}", f"cmp_{n}", f"adv_{n}", f"C{n}", 0, to_ms(NOW) + 10**9, showings * PRICE, 1000 * PRICE,
        "EUR", 5_000, (), caps=(FrequencyCap(CAP, 3600),),
    )
    for n, showings in enumerate((1, 2, 9))
]  # fmt: skip
OFFERS = [
    Offer(item, CampaignState.ACTIVE, "A", (spot(item, item.line_item_id, 4),), campaign_caps=item.caps)
    for item in ITEMS
]
CALLS = ("look", "commit", "confirm", "reserve", "release")


@dataclass
class Gate:
    """Lets the calls of one caller through one step at a time."""

    made: object
    open: asyncio.Semaphore
    at: asyncio.Event

    def __getattr__(self, name):
        call = getattr(self.made, name)
        if name not in CALLS:
            return call

        async def stepwise(*args):
            await self._step()
            answer = await call(*args)
            await self._step()
            return answer

        return stepwise

    async def _step(self):
        self.at.set()
        await self.open.acquire()
        self.at.clear()


@dataclass
class Caller:
    """One call of ServeBreak, as far as it has come."""

    task: asyncio.Task
    open: asyncio.Semaphore
    at: asyncio.Event


def serving(budgets, caps, index, standings):
    sealer = SivSealer([b"p" * 32])
    return ServeBreak(lambda: index, standings, budgets, caps, sealer, Still(), lambda: 0.5, lambda *_: None)


async def settled(caller):
    """It waits at a step, or has ended."""
    waiting = asyncio.ensure_future(caller.at.wait())
    await asyncio.wait({waiting, caller.task}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def advance(caller):
    """One step."""
    caller.at.clear()
    caller.open.release()
    await settled(caller)


async def play(client, steps, *, stale):
    """All calls, as ``steps`` say; what each was answered, by its break.

    With ``stale``, all go by how line items stood before the first of them.
    """
    budgets, caps = RedisBudgets(client), RedisCaps(client)
    index, standings = DemandIndex(OFFERS, {}), KeepStandings(budgets)
    await standings(index)
    answered: dict[str, list[ServedBreak]] = {}
    callers: list[Caller] = []

    def begin(number):
        opened, at = asyncio.Semaphore(0), asyncio.Event()
        mine = index if stale else DemandIndex(OFFERS, {})
        how = standings if stale else KeepStandings(budgets)
        serve = serving(Gate(budgets, opened, at), Gate(caps, opened, at), mine, how)
        callers.append(Caller(asyncio.ensure_future(serve(AVAILS[number])), opened, at))

    for who, count, cut in steps:
        if who < len(AVAILS):
            begin(who)
            await settled(callers[-1])
        waiting = [one for one in callers if not one.task.done()]
        caller = callers[-1] if who < len(AVAILS) else waiting[who % len(waiting)] if waiting else None
        for _ in range(count):
            if caller is not None and not caller.task.done():
                await advance(caller)
        if cut and caller is not None and not caller.task.done():
            caller.task.cancel()
            await asyncio.wait({caller.task})
    for caller in callers:
        while not caller.task.done():
            await advance(caller)
        if not caller.task.cancelled():
            answer = caller.task.result()
            answered.setdefault(answer.avail_id, []).append(answer)
    return answered, budgets, caps


async def judged(client, steps, *, stale):
    await client.flushall()
    opened = RedisBudgets(client)
    for item in ITEMS:
        await opened.open(item, spent_micros=0, counted=(), now_ms=to_ms(NOW))
    answered, budgets, caps = await play(client, steps, stale=stale)
    planned = Counter()
    for one in AVAILS:
        answers = answered.get(one.avail_id, [])
        kept = (await caps.look("car", one.avail_id)).kept
        if kept is not None:
            planned.update(kept.plan.names)
        for answer in answers:
            assert kept is not None
            assert answer == kept.plan.served, "all are answered alike, and it stands"
        if answers and answers[0].fills:
            found = await budgets.reserve(kept.plan.claims, to_ms(NOW))
            assert set(found) == {Claim.HELD}, "what was promised is held"
    seen = (await caps.look("car", "")).log.seen
    assert planned == Counter({name: seen.of(name).in_all for name in seen.by_name}), "what stands counts"
    assert max(planned.values(), default=0) <= CAP
    for balance in (await budgets.balances([item.line_item_id for item in ITEMS])).values():
        assert balance.balanced
    # And whoever comes next is answered the same, or, where nobody was, what can be held.
    index = DemandIndex(OFFERS, {})
    late = serving(budgets, caps, index, KeepStandings(budgets))
    for one in AVAILS:
        answer = await late(one)
        for before in answered.get(one.avail_id, []):
            assert answer == before
        kept = (await caps.look("car", one.avail_id)).kept
        assert set(await budgets.reserve(kept.plan.claims, to_ms(NOW))) <= {Claim.HELD}


STEP = st.tuples(st.integers(0, 8), st.integers(0, 6), st.sampled_from([False, False, True]))
"""Whose turn it is: a new call or one that waits; how many steps it takes; whether it is cut off then."""
KEPT, DONE = 3, 6
"""Steps until a plan is kept and nobody has heard of it; and to the end of a call that meets no other."""


@settings(max_examples=60)
@given(steps=st.lists(STEP, max_size=24), stale=st.booleans())
@example(steps=[(1, DONE, False), (0, KEPT, True), (0, DONE, False)], stale=True)
@example(steps=[(0, KEPT, False), (0, DONE, False), (0, DONE, False)], stale=False)
@example(steps=[(1, DONE, False), (0, KEPT, False), (0, KEPT, False), (0, KEPT, False)], stale=True)
def test_all_are_answered_alike_and_what_they_were_promised_is_held(redis_socket, steps, stale):
    async def run():
        client = Redis(unix_socket_path=str(redis_socket))
        try:
            await judged(client, steps, stale=stale)
        finally:
            await client.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("ended", [EventKind.SKIP, EventKind.ERROR, EventKind.NOT_USED, None])
async def test_a_break_is_answered_alike_after_its_films_were_stopped_and_others_took_their_budget(
    aredis, ended
):
    """A view that cannot come gives its price back, and the answer does not change for that."""
    items = [replace(item, budget_micros=PRICE, cpm_micros=0, cpv_micros=PRICE, caps=()) for item in ITEMS]
    offers = [replace(offer, line_item=item) for offer, item in zip(OFFERS, items, strict=True)]
    budgets, caps, now_ms = RedisBudgets(aredis), RedisCaps(aredis), to_ms(NOW)
    for item in items:
        await budgets.open(item, spent_micros=0, counted=(), now_ms=now_ms)

    async def asked(subject):
        serve = serving(budgets, caps, DemandIndex(offers, {}), KeepStandings(budgets))
        return await serve(replace(avail(0), subject=subject, avail_id=f"a-{subject}"))

    first = await asked("car")
    assert len(first.fills) == len(items)
    kinds = [] if ended is None else [ended] if ended is EventKind.NOT_USED else [EventKind.IMPRESSION, ended]
    for one in first.fills:
        beacon = read_token(SivSealer([b"p" * 32]), one.beacon, now_ms)
        await budgets.record([Told(beacon, kind, now_ms) for kind in kinds], now_ms)
    other = await asked("another")
    assert len(other.fills) == (len(items) if kinds else 0)
    assert await asked("car") == first
    for balance in (await budgets.balances([item.line_item_id for item in items])).values():
        assert balance.balanced
        assert balance.reserved_micros == PRICE, "by one of the two alone"
