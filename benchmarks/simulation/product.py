"""The week as the product serves it: its verbs, Redis scripts and records, by a clock of ours."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from sqlalchemy import Engine

from adserver.adapters import tables
from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.siv_sealer import SivSealer
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.sql_supply import SqlSupply
from adserver.billing.audit import Audit
from adserver.billing.audit_books import AuditBooks
from adserver.billing.budget import Balance
from adserver.billing.budget import Outcome as Did
from adserver.billing.post_ledger import PostLedger
from adserver.billing.record_event import BATCH_LIMIT, RecordEvent, Sent
from adserver.billing.release_expired import ReleaseExpired
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign
from adserver.booking.exchange import EUROS
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.serving import pace_delivery
from adserver.serving.avail import Avail, Location, ServedBreak
from adserver.serving.demand import DemandIndex
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.load_demand import LoadDemand
from adserver.serving.note_supply import NoteSupply
from adserver.serving.pace_delivery import PaceDelivery
from adserver.serving.reason import Reason
from adserver.serving.serve_break import ServeBreak
from adserver.serving.supply import HOUR_MS, slot_of
from benchmarks.simulation.demand import BREAK_SEGMENTS, CARD, SPOT, Demand
from benchmarks.simulation.outcome import Outcome, Played
from benchmarks.simulation.traffic import BEGINS, MINUTE_MS, Moment, Scale
from geotarget.area_index import AreaIndex
from geotarget.coarsen import cell
from geotarget.spatial_index import PlaceIndex
from kernel.clock import from_ms, to_ms
from server.engines import redis_clients
from server.engines.database import open_database

PLAYED = 0.95
"""Of what is decided so much is played; the rest goes back to its budget after ten minutes."""
TRAFFIC_RENEWED_MS = 6 * 3_600_000
"""What is known of traffic is read anew so often; the service does so every ten minutes."""
BUSIEST_CELLS = 300
"""So many are looked at for what line items reach; the service looks at 2,000."""
WEEK_MS = 7 * 86_400_000
LOST = frozenset(
    {
        Reason.FREQUENCY_CAP, Reason.POD_FULL, Reason.TOO_LONG, Reason.DUPLICATE_IN_POD,
        Reason.ADVERTISER_IN_POD, Reason.COMPETITIVE_SEPARATION, Reason.EXCLUDED_CATEGORY,
    }
)  # fmt: skip
"""What keeps one out that is let through by its pace."""


@dataclass
class Moving:
    """A clock that is set."""

    at_ms: int = to_ms(BEGINS)

    def now(self) -> datetime:
        """As it is set."""
        return from_ms(self.at_ms)

    def now_ms(self) -> int:
        """As it is set."""
        return self.at_ms


def avail_of(moment: Moment) -> Avail:
    """What is offered of it: sound where a break is, as it moves."""
    return Avail(
        f"a{moment.car}.{moment.number}",
        f"car{moment.car}",
        0 if moment.card else BREAK_SEGMENTS,
        CARD if moment.card else SPOT,
        from_ms(moment.at_ms),
        Location(moment.latitude, moment.longitude),
        course=moment.course,
        zones=("Europe/Paris",),
    )


@dataclass
class _Standing:
    """What is booked, read once: nobody books anything during the week."""

    campaigns: SqlCampaigns
    clock: Moving

    def bookable(
        self, ends_after_ms: int, redeemed_after_ms: int | None = None
    ) -> list[tuple[Campaign, Advertiser]]:
        """See :class:`adserver.ports.Campaigns`."""
        if not hasattr(self, "_read"):
            self._read = self.campaigns.bookable(ends_after_ms)
        return [one for one in self._read if one[0].line_item.ends_ms > ends_after_ms]


@dataclass
class Product:
    """Everything of the money, and the decisions, on one Redis and one database."""

    demand: Demand
    redis: Redis
    engine: Engine
    seed: int = 7
    at_once: int = 1
    clock: Moving = field(default_factory=Moving)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.budgets, caps = RedisBudgets(self.redis), RedisCaps(self.redis)
        self.campaigns, self.ledger = SqlCampaigns(self.engine), SqlLedger(self.engine)
        places, areas = PlaceIndex(self.demand.places), AreaIndex(())
        self.load = LoadDemand(self.campaigns, self.ledger, lambda: places, lambda: areas, self.clock, EUROS)
        self.post = PostLedger(self.budgets, self.ledger)
        self.release = ReleaseExpired(self.budgets, self.clock)
        self.audit = AuditBooks(SqlBooks(self.engine), self.budgets, self.ledger, self.clock)
        sealer = SivSealer([b"w" * 32])
        self.supply = NoteSupply(SqlSupply(self.engine))
        outlook = ForecastCampaign(
            SqlSupply(self.engine), lambda: places, lambda: areas, lambda: self.index, self.clock
        )
        self.pace = PaceDelivery(
            _Standing(self.campaigns, self.clock), self.budgets, outlook.known, lambda: self.index, self.clock
        )
        self.standings = KeepStandings(self.budgets)
        self.record = RecordEvent(self.budgets, sealer, self.clock, lambda *_: None)
        self.serve = ServeBreak(
            lambda: self.index,
            self.standings,
            self.budgets,
            caps,
            sealer,
            self.clock,
            self.chance.random,
            self.supply,
        )
        self.outcome = Outcome("Roadcast")
        tables.metadata.create_all(self.engine)
        self.index: DemandIndex
        self._told: list[tuple[Sent, Played]] = []

    async def run(self, moments: Sequence[Moment], ends_ms: int) -> Outcome:
        """All of them, minute by minute, and what a job worker does beside."""
        began_s = time.process_time()
        pace_delivery.RENEWED_MS, pace_delivery.CELLS_LIMIT = TRAFFIC_RENEWED_MS, BUSIEST_CELLS
        await self._open()
        for minute_ms, batch in _minutes(moments, ends_ms):
            self.clock.at_ms = minute_ms
            await self._beside(minute_ms // MINUTE_MS)
            for first in range(0, len(batch), self.at_once):
                part = batch[first : first + self.at_once]
                avails = [avail_of(moment) for moment in part]
                served = await asyncio.gather(*(self.serve(avail) for avail in avails))
                # Redis keeps an answer for an hour of its own time, which is longer than this takes.
                await self.redis.unlink(*(f"{{veh:{one.subject}}}:plan:{one.avail_id}" for one in avails))
                for moment, answer in zip(part, served, strict=True):
                    self._note(moment, answer)
        self.clock.at_ms = ends_ms
        await self._tell()
        self.clock.at_ms += 15 * MINUTE_MS
        await self.release()
        await self.post()
        self.outcome.played.sort(key=lambda one: one.at_ms)
        self.outcome.took_s = time.process_time() - began_s
        return self.outcome

    async def _open(self) -> None:
        for advertiser in self.demand.advertisers:
            self.campaigns.add_advertiser(advertiser)
        for campaign in self.demand.campaigns:
            self.campaigns.add(campaign)
            for creative in campaign.creatives:
                self.campaigns.add_creative(creative)
            now_ms = self.clock.now_ms()
            await self.budgets.open(campaign.line_item, spent_micros=0, counted=(), now_ms=now_ms)

    def remember(self, before: Sequence[Moment]) -> None:
        """What was offered in the week before, as the service counts it."""
        hours = -WEEK_MS // HOUR_MS
        slots = Counter(
            msgspec.structs.replace(slot, hour=slot.hour + hours)
            for moment in before
            for slot in [slot_of(avail_of(moment), cell(moment.latitude, moment.longitude))]
        )
        SqlSupply(self.engine).add(slots)

    async def _beside(self, minute: int) -> None:
        """What players tell within a minute, and what workers do as often as they do it."""
        await self._tell()
        if minute % 10 == 0:
            await self.release()
            await self.post()
        if minute % 60 == 0:
            await self.supply.flush()
        if minute % 60 == 0 or not hasattr(self, "index"):
            self.index = self.load()
        await self.pace()
        await self.standings.refresh()

    def _note(self, moment: Moment, served: ServedBreak) -> None:
        outcome = self.outcome
        outcome.decisions += 1
        for fill in served.fills:
            outcome.chosen[fill.line_item_id] += 1
            if self.chance.random() < PLAYED:
                event = "card-shown" if moment.card else "start"
                played = Played(fill.line_item_id, moment.at_ms, moment.car, moment.card)
                self._told.append((Sent(fill.beacon, event), played))
        for refused in served.refusals:
            outcome.reasons[refused.reason] += 1
            if refused.reason in LOST:
                outcome.lost[refused.line_item_id] += 1
            elif refused.reason == Reason.PACED:
                outcome.paced[refused.line_item_id] += 1

    async def _tell(self) -> None:
        """Players tell what they played of the minute that passed."""
        told, self._told = self._told, []
        for first in range(0, len(told), BATCH_LIMIT):
            part = told[first : first + BATCH_LIMIT]
            answers = await self.record.batch([sent for sent, _ in part])
            for (_, played), answer in zip(part, answers, strict=True):
                assert answer.outcome in {Did.BILLED, Did.NOTED}, answer
                self.outcome.played.append(played)

    async def proof(self) -> tuple[Audit, dict[str, Balance]]:
        """What the books say in the end."""
        ids = [campaign.line_item.line_item_id for campaign in self.demand.campaigns]
        return await self.audit(), await self.budgets.balances(ids)


def _minutes(moments: Sequence[Moment], ends_ms: int) -> Iterator[tuple[int, list[Moment]]]:
    """Each minute by its end, and what fell into it; also those in which nothing did."""
    at_ms = to_ms(BEGINS)
    for number, batch in groupby(moments, key=lambda one: one.at_ms // MINUTE_MS):
        ended_ms = (number + 1) * MINUTE_MS
        while at_ms + MINUTE_MS < ended_ms:
            at_ms += MINUTE_MS
            yield at_ms, []
        at_ms = ended_ms
        if at_ms <= ends_ms:
            yield at_ms, list(batch)


async def serve(
    demand: Demand,
    before: Sequence[Moment],
    moments: Sequence[Moment],
    scale: Scale,
    socket: Path,
    folder: Path,
) -> tuple[Outcome, Audit, dict[str, Balance]]:
    """The whole week on an empty Redis and an empty database, with ``before`` as the week that it knows."""
    client = redis_clients.client(f"unix://{socket}")
    await client.flushall()
    engine = open_database(f"sqlite:///{folder / 'week.db'}")
    try:
        product = Product(demand, client, engine, scale.seed, scale.at_once)
        product.remember(before)
        outcome = await product.run(moments, scale.ends_ms)
        return outcome, *await product.proof()
    finally:
        engine.dispose()
        await client.aclose()
