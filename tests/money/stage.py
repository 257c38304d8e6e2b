"""The money's engines and workers as real processes, which a test may kill at any moment.

``python -m tests.money.stage ROLE SOCKET DATABASE LOG NUMBER`` is one worker; the roles are below.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import redis
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from adserver.adapters import sql_coupons
from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_coupons import SqlCoupons
from adserver.adapters.sql_ledger import SqlLedger
from adserver.billing.audit_books import AuditBooks
from adserver.billing.budget import Outcome
from adserver.billing.impression import PLAYED, EventKind, Told, read_token
from adserver.billing.post_ledger import PostLedger
from adserver.billing.reconcile_budgets import ReconcileBudgets
from adserver.billing.record_event import RecordEvent
from adserver.billing.release_expired import ReleaseExpired
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, Creative, CreativeState, LineItem
from adserver.booking.cap import FrequencyCap
from adserver.booking.terms import Action
from adserver.coupons.coupon import Coupon, showing_of
from adserver.coupons.redeem_coupon import RedeemCoupon
from adserver.coupons.save_coupon import SaveCoupon
from adserver.coupons.tell_counters import TellCounters
from adserver.serving.avail import Avail, Format, ServedFill
from adserver.serving.demand import DemandIndex
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.offer import Offer
from adserver.serving.serve_break import ServeBreak
from geotarget.area_index import AreaIndex
from kernel.clock import to_ms
from kernel.errors import Conflict, RoadcastError
from server.adapters.redis_attempts import RedisAttempts
from server.engines.database import open_database

ITEMS, CAP = 4, 25
KILLS = int(os.environ.get("ROADCAST_KILLS", "10"))
CARS = 4 * max(10, KILLS)
PRICE = 10_000
ROOT = Path(__file__).parents[2]
SPOT = frozenset({Format.VIDEO, Format.AUDIO})


class RealClock:
    """The machine's, shifted."""

    def __init__(self, later_ms: int = 0) -> None:
        self._later_ms = later_ms

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._later_ms

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)


TOLD = {
    "li_0": (EventKind.IMPRESSION,),
    "li_1": (EventKind.IMPRESSION, EventKind.TAP),
    "li_2": PLAYED,
    "li_3": (EventKind.IMPRESSION, EventKind.REDEEMED),
}
"""What is told of a fill of each line item; it pays for the last."""
PAID = {item: kinds[-1] for item, kinds in TOLD.items()}


def line_item(n: int, budget_micros: int) -> LineItem:
    """Shown everywhere, as the house's own are, but paid: for showings, taps, whole views or redemptions."""
    item_id = f"li_{n}"
    prices = {
        EventKind.IMPRESSION: {"cpm_micros": 1000 * PRICE},
        EventKind.TAP: {"cpa_micros": PRICE},
        EventKind.COMPLETE: {"cpv_micros": PRICE},
        EventKind.REDEEMED: {"cpa_micros": PRICE, "action": Action.REDEMPTION},
    }
    began_ms = to_ms(datetime(2020, 1, 1, tzinfo=UTC))
    item = LineItem(
        item_id, f"cmp_{n}", "adv_1", f"Campaign {n}", began_ms, began_ms + 10**13, budget_micros,
        0, "EUR", 5_000, (), caps=(FrequencyCap(CAP, 86_400),),
    )  # fmt: skip
    return msgspec.structs.replace(item, **prices[PAID[item_id]])


