"""Events in any order, twice, late, never, by two workers that are killed: counted once, billed iff started.

And the sums reconcile: what was planned was played, given up, has expired, or still holds its claim.
"""

import asyncio
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis.asyncio import Redis
from sqlalchemy import Engine, select

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.tables import ledger_transfers, metadata
from adserver.billing.budget import RESERVATION_TTL_MS, Claim, Outcome, Reservation
from adserver.billing.impression import BEACON_TTL_MS, PLAYED, Beacon, EventKind, Told
from adserver.billing.post_ledger import PostLedger
from adserver.billing.report import Day, by_day, total
from adserver.booking.campaign import LineItem

PRICE = 300
# Four of six fills can be paid at once.
ITEM = LineItem("li_1", "cmp", "adv", "n", 0, 1, 4 * PRICE, 1000, "EUR", 5000, ("p",))
FILLS = st.sampled_from([f"fil_{n}" for n in range(6)])
WORKERS = st.integers(0, 1)
TOLD = st.sampled_from([*PLAYED, *PLAYED, EventKind.SKIP, EventKind.TAP, EventKind.NOT_USED])
START_MS = 1_750_000_000_000
SPOT_MS = 15_360


def beacon(fill_id: str) -> Beacon:
    return Beacon(
        fill_id, "li_1", "adv", "crv", "plc", "", PRICE, "EUR", False, START_MS + BEACON_TTL_MS, SPOT_MS,
        START_MS, START_MS + 2 * SPOT_MS,
    )  # fmt: skip


class _Killed(RedisBudgets):
    """A worker that is killed after the ledger was written and before the stream was cut."""

    async def posted(self, positions) -> None:
        raise ConnectionError


