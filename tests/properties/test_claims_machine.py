"""Claims of one avail that many calls race for, late beacons, lost seconds: counted once is billed once."""

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.billing.budget import RESERVATION_TTL_MS, Balance, Claim, Outcome, Reservation
from adserver.billing.impression import BEACON_TTL_MS, Beacon, EventKind, Told
from adserver.booking.campaign import LineItem

ITEM = LineItem("li_1", "cmp", "adv", "n", 0, 1, 700, 1000, "EUR", 5000, ("p",))
FILLS = st.sampled_from([f"fil_{n}" for n in range(3)])
PRICE = 300
EVENTS = st.sampled_from([EventKind.FIRST_QUARTILE, EventKind.MIDPOINT, EventKind.TAP])


def claim(fill_id: str, expected_ms: int = 0) -> Reservation:
    return Reservation(fill_id, ITEM.line_item_id, PRICE, expected_ms)


def beacon(fill_id: str) -> Beacon:
    return Beacon(fill_id, ITEM.line_item_id, "adv", "crv", "plc", "", PRICE, "EUR", False, BEACON_TTL_MS)


class Claims(RuleBasedStateMachine):
    """Several calls decide each avail; one wins and keeps its hold, the others give theirs back."""

    socket = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.client = Redis(unix_socket_path=self.socket)
        self.budgets = RedisBudgets(self.client)
        self.now_ms = 1
        self.undecided: list[tuple[str, int]] = []
        self.promised: dict[str, int] = {}
        self.billed: set[str] = set()
        self.run(self.client.flushall())
        self.run(self.budgets.open(ITEM, spent_micros=0, counted=(), now_ms=0))

    def run(self, told):
        return self.loop.run_until_complete(told)

    def tell(self, fill_id: str, kind: EventKind) -> Outcome:
        told = Told(beacon(fill_id), kind, self.now_ms)
        return self.run(self.budgets.record([told], self.now_ms))[0]

    def teardown(self) -> None:
        self.run(self.client.aclose())
        self.loop.close()

    @rule(fill_id=FILLS, ahead_ms=st.sampled_from([0, 0, RESERVATION_TTL_MS, 3 * RESERVATION_TTL_MS]))
    def a_call_reserves(self, fill_id: str, ahead_ms: int) -> None:
        expected_ms = self.now_ms + ahead_ms
        (found,) = self.run(self.budgets.reserve([claim(fill_id, expected_ms)], self.now_ms))
        if found is not Claim.REFUSED:
            self.undecided.append((fill_id, expected_ms))

    @precondition(lambda self: self.undecided)
    @rule(data=st.data())
    def a_call_loses_and_gives_back(self, data) -> None:
        call = data.draw(st.sampled_from(self.undecided))
        self.undecided.remove(call)
        self.run(self.budgets.release([claim(call[0])]))

    @precondition(lambda self: self.undecided)
    @rule(data=st.data())
    def a_call_wins(self, data) -> None:
        """What it promised stands for the whole time, counted from when it is expected."""
        call = data.draw(st.sampled_from(self.undecided))
        self.undecided.remove(call)
        fill_id, expected_ms = call
        self.promised[fill_id] = max(self.promised.get(fill_id, 0), expected_ms + RESERVATION_TTL_MS)

    @precondition(lambda self: self.undecided)
    @rule()
    def the_calls_that_were_under_way_are_cut_off(self) -> None:
        self.undecided.clear()

    @rule(ms=st.sampled_from([1, RESERVATION_TTL_MS // 2, RESERVATION_TTL_MS + 1]))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms
        if ms > 1:
            # A call lasts a second at most.
            self.undecided.clear()

    @rule()
    def what_expired_goes_back(self) -> None:
        self.run(self.budgets.expire(self.now_ms))

    @rule(fill_id=FILLS)
    def a_beacon_says_shown(self, fill_id: str) -> None:
        outcome = self.tell(fill_id, EventKind.IMPRESSION)
        if fill_id in self.billed:
            assert outcome in {Outcome.REPEATED, Outcome.REPLAYED}
        elif self.promised.get(fill_id, 0) > self.now_ms:
            assert outcome is Outcome.BILLED, "a winner's claim was given back"
        else:
            assert outcome in {Outcome.BILLED, Outcome.UNBILLED}
        if outcome is Outcome.BILLED:
            self.billed.add(fill_id)

    @rule(fill_id=FILLS, kind=EVENTS)
    def another_beacon(self, fill_id: str, kind: EventKind) -> None:
        self.tell(fill_id, kind)

    @invariant()
    def counted_once_is_billed_once_within_the_budget(self) -> None:
        events = [event for _, _, event in self.run(self.budgets.events(1000))]
        shown = [event.fill_id for event in events if event.kind is EventKind.IMPRESSION]
        assert len(shown) == len(set(shown))
        assert set(shown) == self.billed
        assert [event.fill_id for event in events if event.billed_micros] == shown
        balance: Balance = self.run(self.budgets.balances([ITEM.line_item_id]))[ITEM.line_item_id]
        assert balance.balanced
        assert balance.spent_micros == PRICE * len(shown) <= ITEM.budget_micros


def test_counted_once_is_billed_once_whoever_gives_back_what_when(redis_socket):
    Claims.socket = str(redis_socket)
    run_state_machine_as_test(Claims, settings=settings(max_examples=60, stateful_step_count=30))


def test_what_a_loser_gives_back_stays_the_winners(redis_socket):
    async def run():
        client = Redis(unix_socket_path=str(redis_socket))
        await client.flushall()
        budgets = RedisBudgets(client)
        await budgets.open(ITEM, spent_micros=0, counted=(), now_ms=0)
        assert await budgets.reserve([claim("fil_0")], 0) == [Claim.NEW]  # will lose
        assert await budgets.reserve([claim("fil_0")], 1) == [Claim.HELD]  # will win
        await budgets.release([claim("fil_0")])
        for n in (1, 2):
            await budgets.reserve([claim(f"fil_{n}")], 2)
        assert await budgets.record([Told(beacon("fil_0"), EventKind.IMPRESSION, 3)], 3) == [Outcome.BILLED]
        await client.aclose()

    asyncio.run(run())