class Stage:
    """Everything of the money on one Redis and one database."""

    def __init__(self, socket: str, database: str, budget_micros: int = 0, later_ms: int = 0) -> None:
        self.redis = Redis(unix_socket_path=socket, socket_timeout=5, socket_connect_timeout=2)
        self.engine = open_database(database)
        self.clock = RealClock(later_ms)
        self.budgets, self.caps = RedisBudgets(self.redis), RedisCaps(self.redis)
        self.campaigns, self.ledger = SqlCampaigns(self.engine), SqlLedger(self.engine)
        self.post = PostLedger(self.budgets, self.ledger)
        self.release = ReleaseExpired(self.budgets, self.clock)
        self.reconcile = ReconcileBudgets(self.campaigns, self.budgets, self.ledger, self.clock)
        self.audit = AuditBooks(SqlBooks(self.engine), self.budgets, self.ledger, self.clock)
        self.items = [line_item(n, budget_micros) for n in range(ITEMS)]
        offers = [Offer(item, CampaignState.ACTIVE, "Garage", (spot(item),)) for item in self.items]
        self.demand = DemandIndex(offers, {}, AreaIndex([]))
        # Alone, each is chosen however little it is expected to bring.
        self.alone = [DemandIndex([offer], {}, AreaIndex([])) for offer in offers]
        sealer = SivSealer([b"m" * 32])
        self.standings = KeepStandings(self.budgets)
        self.serve = ServeBreak(
            lambda: self.demand,
            self.standings,
            self.budgets,
            self.caps,
            sealer,
            self.clock,
            random.random,
            lambda avail, served: None,
        )
        self.sealer, self.record = sealer, RecordEvent(self.budgets, sealer, self.clock, _nobody)
        self.coupons = SqlCoupons(self.engine)
        self.tell_counters = TellCounters(self.coupons, self.budgets, sealer, self.clock)
        self.save = SaveCoupon(
            self.coupons, self.budgets, self.record, self.tell_counters, _announce, sealer, [sealer],
            self.clock, lambda prefix: prefix + os.urandom(9).hex(),
        )  # fmt: skip
        self.redeem = RedeemCoupon(self.coupons, self.tell_counters, RedisAttempts(self.redis), self.clock)

    async def open(self) -> None:
        """Book everything."""
        self.campaigns.add_advertiser(Advertiser("adv_1", "Garage", 1))
        for item in self.items:
            self.campaigns.add(Campaign(item.campaign_id, "adv_1", item.name, CampaignState.ACTIVE, 1, item))
            await self.budgets.open(item, spent_micros=0, counted=(), now_ms=self.clock.now_ms())
        now_ms, over_ms = self.clock.now_ms(), self.clock.now_ms() + 50 * 86_400_000
        coupon = Coupon("crv_li_3", "li_3", "cmp_3", "adv_1", "Coffee", "", over_ms, CARS, now_ms)
        with self.engine.begin() as connection:
            sql_coupons.write(connection, coupon, ())

    async def tell(self, fill: ServedFill) -> list[Outcome]:
        """What it is paid for, and what must come before: a film as if it had been played meanwhile."""
        now_ms = self.clock.now_ms()
        beacon = read_token(self.sealer, fill.beacon, now_ms)
        outcomes = []
        for kind in TOLD[fill.line_item_id]:
            at_ms = now_ms + kind.played_permille * beacon.duration_ms // 1000
            outcomes += await self.budgets.record([Told(beacon, kind, at_ms)], now_ms)
        return outcomes

    async def use(self, fill: ServedFill, car: str) -> tuple[Outcome, str]:
        """The same, as cars and tills do it: what became of it, and of which fill.

        A car has one code: one that it has since long is redeemed for the fill that it is owed to.
        """
        if PAID[fill.line_item_id] is not EventKind.REDEEMED:
            return (await self.tell(fill))[-1], fill.fill_id
        await self.record(fill.beacon, "start")
        try:
            saved = await self.save(car, fill.beacon)
            owed = showing_of(self.sealer, saved.owed_to)
            assert owed is not None
            await self.redeem("adv_1", "till", saved.code)
        except Conflict:  # there is no budget for it, or that car has had its coffee
            return Outcome.UNBILLED, fill.fill_id
        return Outcome.BILLED, owed.fill_id

    def avail(self, avail_id: str, car: int) -> Avail:
        """A break of one spot."""
        return Avail(avail_id, f"car{car}", 8, SPOT, self.clock.now())

    async def close(self) -> None:
        await self.redis.aclose()
        self.engine.dispose()


async def most_shown(stage: Stage) -> int:
    """How often any car was shown any line item, by its log; which counts what stands, and nothing else."""
    planned: dict[str, Counter[str]] = {}
    for key in await stage.redis.keys("{veh:*}:plan:*"):
        car, _, avail_id = key.decode().removeprefix("{veh:").partition("}:plan:")
        kept = (await stage.caps.look(car, avail_id)).kept
        planned.setdefault(car, Counter()).update(kept.plan.names)
    for car, names in planned.items():
        seen = (await stage.caps.look(car, "")).log.seen
        assert names == {name: seen.of(name).in_all for name in seen.by_name}
    return max((max(names.values(), default=0) for names in planned.values()), default=0)


