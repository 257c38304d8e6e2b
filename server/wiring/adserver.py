"""The ad server on its engines."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from adserver.adapters.guarded_fetch import TIMEOUT_S, GuardedFetch, public_or_in
from adserver.adapters.redis_caps import RedisCaps
from adserver.adapters.redis_returning import RedisReturning
from adserver.adapters.redis_said import RedisSaid
from adserver.adapters.redis_traces import RedisTraces
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_supply import SqlSupply
from adserver.adapters.sql_tags import SqlTags
from adserver.billing.audit_books import AuditBooks
from adserver.billing.note_fills import NoteFills
from adserver.billing.post_ledger import PostLedger
from adserver.billing.reconcile_budgets import ReconcileBudgets
from adserver.billing.record_event import RecordEvent
from adserver.billing.release_expired import ReleaseExpired
from adserver.booking.advance_creatives import AdvanceCreatives
from adserver.booking.campaign import CampaignState, LineItem
from adserver.booking.find_areas import FindAreas
from adserver.booking.find_places import FindPlaces
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.register_advertiser import RegisterAdvertiser
from adserver.coupons.keep_wallet import KeepWallet
from adserver.coupons.save_coupon import SaveCoupon
from adserver.serving.avail import Avail, Location, ServedBreak
from adserver.serving.demand import DemandIndex
from adserver.serving.keep_returns import KeepReturns
from adserver.serving.keep_standings import KeepStandings
from adserver.serving.keep_traces import KeepTraces
from adserver.serving.load_demand import LoadDemand
from adserver.serving.note_decisions import NoteDecisions
from adserver.serving.note_returns import NoteReturns
from adserver.serving.note_supply import NoteSupply
from adserver.serving.pace_delivery import PaceDelivery
from adserver.serving.refine_detours import RefineDetours, as_modelled
from adserver.serving.replay_decision import ReplayDecision
from adserver.serving.returning import marking_key
from adserver.serving.serve_break import ServeBreak
from adserver.vast.fire_trackers import FireTrackers
from adserver.vast.follow_wrappers import FollowWrappers
from adserver.vast.resolve_tags import ResolveTags
from adserver.web import (
    beacons,
    bill_to,
    booking,
    campaigns,
    capping,
    corrections,
    coupon_pages,
    coupons,
    crediting,
    delivering,
    explaining,
    forecasting,
    invoicing,
    replaying,
)
from adserver.web.campaigns import Booking
from adserver.web.coupons import Couponing
from adserver.web.invoicing import Invoicing
from geotarget.fence_index import FenceIndex
from geotarget.load_fences import LoadFences
from geotarget.ports import CampaignsAt, CampaignsIn
from server import chance
from server.chance import macro_values
from server.metrics import AD_EVENTS
from server.pages import read_catalog
from server.snapshots import Snapshot
from server.wiring.booking import Kept, wire_booking, wire_coupons, wire_invoicing
from server.wiring.engines import Engines
from server.wiring.geotarget import Geotarget
from server.wiring.media import Media

MEDIA_TIMEOUT_S = 75.0


@dataclass(frozen=True)
class Adserver:
    """What other rooms and the server use of it."""

    engines: Engines
    demand: Snapshot[DemandIndex]
    fences: Snapshot[FenceIndex]
    campaigns: SqlCampaigns
    register_advertiser: RegisterAdvertiser
    booking: Booking
    find_places: FindPlaces
    find_areas: FindAreas
    serve_break: ServeBreak
    still_reaches: Callable[[str, str, Location], bool]
    record_event: RecordEvent
    note_fills: NoteFills
    note_decisions: NoteDecisions
    note_supply: NoteSupply
    note_returns: NoteReturns
    keep_returns: KeepReturns
    keep_traces: KeepTraces
    keep_standings: KeepStandings
    replay_decision: ReplayDecision
    supply: SqlSupply
    advance_creatives: AdvanceCreatives
    post_ledger: PostLedger
    release_expired: ReleaseExpired
    pace_delivery: PaceDelivery
    reconcile_budgets: ReconcileBudgets
    audit_books: AuditBooks
    invoicing: Invoicing
    resolve_tags: ResolveTags
    fire_trackers: FireTrackers
    save_coupon: SaveCoupon
    keep_wallet: KeepWallet
    couponing: Couponing

    async def forget_vehicle(self, vehicle_id: str) -> None:
        """Forget whose a vehicle's coupons are, and what it was shown."""
        await asyncio.to_thread(self.keep_wallet.forget, vehicle_id)
        await self.serve_break.caps.forget(vehicle_id)

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """Beacons, the advertisers' API and their pages."""
        return [
            *beacons.routes(self.record_event),
            *campaigns.routes(self.booking),
            *explaining.routes(self.booking.report, read_catalog().translate),
            *corrections.routes(self.booking),
            *coupons.routes(self.couponing),
            *coupon_pages.routes(templates, self.couponing, self.booking.read),
            *capping.routes(self.booking.cap),
            *crediting.routes(self.booking),
            *delivering.routes(self.booking.delivery),
            *forecasting.routes(self.booking.forecast),
            *invoicing.routes(templates, self.invoicing),
            *bill_to.routes(templates, self.invoicing.bill_to),
            *replaying.routes(templates, self.replay_decision, self.booking.read),
            *booking.routes(
                templates,
                self.booking,
                self.find_places,
                self.find_areas,
                self.engines.clock,
                self.engines.new_id,
            ),
        ]