class Counting(RuleBasedStateMachine):
    """Two workers on one Redis and one database."""

    socket = ""
    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clients = [Redis(unix_socket_path=self.socket) for _ in range(2)]
        self.workers = [RedisBudgets(client) for client in self.clients]
        self.ledger = SqlLedger(self.engine)
        self.now_ms = START_MS
        self.claimed: set[str] = set()
        self.streamed: dict[bytes, tuple[str, EventKind]] = {}
        self.billed: set[str] = set()
        self.run(self.clients[0].flushall())
        metadata.drop_all(self.engine)
        metadata.create_all(self.engine)
        self.run(self.workers[0].open(ITEM, spent_micros=0, counted=(), now_ms=0))

    def run(self, told):
        return self.loop.run_until_complete(told)

    @rule(fill_id=FILLS, worker=WORKERS)
    def a_break_is_decided(self, fill_id: str, worker: int) -> None:
        if fill_id not in self.claimed:
            claim = Reservation(fill_id, ITEM.line_item_id, PRICE)
            if self.run(self.workers[worker].reserve([claim], self.now_ms)) == [Claim.NEW]:
                self.claimed.add(fill_id)

    @rule(fill_id=FILLS, kind=st.sampled_from([EventKind.PLANNED, EventKind.STITCHED]), worker=WORKERS)
    def we_see_it(self, fill_id: str, kind: EventKind, worker: int) -> None:
        if fill_id in self.claimed:
            self.tell([Told(beacon(fill_id), kind, self.now_ms)], worker)

    @rule(fill_id=FILLS, kind=TOLD, ago_ms=st.sampled_from([0, 0, 0, 5_000, 60_000]), worker=WORKERS)
    def a_player_tells(self, fill_id: str, kind: EventKind, ago_ms: int, worker: int) -> None:
        if fill_id in self.claimed:
            self.tell([Told(beacon(fill_id), kind, self.now_ms - ago_ms)], worker)

    @rule(fill_id=FILLS, kinds=st.permutations(PLAYED), worker=WORKERS)
    def a_whole_spot_comes_out_of_a_tunnel(self, fill_id: str, kinds: list[EventKind], worker: int) -> None:
        if fill_id in self.claimed:
            self.tell([Told(beacon(fill_id), kind, self.now_ms) for kind in kinds], worker)

    @rule(fill_id=FILLS, kind=TOLD)
    def both_workers_hear_the_same_at_once(self, fill_id: str, kind: EventKind) -> None:
        if fill_id not in self.claimed:
            return
        told = [Told(beacon(fill_id), kind, self.now_ms)]

        async def race() -> list[Outcome]:
            found = await asyncio.gather(*(worker.record(told, self.now_ms) for worker in self.workers))
            return [outcome for (outcome,) in found]

        outcomes = self.run(race())
        assert len([outcome for outcome in outcomes if outcome in {Outcome.BILLED, Outcome.NOTED}]) <= 1
        self.note(fill_id, outcomes)

    def tell(self, told: list[Told], worker: int) -> None:
        for one, outcome in zip(told, self.run(self.workers[worker].record(told, self.now_ms)), strict=True):
            self.note(one.beacon.fill_id, [outcome])

    def note(self, fill_id: str, outcomes: list[Outcome]) -> None:
        if Outcome.BILLED in outcomes:
            assert fill_id not in self.billed
            self.billed.add(fill_id)

    @rule(ms=st.sampled_from([1, 4_000, 20_000, RESERVATION_TTL_MS // 2]))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms

    @rule(worker=WORKERS)
    def what_expired_goes_back(self, worker: int) -> None:
        self.run(self.workers[worker].expire(self.now_ms))

    @rule(worker=WORKERS)
    def the_ledger_is_written(self, worker: int) -> None:
        self.look_at_the_stream()
        self.run(PostLedger(self.workers[worker], self.ledger)())

    @rule(worker=WORKERS)
    def a_worker_is_killed_between_ledger_and_stream(self, worker: int) -> None:
        self.look_at_the_stream()
        killed = PostLedger(_Killed(self.clients[worker]), self.ledger)
        if self.run(self.workers[worker].events(1)):
            with pytest.raises(ConnectionError):
                self.run(killed())

    @rule()
    def both_write_the_ledger_at_once(self) -> None:
        self.look_at_the_stream()

        async def race() -> None:
            await asyncio.gather(*(PostLedger(worker, self.ledger)() for worker in self.workers))

        self.run(race())

    def look_at_the_stream(self) -> None:
        for _, position, event in self.run(self.workers[0].events(10_000)):
            self.streamed[position] = (event.fill_id, event.kind)

    @invariant()
    def nothing_is_counted_twice_and_nothing_billed_that_did_not_start(self) -> None:
        self.look_at_the_stream()
        counted = Counter(self.streamed.values())
        assert not [event for event, times in counted.items() if times > 1]
        assert {fill for fill, kind in counted if kind is EventKind.IMPRESSION} == self.billed
        for fill_id in self.billed:
            assert {(fill_id, EventKind.PLANNED), (fill_id, EventKind.STITCHED)} <= set(counted)
        balance = self.run(self.workers[0].balances([ITEM.line_item_id]))[ITEM.line_item_id]
        assert balance.balanced
        assert balance.spent_micros == PRICE * len(self.billed) <= ITEM.budget_micros

    def report(self) -> Day:
        self.look_at_the_stream()
        self.run(PostLedger(self.workers[0], self.ledger)())
        return total(by_day(self.ledger.counts("li_1"), self.ledger.unplayed("li_1"), "Europe/Paris"))

    def teardown(self) -> None:
        try:
            self.sums_reconcile()
        finally:
            for client in self.clients:
                self.run(client.aclose())
            self.loop.close()

    def sums_reconcile(self) -> None:
        day = self.report()
        spent = self.ledger.spent().get("li_1", 0)
        assert day.spent_micros == spent == PRICE * day.impressions == PRICE * len(self.billed)
        with self.engine.connect() as connection:
            amounts = connection.execute(select(ledger_transfers.c.amount_micros)).scalars().all()
        assert sum(amounts) == spent
        played = (day.first_quartiles, day.midpoints, day.third_quartiles, day.completes)
        stages = [day.planned, day.stitched, day.impressions, *played]
        assert stages == sorted(stages, reverse=True)
        # Left alone for long enough, no claim is held any more, and each promotion has one end.
        self.now_ms += 2 * RESERVATION_TTL_MS
        self.run(self.workers[0].expire(self.now_ms))
        day = self.report()
        balance = self.run(self.workers[0].balances([ITEM.line_item_id]))[ITEM.line_item_id]
        assert balance.reserved_micros == 0
        assert day.planned == len(self.claimed) == day.impressions + day.not_used + day.expired
        assert day.released_micros == PRICE * (day.not_used + day.expired)


def test_counted_once_billed_if_started_and_the_sums_reconcile(redis_socket, database):
    Counting.socket, Counting.engine = str(redis_socket), database
    run_state_machine_as_test(Counting, settings=settings(max_examples=60, stateful_step_count=40))
