"""Money: events until they are durable, and posted; a million transfers reconciled, on SQLite and PostgreSQL.

Run: ``python benchmarks/money.py``. The yardsticks are a bare command of the same Redis, and a bare sum of
the same table.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy import Engine, func, insert, select

from adserver.adapters import tables
from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.siv_sealer import SivSealer
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_ledger import SqlLedger
from adserver.billing.audit_books import AuditBooks
from adserver.billing.budget import Reservation
from adserver.billing.impression import BEACON_TTL_MS, PLAYED, Beacon, write_token
from adserver.billing.post_ledger import PostLedger
from adserver.billing.record_event import RecordEvent, Sent
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from kernel.clock import to_ms
from server.engines.database import open_database
from tests import engines

FILLS, BATCH = 4_000, 200
TRANSFERS, LINE_ITEMS = 1_000_000, 500
PRICE = 12_000
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NOW_MS = to_ms(NOW)
NUMBERS = f"WITH RECURSIVE one(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM one WHERE n < {TRANSFERS - 1}) "
TOLD = (
    "INSERT INTO fill_events (fill_id, kind, line_item_id, advertiser_id, creative_id, place_id, cell, "
    "at_ms, billed_micros, currency, released_micros) SELECT 'fil_' || n, 'impression', 'li_' || "
    f"(n - n / {LINE_ITEMS} * {LINE_ITEMS}), "
    f"'adv_1', 'crv_1', 'plc_1', '48.12,-1.68', {NOW_MS} + n, {PRICE}, 'EUR', 0 FROM one"
)
CHARGED = (
    "INSERT INTO ledger_transfers (event_id, debit, credit, line_item_id, amount_micros, currency, at_ms) "
    "SELECT 'fil_' || n, 'advertiser:adv_1', 'revenue:delivered', 'li_' || "
    f"(n - n / {LINE_ITEMS} * {LINE_ITEMS}), {PRICE}, 'EUR', {NOW_MS} + n FROM one"
)


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        """Noon."""
        return NOW

    def now_ms(self) -> int:
        """Noon."""
        return NOW_MS


def line_item(n: int, budget_micros: int) -> LineItem:
    """One that still runs."""
    return LineItem(
        f"li_{n}", f"cmp_{n}", "adv_1", "A", 1, NOW_MS + 10**9, budget_micros, 12_000_000, "EUR", 5_000,
        ("plc_1",),
    )  # fmt: skip


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[Path, subprocess.Popen]]:
    """As the product starts it: its file is written once a second."""
    socket = folder / "redis.sock"
    options = {"port": "0", "unixsocket": socket, "dir": folder, "save": "", "appendonly": "yes"}
    command = [Path(sys.executable).with_name("redis-server")]
    process = subprocess.Popen(
        [*command, *(part for name, value in options.items() for part in (f"--{name}", str(value)))],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not socket.exists():
            time.sleep(0.01)
        yield socket, process
    finally:
        process.terminate()
        process.wait()


def tell(name: str, number: int, took_s: float, beside: str = "") -> None:
    """Print a rate."""
    print(f"{name:<58} {number / took_s:>9,.0f} a second  ({took_s:5.1f} s){beside}")


async def events(socket: Path, engine: Engine) -> None:
    """Spots that play to their end, told in batches as players out of a tunnel do, then posted."""
    client = Redis(unix_socket_path=str(socket))
    budgets, sealer = RedisBudgets(client), SivSealer([b"b" * 32])
    record = RecordEvent(budgets, sealer, Still(), lambda event, outcome: None)
    items = [line_item(n, 10**12) for n in range(50)]
    for item in items:
        await budgets.open(item, spent_micros=0, counted=(), now_ms=NOW_MS)
    claims = [Reservation(f"fil_{n}", items[n % 50].line_item_id, PRICE) for n in range(FILLS)]
    began = time.perf_counter()
    for start in range(0, FILLS, BATCH):
        pipe = client.pipeline(transaction=False)
        for n in range(start, start + BATCH):
            pipe.xadd("bare", {"e": n})
        await pipe.execute()
    tell("bare XADDs, 200 at once (the yardstick)", FILLS, time.perf_counter() - began)
    began = time.perf_counter()
    for claim in claims:
        await budgets.reserve([claim], NOW_MS)
    tell("claims, one after the other", FILLS, time.perf_counter() - began)
    tokens = [write_token(sealer, beacon(claim)) for claim in claims]
    sent = [Sent(token, kind.value) for token in tokens for kind in PLAYED]
    began, used = time.perf_counter(), time.process_time()
    for start in range(0, len(sent), BATCH):
        answers = await record.batch(sent[start : start + BATCH])
        assert all(answer.refused is None for answer in answers)
    took_s, used_s = time.perf_counter() - began, time.process_time() - used
    tell(
        "events accepted, until durable",
        len(sent),
        took_s,
        f"; {len(sent) / used_s:,.0f} a second and core of ours",
    )
    began = time.perf_counter()
    posted = await PostLedger(budgets, SqlLedger(engine))()
    tell("events posted to the ledger", posted, time.perf_counter() - began)
    await client.aclose()


def beacon(claim: Reservation) -> Beacon:
    """Of a claim, without times that would hold its quartiles back."""
    return Beacon(
        claim.fill_id, claim.line_item_id, "adv_1", "crv_1", "plc_1", "48.12,-1.68", PRICE, "EUR", False,
        NOW_MS + BEACON_TTL_MS,
    )  # fmt: skip


async def reconciled(socket: Path, engine: Engine) -> None:
    """A million charges of 500 line items, each told, posted and counted; then all of it proven."""
    client = Redis(unix_socket_path=str(socket))
    await client.flushall()
    budgets = RedisBudgets(client)
    each = TRANSFERS // LINE_ITEMS
    kept = SqlCampaigns(engine)
    kept.add_advertiser(Advertiser("adv_1", "Garage", 1))
    for n in range(LINE_ITEMS):
        item = line_item(n, 2 * each * PRICE)
        kept.add(Campaign(item.campaign_id, "adv_1", "A", CampaignState.ACTIVE, n + 1, item))
        await budgets.open(item, spent_micros=each * PRICE, counted=(), now_ms=NOW_MS)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        for statement in (TOLD, CHARGED):
            connection.exec_driver_sql(NUMBERS + statement)
        totals = [{"line_item_id": f"li_{n}", "spent_micros": each * PRICE} for n in range(LINE_ITEMS)]
        connection.execute(insert(tables.line_item_totals), totals)
    began = time.perf_counter()
    with engine.connect() as connection:
        connection.execute(select(func.sum(tables.ledger_transfers.c.amount_micros))).scalar_one()
    tell("rows of the ledger added up (the yardstick)", TRANSFERS, time.perf_counter() - began)
    audit = AuditBooks(SqlBooks(engine), budgets, SqlLedger(engine), Still())
    began, used = time.perf_counter(), time.process_time()
    report = await audit()
    took_s, used_s = time.perf_counter() - began, time.process_time() - used
    assert report.sound, report.findings[:3]
    assert report.transfers == TRANSFERS + LINE_ITEMS
    tell("transfers reconciled", report.transfers, took_s, f"; {used_s:.1f} s of our processor")
    await client.aclose()


def on(name: str, url: str, socket: Path) -> None:
    """Both parts on one database."""
    print(f"-- {name}")
    engine = open_database(url)
    tables.metadata.create_all(engine)
    asyncio.run(events(socket, engine))
    tables.metadata.drop_all(engine)
    tables.metadata.create_all(engine)
    asyncio.run(reconciled(socket, engine))
    engine.dispose()


def main() -> None:
    """Both databases, one after the other."""
    with tempfile.TemporaryDirectory() as name, redis_server(Path(name)) as (socket, _):
        on("SQLite", f"sqlite:///{Path(name) / 'money.db'}", socket)
        with engines.postgres() as url:
            on("PostgreSQL", url, socket)


if __name__ == "__main__":
    main()