def _nobody(_event: str, _outcome: str) -> None:
    """Counts nothing."""


async def _announce(_topic: str) -> None:
    """Tells nobody."""


def spot(item: LineItem) -> Creative:
    """As long as the break."""
    return Creative(
        f"crv_{item.line_item_id}", item.line_item_id, item.campaign_id, "adv_1", "Spot", SPOT,
        CreativeState.APPROVED, "Headline", "", 0, asset_id="ast_1", segments=8,
    )  # fmt: skip


class Log:
    """Lines that are there once they are written, whatever becomes of who wrote them."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __call__(self, word: str, fill_id: str) -> None:
        os.write(self._file, f"{word} {fill_id}\n".encode())


async def play(stage: Stage, log: Log, number: str) -> None:
    """Breaks are decided, most are played, some are given up; what was answered is written down."""
    chance, n = random.Random(number), 0
    while True:
        n += 1
        try:
            car, stage.demand = chance.randrange(CARS), chance.choice(stage.alone)
            served = await stage.serve(stage.avail(f"avl_{number}_{os.getpid()}_{n}", car))
            for fill in served.fills:
                event = "notUsed" if chance.random() < 0.1 else "start"
                log(f"tells-{event}", fill.fill_id)
                if event == "start":
                    outcome, fill_id = await stage.use(fill, f"car{car}")
                else:
                    outcome, fill_id = await stage.record(fill.beacon, event), fill.fill_id
                log(f"told-{event}" if outcome is not Outcome.UNBILLED else "unbilled", fill_id)
                if event == "start" and chance.random() < 0.3:
                    await stage.use(fill, f"car{car}")
        except (RedisError, OSError, RoadcastError, SQLAlchemyError):
            await asyncio.sleep(0.02)


async def again_and_again(step: Callable[[], Any]) -> None:
    """A loop of the job worker, faster."""
    while True:
        with suppress(RedisError, OSError, SQLAlchemyError):
            await step()
        await asyncio.sleep(0.02)


async def work(role: str, stage: Stage, log: Log, number: str) -> None:
    """Until it is killed."""
    if role == "play":
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stage.standings.run())
            tasks.create_task(play(stage, log, number))
    elif role == "post":
        await again_and_again(stage.post)
    else:
        await asyncio.gather(again_and_again(stage.release), again_and_again(stage.tell_counters))


class Killable:
    """A process that is started again each time it is killed."""

    def __init__(self, command: list[str], ready: Callable[[], object] | None = None) -> None:
        self._command = command
        self._ready = ready
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, cwd=ROOT)
        until(self._ready or (lambda: True))

    def kill(self) -> None:
        """kill -9, and start it anew."""
        self._process.kill()
        self._process.wait()
        self._start()

    def end(self) -> None:
        """For good."""
        self._process.kill()
        self._process.wait()


def redis_server(folder: Path) -> tuple[Killable, str]:
    """One that has written what it acknowledges."""
    socket = folder / "redis.sock"
    options = {"port": "0", "unixsocket": socket, "dir": folder, "save": "", "appendonly": "yes"}
    options |= {"appendfsync": "always", "maxmemory-policy": "noeviction"}
    binary = str(Path(sys.executable).with_name("redis-server"))
    command = [binary, *(part for name, value in options.items() for part in (f"--{name}", str(value)))]

    def answers() -> object:
        with redis.Redis(unix_socket_path=str(socket)) as client:
            return client.ping()

    return Killable(command, answers), str(socket)


def until(true: Callable[[], object], patience_s: float = 60) -> None:
    """Wait for a condition; what its engine cannot answer yet is no answer."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        with suppress(redis.RedisError, OSError, SQLAlchemyError):
            if true():
                return
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


def main() -> None:
    """One worker."""
    role, socket, database, log, number = sys.argv[1:6]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(work(role, Stage(socket, database), Log(log), number))


if __name__ == "__main__":
    main()
