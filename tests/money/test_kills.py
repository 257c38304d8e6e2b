"""kill -9 of Redis, the database and workers in the middle, again and again: nothing is lost or doubled.

``ROADCAST_KILLS`` says how often; 10 on each database where it does not.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import and_, or_, select, text

from adserver.adapters.tables import fill_events, ledger_transfers, metadata, saved_coupons
from adserver.billing.budget import RESERVATION_TTL_MS
from adserver.billing.ledger import REVENUE
from server.engines.database import open_database
from tests import engines
from tests.money.stage import CAP, KILLS, PAID, PRICE, Killable, Stage, most_shown, redis_server, until

BUDGET = (150 + 40 * KILLS) * PRICE
BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
pytestmark = pytest.mark.timeout(300 + 10 * KILLS)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """Its URL, and how its server is killed: a backend that is lost makes all of PostgreSQL recover."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'money.db'}", None
        return
    with engines.postgres() as url:
        engine = open_database(url)

        def kill_one() -> bool:
            with engine.connect() as connection:
                pids = sorted(connection.execute(text(BACKENDS)).scalars())
            engine.dispose()
            if pids:
                os.kill(random.choice(pids), signal.SIGKILL)
            return bool(pids)

        def kill() -> None:
            until(kill_one)  # while it recovers from the last time, it takes nobody

        yield url, kill
        engine.dispose()


def answers(url: str) -> bool:
    engine = open_database(url)
    try:
        with engine.connect():
            return True
    finally:
        engine.dispose()


def words(log: Path) -> dict[str, Counter]:
    found: dict[str, Counter] = {}
    for line in log.read_text().splitlines() if log.exists() else ():
        word, fill_id = line.split(" ")
        found.setdefault(word, Counter())[fill_id] += 1
    return found


def test_nothing_is_lost_or_doubled(database, tmp_path):
    url, kill_database = database
    server, socket = redis_server(tmp_path)
    log, workers, killed = tmp_path / "told.txt", {}, Counter()
    engine = open_database(url)
    metadata.create_all(engine)
    engine.dispose()

    async def begin() -> None:
        stage = Stage(socket, url, BUDGET)
        await stage.open()
        await stage.close()

    asyncio.run(begin())
    try:
        for role, count in (("play", 2), ("post", 2), ("release", 1)):
            for number in range(count):
                name = f"{role}{number}"
                arguments = [role, socket, url, str(log), str(number)]
                workers[name] = Killable([sys.executable, "-m", "tests.money.stage", *arguments])
        victims = {"redis": server.kill, **{name: worker.kill for name, worker in workers.items()}}
        if kill_database is not None:
            victims["database"] = kill_database
        chance, told = random.Random(KILLS), 0
        for _ in range(KILLS):
            # Each time something more was played to its start, and the next one dies somewhere in the middle.
            wanted = told + chance.randrange(3, 25)
            until(lambda wanted=wanted: sum(words(log).get("told-start", Counter()).values()) >= wanted)
            told = sum(words(log)["told-start"].values())
            name = chance.choice(["redis", "redis", "database", *victims])
            victims.get(name, server.kill)()
            killed[name] += 1
    finally:
        for worker in workers.values():
            worker.end()
    try:
        until(lambda: answers(url))
        asyncio.run(settle(socket, url, words(log)))
    finally:
        server.end()
    assert killed.total() == KILLS


async def settle(socket: str, url: str, said: dict[str, Counter]) -> None:
    """When all is quiet, what is left expires, and the books are compared with what players were told."""
    stage = Stage(socket, url, BUDGET, later_ms=2 * RESERVATION_TTL_MS)
    while await stage.tell_counters():
        pass
    await stage.release()
    await stage.post()
    report = await stage.audit()
    assert report.findings == ()
    found = await stage.reconcile()
    assert (found.opened, found.repaired, found.unbalanced, found.differing) == ((), (), (), ())
    with stage.engine.connect() as connection:
        earned = select(ledger_transfers.c.event_id).where(ledger_transfers.c.credit == REVENUE)
        charged = Counter(connection.execute(earned).scalars())
        of = fill_events.c
        paid = or_(*(and_(of.line_item_id == item, of.kind == kind) for item, kind in PAID.items()))
        told = connection.execute(select(of.line_item_id, of.fill_id).where(paid)).all()
        counted = Counter(fill_id for _, fill_id in told)
        kept = select(saved_coupons.c.redeemed_ms)
        redeemed = [bool(ms) for ms in connection.execute(kept).scalars()]
    assert max(charged.values()) == 1
    assert charged == counted
    # All that was acknowledged is there; and nothing that nobody told.
    assert set(said["told-start"]) <= set(charged) <= set(said["tells-start"])
    assert not set(said.get("told-notUsed", ())) & set(charged)
    # Of each price something was paid; every redemption was, and what is not yet redeemed is held for.
    assert {item for item, _ in told} == set(PAID)
    assert sum(item == "li_3" for item, _ in told) == sum(redeemed)
    balances = await stage.budgets.balances([item.line_item_id for item in stage.items])
    assert len(balances) == len(stage.items)
    for balance in balances.values():
        assert balance.balanced
        assert balance.budget_micros == BUDGET
    reserved = {
        item: balance.reserved_micros for item, balance in balances.items() if balance.reserved_micros
    }
    held = PRICE * redeemed.count(False)
    assert reserved == ({"li_3": held} if held else {})
    assert sum(balance.spent_micros for balance in balances.values()) == PRICE * len(charged)
    assert 0 < await most_shown(stage) <= CAP
    await stage.close()