def campaigns_at(engines: Engines) -> CampaignsAt:
    """Who points at a place: told to the room of places, which knows nothing of campaigns."""
    return lambda place_id: _pointing(engines, lambda item: place_id in item.place_ids)


def campaigns_in(engines: Engines) -> CampaignsIn:
    """Who points at an area."""
    return lambda area_id: _pointing(engines, lambda item: area_id in item.area_ids)


def _pointing(engines: Engines, at: Callable[[LineItem], bool]) -> list[str]:
    kept = SqlCampaigns(engines.database, engines.reads)
    standing = (campaign for campaign, _ in kept.bookable(engines.clock.now_ms()))
    return [
        campaign.name
        for campaign in standing
        if campaign.state is not CampaignState.ENDED and at(campaign.line_item)
    ]


@dataclass(frozen=True)
class _Notes:
    """What is noted of each break that is decided."""

    decisions: NoteDecisions
    supply: NoteSupply
    returns: NoteReturns
    traces: RedisTraces
    keep: KeepTraces

    @classmethod
    def by(cls, engines: Engines, kept: Kept) -> Self:
        traces = RedisTraces(engines.redis, engines.settings.decisions_kept_days)
        keep = KeepTraces(traces, engines.settings.decisions_kept_a_minute)
        said = NoteDecisions(RedisSaid(engines.redis), engines.clock)
        returning = RedisReturning(engines.redis)
        returns = NoteReturns(returning, lambda: marking_key(kept.sealer))
        return cls(said, NoteSupply(kept.supply), returns, traces, keep)

    def __call__(self, avail: Avail, served: ServedBreak) -> None:
        self.decisions(avail, served)
        self.supply(avail, served)
        self.returns(avail, served)


@dataclass(frozen=True)
class _Booked:
    """What is booked, as decisions see it.

    Args:
        fences: the areas of which any of it asks what a car did there.
        anew: the same for a job worker, which hears of no change.
    """

    demand: Snapshot[DemandIndex]
    fences: Snapshot[FenceIndex]
    anew: Callable[[], DemandIndex]

    @classmethod
    def by(cls, engines: Engines, geotarget: Geotarget, kept: Kept) -> Self:
        load = LoadDemand(
            kept.campaigns,
            kept.ledger,
            geotarget.index,
            geotarget.areas,
            engines.clock,
            engines.settings.exchange,
        )
        demand = Snapshot("demand", load)
        asked = LoadFences(lambda: demand().fenced, geotarget.areas, geotarget.index)

        def anew() -> DemandIndex:
            geotarget.index.refresh()
            geotarget.areas.refresh()
            return load()

        return cls(demand, Snapshot("demand", asked, asked.revision), anew)


