"""The ad server's verbs on real engines, as its tests use them: the same objects that the service wires."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import Engine

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.redis_returning import RedisReturning
from adserver.adapters.redis_said import RedisSaid
from adserver.adapters.redis_traces import RedisTraces
from adserver.adapters.siv_sealer import SivSealer
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_coupons import SqlCoupons
from adserver.adapters.sql_credits import SqlCredits
from adserver.adapters.sql_invoices import SqlInvoices
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.sql_supply import SqlSupply
from adserver.adapters.tables import metadata
from adserver.billing.audit_books import AuditBooks
from adserver.billing.give_credit import GiveCredit
from adserver.billing.issue_invoices import IssueInvoices
from adserver.billing.keep_bill_to import KeepBillTo
from adserver.billing.note_fills import NoteFills
from adserver.billing.post_ledger import PostLedger
from adserver.billing.read_delivery import ReadDelivery
from adserver.billing.read_invoices import ReadInvoices
from adserver.billing.read_report import ReadReport
from adserver.billing.reconcile_budgets import ReconcileBudgets
from adserver.billing.record_event import RecordEvent
from adserver.billing.release_expired import ReleaseExpired
from adserver.billing.tax import Issuer
from adserver.booking.advance_creatives import AdvanceCreatives
from adserver.booking.arrange_creative import ArrangeCreative
from adserver.booking.book_campaign import BookCampaign
from adserver.booking.campaign import Campaign, Category, Priority
from adserver.booking.cap import FrequencyCap
from adserver.booking.cap_advertiser import CapAdvertiser
from adserver.booking.change_campaign import ChangeCampaign
from adserver.booking.edit_campaign import EditCampaign
from adserver.booking.exchange import EUROS, Exchange
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.order import Order
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.booking.register_advertiser import RegisterAdvertiser
from adserver.booking.remove_campaign import RemoveCampaign
from adserver.booking.review_creative import ReviewCreative
from adserver.booking.submit_creative import Submission, SubmitCreative
from adserver.booking.withdraw_creative import WithdrawCreative
from adserver.coupons.coupon import CouponOrder
from adserver.coupons.keep_wallet import KeepWallet
from adserver.coupons.read_coupons import ReadCoupons
from adserver.coupons.redeem_coupon import RedeemCoupon
from adserver.coupons.save_coupon import SaveCoupon
from adserver.coupons.tell_counters import TellCounters
from adserver.serving.avail import Avail, Format, Location, ServedBreak
from adserver.serving.demand import DemandIndex
from adserver.serving.keep_returns import KeepReturns
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.keep_traces import KeepTraces
from adserver.serving.load_demand import LoadDemand
from adserver.serving.note_decisions import NoteDecisions
from adserver.serving.note_returns import NoteReturns
from adserver.serving.note_supply import NoteSupply
from adserver.serving.pace_delivery import PaceDelivery
from adserver.serving.replay_decision import ReplayDecision
from adserver.serving.returning import marking_key
from adserver.serving.serve_break import ServeBreak
from adserver.serving.standings import Standings
from geotarget.area import Area
from geotarget.area_index import AreaIndex
from geotarget.place import Category as PlaceCategory
from geotarget.place import Place, place_id_of
from geotarget.spatial_index import PlaceIndex
from kernel.errors import NotFound
from media.acceptance import Unpreparable, accept, over_length
from media.asset import Asset, AssetState
from media.manifest import AssetManifest
from media.source import FoundKind, Sound, Source
from server.adapters.redis_attempts import RedisAttempts

RENNES = (48.1173, -1.6778)
BESIDE = Location(48.1179, -1.6783)
"""Of the same cell, and not where any place is."""
UNIT = 1_000_000
_SOUND = Sound(0, "aac", 48_000, 2, decodable=True)


def place(name: str, latitude: float = RENNES[0], longitude: float = RENNES[1], brand: str = "") -> Place:
    """A dealer."""
    place_id = place_id_of("test", name)
    return Place(place_id, "test", name, name, brand, PlaceCategory.DEALER, latitude, longitude)


def avail(avail_id: str = "a1", at: datetime | None = None, **changes: Any) -> Avail:
    """A break of 16 segments in Rennes, video and sound."""
    values: dict[str, Any] = {
        "avail_id": avail_id,
        "subject": "car1",
        "segments": 16,
        "formats": frozenset({Format.VIDEO, Format.AUDIO}),
        "at": at,
        "location": Location(*RENNES),
    }
    return Avail(**(values | changes))


def card_avail(avail_id: str, at: datetime, **changes: Any) -> Avail:
    """A slot for a card."""
    return avail(avail_id, at, segments=0, formats=frozenset({Format.CARD}), **changes)


@dataclass
class Media:
    """The media room as far as the ad server sees it: uploads that became assets."""

    assets: dict[str, Asset] = field(default_factory=dict)
    length_ms: int = 15_000
    kind: FoundKind = FoundKind.MEDIA

    async def admit(self, owner: str, upload_id: str, *, longest_ms: int) -> Asset:
        if not upload_id.startswith(f"upl_{owner}"):
            raise NotFound("upload-unknown", "There is no such upload.")
        source = Source(self.kind, measured_ms=self.length_ms, sound=_SOUND)
        if refusals := accept(source) or over_length(source, longest_ms):
            raise Unpreparable(refusals)
        asset_id = upload_id.replace("upl_", "ast_")
        asset = Asset(asset_id, owner, "spot.mp4", "", AssetState.QUEUED, 0, (), None, 0)
        return self.assets.setdefault(asset_id, asset)

    def finish(
        self, asset_id: str, segments: int = 8, duration_ms: int = 15_000, *, sound: bool = True
    ) -> None:
        old = self.assets[asset_id]
        manifest = AssetManifest(asset_id, segments, duration_ms, {}, "poster", has_sound=sound)
        self.assets[asset_id] = Asset(
            asset_id, old.owner, old.filename, "", AssetState.READY, 1000, (), manifest, 0
        )

    def fail(self, asset_id: str, reason: str) -> None:
        old = self.assets[asset_id]
        self.assets[asset_id] = Asset(
            asset_id, old.owner, old.filename, "", AssetState.FAILED, 0, (reason,), None, 0
        )


@dataclass
class House:
    """Everything of the ad server, on one database and one Redis."""

    engine: Engine
    redis: Redis
    clock: Any
    new_id: Any
    auto_approve: bool = True
    places: list[Place] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    media: Media = field(default_factory=Media)
    announced: list[str] = field(default_factory=list)
    exchange: Exchange = EUROS

    def __post_init__(self) -> None:
        self.sealer = SivSealer([b"h" * 32])
        metadata.create_all(self.engine)
        self.campaigns, self.ledger = SqlCampaigns(self.engine), SqlLedger(self.engine)
        self.budgets, self.caps = RedisBudgets(self.redis), RedisCaps(self.redis)
        self.said = RedisSaid(self.redis)
        self.noted = NoteDecisions(self.said, self.clock)
        self.coupons = SqlCoupons(self.engine)
        self.register = RegisterAdvertiser(self.campaigns, self.new_id, self.clock)
        self.book = BookCampaign(
            self.campaigns,
            self.budgets,
            self.index,
            self.area_index,
            self.new_id,
            self.clock,
            self.announce,
            self.exchange,
        )
        self.submit = SubmitCreative(
            self.campaigns,
            self.media.admit,
            self.new_id,
            self.clock,
            self.announce,
            self.auto_approve,
        )
        self.advance = AdvanceCreatives(
            self.campaigns, lambda i: self.media.assets.get(i), self.announce, self.auto_approve
        )
        self.change = ChangeCampaign(self.campaigns, self.announce)
        self.edit = EditCampaign(
            self.campaigns,
            self.budgets,
            self.index,
            self.area_index,
            self.clock,
            self.announce,
            self.exchange,
        )
        self.cap = CapAdvertiser(self.campaigns, self.announce)
        self.remove = RemoveCampaign(self.campaigns, self.budgets, self.clock, self.announce)
        self.withdraw = WithdrawCreative(self.campaigns, self.announce)
        self.arrange = ArrangeCreative(self.campaigns, self.announce)
        self.review = ReviewCreative(self.campaigns, self.announce)
        self.read = ReadCampaigns(self.campaigns)
        self.report = ReadReport(self.campaigns, self.budgets, self.ledger, self.clock, self.said)
        self.delivery = ReadDelivery(self.campaigns, self.ledger, self.index)
        self.credits = SqlCredits(self.engine)
        self.credit = GiveCredit(
            self.campaigns, self.credits, self.budgets, self.ledger, self.clock, self.announce
        )
        self.invoices = SqlInvoices(self.engine)
        issuer = Issuer(("Roadcast Régie SAS", "1 rue de la Paix", "75002 Paris"))
        self.read_invoices = ReadInvoices(self.invoices)
        self.bill_to = KeepBillTo(self.campaigns, self.invoices)
        self.issue = IssueInvoices(self.invoices, self.budgets, self.ledger, self.clock, issuer)
        self.load = LoadDemand(
            self.campaigns, self.ledger, self.index, self.area_index, self.clock, self.exchange
        )
        self.supply = SqlSupply(self.engine)
        self.note_supply = NoteSupply(self.supply)
        self.returning = RedisReturning(self.redis)
        self.note_returns = NoteReturns(self.returning, lambda: marking_key(self.sealer))
        self.keep_returns = KeepReturns(self.returning, self.supply, self.clock)
        self.forecast = ForecastCampaign(self.supply, self.index, self.area_index, self.demand, self.clock)
        self.traces = RedisTraces(self.redis, kept_days=7)
        self.keep_traces = KeepTraces(self.traces, a_minute=60)
        self.replay = ReplayDecision(self.traces)
        self.decide = ServeBreak(
            self.load, self.standings, self.budgets, self.caps, self.sealer, self.clock, lambda: 0.5,
            self.note_both, trace=self.keep_traces,
        )  # fmt: skip
        self.told: Counter[tuple[str, str]] = Counter()
        self.record = RecordEvent(self.budgets, self.sealer, self.clock, self.count)
        holders = [self.sealer, SivSealer([b"o" * 32])]
        self.tell = TellCounters(self.coupons, self.budgets, self.sealer, self.clock)
        self.save = SaveCoupon(
            self.coupons, self.budgets, self.record, self.tell, self.announce, self.sealer, holders,
            self.clock, self.new_id,
        )  # fmt: skip
        self.wallet = KeepWallet(self.coupons, holders, self.clock)
        self.redeem = RedeemCoupon(self.coupons, self.tell, RedisAttempts(self.redis), self.clock)
        self.read_coupons = ReadCoupons(self.read, self.coupons, self.clock)
        self.note = NoteFills(self.budgets, self.sealer, self.clock, self.count)
        self.post = PostLedger(self.budgets, self.ledger)
        self.reconcile = ReconcileBudgets(self.campaigns, self.budgets, self.ledger, self.clock)
        self.audit = AuditBooks(SqlBooks(self.engine), self.budgets, self.ledger, self.clock)
        self.release = ReleaseExpired(self.budgets, self.clock)
        self.pace = PaceDelivery(self.campaigns, self.budgets, self.forecast.known, self.load, self.clock)

    def note_both(self, avail: Avail, served: ServedBreak) -> None:
        self.noted(avail, served)
        self.note_supply(avail, served)
        self.note_returns(avail, served)

    async def serve(self, avail: Avail) -> ServedBreak:
        """Decide, and write down at once what was said."""
        served = await self.decide(avail)
        await self.noted.flush()
        return served

    def area_index(self) -> AreaIndex:
        return AreaIndex(self.areas, self.places)

    def index(self) -> PlaceIndex:
        return PlaceIndex(self.places)

    def count(self, event: str, outcome: str) -> None:
        self.told[event, outcome] += 1

    async def standings(self, index: DemandIndex) -> Standings:
        """Read anew for each decision, as all that is booked is."""
        return await KeepStandings(self.budgets)(index)

    def demand(self) -> DemandIndex:
        return self.load()

    async def announce(self, topic: str) -> None:
        self.announced.append(topic)

    def order(self, **changes: Any) -> Order:
        """An order that can be booked: 100 for a day, 10 a thousand, 5 km around a dealer in Rennes."""
        if not self.places:
            self.places.append(place("Rennes"))
        now = self.clock.now()
        values: dict[str, Any] = {
            "name": "Open days",
            "starts_at": now - timedelta(hours=1),
            "ends_at": now + timedelta(days=1),
            "budget_micros": 100 * UNIT,
            "cpm_micros": 10 * UNIT,
            "radius_m": 5_000,
            "place_ids": (self.places[0].place_id,),
            "category": Category.OTHER,
            "priority": Priority.STANDARD,
            "cap": FrequencyCap(1000, 3600),
        }
        return Order(**(values | changes))

    async def running(
        self,
        *,
        spot: bool = True,
        card: bool = True,
        segments: int = 8,
        codes: int = 0,
        **changes: Any,
    ) -> Campaign:
        """A booked campaign of a new advertiser with approved creatives; its card has so many codes."""
        advertiser = self.register("Garage")
        campaign = await self.book(advertiser.advertiser_id, self.order(**changes))
        mine = advertiser.advertiser_id, campaign.campaign_id
        if card:
            until = self.clock.now() + timedelta(days=90)
            coupon = CouponOrder("Free coffee", until, limit=codes) if codes else None
            await self.submit(*mine, Submission("Come by", "Coffee is ready", coupon=coupon), owner="acc")
        if spot:
            upload = f"upl_acc{campaign.campaign_id}"
            creative = await self.submit(*mine, Submission("Test drive", "", upload), owner="acc")
            self.media.finish(creative.asset_id, segments)
            await self.advance()
        return self.read.one(*mine)
