"""Booked, edited, shown late and early, given back, invoiced, in any order: the books are always right.

What is invoiced in the end is what the ledger says is owed, each transfer of it once.
"""

import asyncio
import itertools
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis.asyncio import Redis

from adserver.adapters.tables import metadata
from adserver.billing.budget import Outcome
from adserver.billing.credit import CreditKind, CreditWish
from adserver.billing.record_event import Sent
from adserver.booking.edit_campaign import Edit
from kernel.clock import from_ms
from kernel.errors import RoadcastError
from server.engines.database import open_database
from tests.adserver.house import House, avail
from tests.conftest import SetClock

START_MS = 1_780_000_000_000  # 2026-05-28
UNIT = 1_000_000


class Books(RuleBasedStateMachine):
    """One advertiser with one campaign at 1.00 an impression."""

    socket = ""
    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.client = Redis(unix_socket_path=self.socket)
        self.run(self.client.flushall())
        self.engine = open_database(self.url)
        metadata.drop_all(self.engine)
        numbers = itertools.count(1)
        self.numbers = numbers
        self.clock = SetClock(from_ms(START_MS))
        self.house = House(
            self.engine, self.client, self.clock, lambda prefix: f"{prefix}_{next(numbers):016d}"
        )
        ends = self.clock.now() + timedelta(days=300)
        booked = self.house.running(card=False, budget_micros=8 * UNIT, cpm_micros=1000 * UNIT, ends_at=ends)
        self.campaign = self.run(booked)
        self.kept: list = []
        self.shown = 0

    def run(self, told):
        return self.loop.run_until_complete(told)

    @rule(late=st.booleans())
    def a_spot_is_chosen(self, late: bool) -> None:
        served = self.run(self.house.serve(avail(f"a{next(self.numbers)}", self.clock.now())))
        for fill in served.fills:
            if late:
                self.kept.append((fill.beacon, self.clock.now_ms()))
            else:
                self.tell(fill.beacon)

    def tell(self, beacon: str) -> None:
        if self.run(self.house.record(beacon, "start")) is Outcome.BILLED:
            self.shown += 1

    @rule()
    def a_car_comes_out_of_a_tunnel(self) -> None:
        sent = [Sent(beacon, "start", at_ms) for beacon, at_ms in self.kept[:200]]
        self.kept.clear()
        for answer in self.run(self.house.record.batch(sent)):
            self.shown += answer.outcome is Outcome.BILLED

    @rule(hours=st.sampled_from([1, 7, 24, 24 * 9]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(3600 * hours)
        self.run(self.house.release())

    @rule(units=st.integers(1, 14))
    def the_budget_is_edited(self, units: int) -> None:
        now = self.house.read.one(None, self.campaign.campaign_id)
        wish = Edit(revision=now.revision, budget_micros=units * UNIT)
        self.try_(self.house.edit(None, now.campaign_id, wish, actor="acc"))

    @rule(kind=st.sampled_from(CreditKind), micros=st.integers(1, 3 * UNIT), key=st.integers(1, 6))
    def something_is_given_back(self, kind: CreditKind, micros: int, key: int) -> None:
        wish = CreditWish(kind, micros, "Silent film")
        self.try_(self.house.credit(self.campaign.campaign_id, f"k{key}", wish, actor="op"))

    @rule(month=st.sampled_from(["2026-05", "2026-06", "2026-07", "2026-08"]))
    def a_month_is_invoiced(self, month: str) -> None:
        self.try_(self.house.issue(month, actor="op"))

    def try_(self, told) -> None:
        with suppress(RoadcastError):
            self.run(told)

    @invariant()
    def the_books_are_right(self) -> None:
        report = self.run(self.house.audit())
        assert report.findings == ()
        self.held = {one.kind: one.balance_micros for one in report.holdings}
        assert self.held.get("revenue", 0) == -UNIT * self.shown
        assert sum(self.held.values()) == 0
        assert self.held.get("advertiser", 0) >= 0

    def teardown(self) -> None:
        try:
            self.clock.moment = from_ms(START_MS) + timedelta(days=400)
            self.run(self.house.issue("2027-05", actor="op"))
            issued = self.house.read_invoices.newest(None)
            assert sum(one.total_micros for one in issued) == self.held.get("advertiser", 0)
            assert sorted(one.number for one in issued) == list(range(1, len(issued) + 1))
        finally:
            self.run(self.client.aclose())
            self.engine.dispose()
            self.loop.close()


@pytest.mark.timeout(280)
def test_the_books_are_right_and_invoices_are_the_ledger(redis_socket, tmp_path):
    Books.socket, Books.url = str(redis_socket), f"sqlite:///{tmp_path / 'books.db'}"
    run_state_machine_as_test(Books, settings=settings(max_examples=15, stateful_step_count=20))