def wire_adserver(engines: Engines, media: Media, geotarget: Geotarget) -> Adserver:
    """Build the room."""
    clock, kept = engines.clock, Kept.by(engines)
    notes, budgets = _Notes.by(engines, kept), kept.budgets
    standings = KeepStandings(budgets)
    booked = _Booked.by(engines, geotarget, kept)
    forecast = ForecastCampaign(kept.supply, geotarget.index, geotarget.areas, booked.demand, clock)
    record_event = RecordEvent(budgets, kept.sealer, clock, _count)
    save_coupon, keep_wallet, couponing = wire_coupons(engines, kept, record_event)
    return Adserver(
        engines=engines,
        demand=booked.demand,
        fences=booked.fences,
        campaigns=kept.campaigns,
        register_advertiser=RegisterAdvertiser(kept.campaigns, engines.new_id, clock),
        booking=wire_booking(engines, media, geotarget, kept, forecast),
        find_places=FindPlaces(geotarget.index),
        find_areas=FindAreas(geotarget.areas),
        serve_break=_serve_break(engines, geotarget, kept, booked.demand, standings, notes),
        still_reaches=lambda item, place_id, here: booked.demand().still_reaches(item, place_id, here),
        record_event=record_event,
        note_fills=NoteFills(budgets, kept.sealer, clock, _count),
        note_decisions=notes.decisions,
        note_supply=notes.supply,
        note_returns=notes.returns,
        keep_returns=KeepReturns(notes.returns.returning, kept.supply, clock),
        keep_traces=notes.keep,
        keep_standings=standings,
        replay_decision=ReplayDecision(notes.traces),
        supply=kept.supply,
        advance_creatives=_advance_creatives(engines, media, kept),
        post_ledger=PostLedger(budgets, kept.ledger),
        release_expired=ReleaseExpired(budgets, clock),
        pace_delivery=PaceDelivery(kept.campaigns, budgets, forecast.known, booked.anew, clock),
        reconcile_budgets=ReconcileBudgets(kept.campaigns, budgets, kept.ledger, clock),
        invoicing=wire_invoicing(engines, kept),
        audit_books=AuditBooks(SqlBooks(engines.reads), budgets, kept.ledger, clock),
        resolve_tags=_resolve_tags(engines, media),
        fire_trackers=FireTrackers(SqlTags(engines.database), _fetch(engines), macro_values, clock),
        save_coupon=save_coupon,
        keep_wallet=keep_wallet,
        couponing=couponing,
    )


def _count(event: str, outcome: str) -> None:
    AD_EVENTS.labels(event, outcome).inc()


def _serve_break(
    engines: Engines,
    geotarget: Geotarget,
    kept: Kept,
    demand: Snapshot[DemandIndex],
    standings: KeepStandings,
    notes: _Notes,
) -> ServeBreak:
    return ServeBreak(
        demand,
        standings,
        kept.budgets,
        RedisCaps(engines.redis),
        kept.sealer,
        engines.clock,
        chance.roll,
        notes,
        refine=RefineDetours(geotarget.detours) if geotarget.detours else as_modelled,
        trace=notes.keep,
    )


def _advance_creatives(engines: Engines, media: Media, kept: Kept) -> AdvanceCreatives:
    return AdvanceCreatives(kept.campaigns, media.assets.find, engines.announce, engines.settings.demo)


def _fetch(engines: Engines, timeout_s: float = TIMEOUT_S) -> GuardedFetch:
    """Of strangers: never from our own network, but for what the operator has named."""
    return GuardedFetch(public=public_or_in(engines.settings.tag_networks), timeout_s=timeout_s)


def _resolve_tags(engines: Engines, media: Media) -> ResolveTags:
    return ResolveTags(
        SqlTags(engines.database),
        FollowWrappers(_fetch(engines), macro_values),
        _fetch(engines, MEDIA_TIMEOUT_S),
        media.admit_bytes,
        engines.clock,
        engines.announce,
    )
