"""The ad server on its engines."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from adserver.adapters.guarded_fetch import GuardedFetch
from adserver.adapters.pdf_invoices import PdfInvoices
from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_caps import RedisCaps
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
from adserver.adapters.sql_tags import SqlTags
from adserver.billing.audit_books import AuditBooks
from adserver.billing.give_credit import GiveCredit
from adserver.billing.issue_invoices import IssueInvoices
from adserver.billing.note_fills import NoteFills
from adserver.billing.post_ledger import PostLedger
from adserver.billing.read_delivery import ReadDelivery
from adserver.billing.read_invoices import ReadInvoices
from adserver.billing.read_report import ReadReport
from adserver.billing.reconcile_budgets import ReconcileBudgets
from adserver.billing.record_event import RecordEvent
from adserver.billing.release_expired import ReleaseExpired
from adserver.booking.advance_creatives import AdvanceCreatives
from adserver.booking.arrange_creative import ArrangeCreative
from adserver.booking.book_campaign import BookCampaign
from adserver.booking.campaign import CampaignState, LineItem
from adserver.booking.change_campaign import ChangeCampaign
from adserver.booking.edit_campaign import EditCampaign
from adserver.booking.find_areas import FindAreas
from adserver.booking.find_places import FindPlaces
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.booking.register_advertiser import RegisterAdvertiser
from adserver.booking.remove_campaign import RemoveCampaign
from adserver.booking.review_creative import ReviewCreative
from adserver.booking.submit_creative import SubmitCreative
from adserver.booking.withdraw_creative import WithdrawCreative
from adserver.coupons.keep_wallet import KeepWallet
from adserver.coupons.read_coupons import ReadCoupons
from adserver.coupons.redeem_coupon import RedeemCoupon
from adserver.coupons.save_coupon import SaveCoupon
from adserver.serving.avail import Avail, Location, ServedBreak
from adserver.serving.demand import Candidate, DemandIndex
from adserver.serving.keep_traces import KeepTraces
from adserver.serving.load_demand import LoadDemand
from adserver.serving.note_decisions import NoteDecisions
from adserver.serving.note_supply import NoteSupply
from adserver.serving.pace_delivery import PaceDelivery
from adserver.serving.refine_detours import RefineDetours, as_modelled
from adserver.serving.replay_decision import ReplayDecision
from adserver.serving.serve_break import ServeBreak
from adserver.vast.fire_trackers import FireTrackers
from adserver.vast.follow_wrappers import FollowWrappers
from adserver.vast.resolve_tags import ResolveTags
from adserver.web import (
    beacons,
    booking,
    campaigns,
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
from server.adapters.redis_attempts import RedisAttempts
from server.chance import macro_values
from server.metrics import AD_EVENTS
from server.pages import read_catalog, written_money
from server.snapshots import Snapshot
from server.wiring.engines import Engines
from server.wiring.geotarget import Geotarget
from server.wiring.media import Media

MEDIA_TIMEOUT_S = 120.0


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
    keep_traces: KeepTraces
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

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """Beacons, the advertisers' API and their pages."""
        return [
            *beacons.routes(self.record_event),
            *campaigns.routes(self.booking),
            *explaining.routes(self.booking.report, read_catalog().translate),
            *corrections.routes(self.booking),
            *coupons.routes(self.couponing),
            *coupon_pages.routes(templates, self.couponing, self.booking.read),
            *crediting.routes(self.booking),
            *delivering.routes(self.booking.delivery),
            *forecasting.routes(self.booking.forecast),
            *invoicing.routes(templates, self.invoicing),
            *replaying.routes(templates, self.replay_decision),
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


def wire_adserver(engines: Engines, media: Media, geotarget: Geotarget) -> Adserver:
    """Build the room."""
    clock, announce = engines.clock, engines.announce
    kept = SqlCampaigns(engines.database, engines.reads)
    ledger = SqlLedger(engines.database, engines.reads)
    budgets, noted = RedisBudgets(engines.redis), NoteDecisions(RedisSaid(engines.redis), clock)
    load = LoadDemand(kept, ledger, geotarget.index, geotarget.areas, clock)
    demand = Snapshot("demand", load)
    asked = LoadFences(lambda: demand().fenced, geotarget.areas, geotarget.index)
    supply = SqlSupply(engines.database, engines.reads)
    counted = NoteSupply(supply)
    traces = RedisTraces(engines.redis, engines.settings.decisions_kept_days)
    keep = KeepTraces(traces, engines.settings.decisions_kept_a_minute)
    forecast = ForecastCampaign(supply, geotarget.index, geotarget.areas, demand, clock)

    given = SqlCoupons(engines.database, engines.reads)
    keys = engines.settings.keys()
    sealer, holders = SivSealer(keys), [SivSealer([key]) for key in keys]

    def count(event: str, outcome: str) -> None:
        AD_EVENTS.labels(event, outcome).inc()

    def booked_anew() -> DemandIndex:
        # A job worker hears of no change.
        geotarget.index.refresh()
        geotarget.areas.refresh()
        return load()

    def note(avail: Avail, served: ServedBreak) -> None:
        noted(avail, served)
        counted(avail, served)

    record_event = RecordEvent(budgets, sealer, clock, count)
    return Adserver(
        engines=engines,
        demand=demand,
        fences=Snapshot("demand", asked, asked.revision),
        campaigns=kept,
        register_advertiser=RegisterAdvertiser(kept, engines.new_id, clock),
        booking=_booking(engines, media, geotarget, kept, ledger, forecast),
        find_places=FindPlaces(geotarget.index),
        find_areas=FindAreas(geotarget.areas),
        serve_break=ServeBreak(
            demand,
            budgets,
            RedisCaps(engines.redis),
            sealer,
            clock,
            chance.roll,
            note,
            refine=_refine(geotarget),
            trace=keep,
        ),
        still_reaches=lambda line_item_id, place_id, here: demand().still_reaches(
            line_item_id, place_id, here
        ),
        record_event=record_event,
        note_fills=NoteFills(budgets, sealer, clock, count),
        note_decisions=noted,
        note_supply=counted,
        keep_traces=keep,
        replay_decision=ReplayDecision(traces),
        supply=supply,
        advance_creatives=AdvanceCreatives(kept, media.assets.find, announce, engines.settings.demo),
        post_ledger=PostLedger(budgets, ledger),
        release_expired=ReleaseExpired(budgets, clock),
        pace_delivery=PaceDelivery(kept, budgets, forecast.known, booked_anew, clock),
        reconcile_budgets=ReconcileBudgets(kept, budgets, ledger, clock),
        invoicing=_invoicing(engines, budgets, ledger),
        audit_books=AuditBooks(SqlBooks(engines.reads), budgets, ledger, clock),
        resolve_tags=_resolve_tags(engines, media),
        fire_trackers=FireTrackers(SqlTags(engines.database), GuardedFetch(), macro_values, clock),
        save_coupon=SaveCoupon(given, record_event, sealer, holders, clock, engines.new_id),
        keep_wallet=KeepWallet(given, holders, clock),
        couponing=Couponing(
            RedeemCoupon(given, budgets, RedisAttempts(engines.redis), sealer, clock),
            ReadCoupons(ReadCampaigns(kept), given, clock),
        ),
    )


def _refine(geotarget: Geotarget) -> Callable[[Avail, list[Candidate]], list[Candidate]]:
    return RefineDetours(geotarget.detours) if geotarget.detours else as_modelled


def _resolve_tags(engines: Engines, media: Media) -> ResolveTags:
    return ResolveTags(
        SqlTags(engines.database),
        FollowWrappers(GuardedFetch(), macro_values),
        GuardedFetch(timeout_s=MEDIA_TIMEOUT_S),
        media.admit_bytes,
        engines.clock,
        engines.announce,
    )


def _booking(
    engines: Engines,
    media: Media,
    geotarget: Geotarget,
    kept: SqlCampaigns,
    ledger: SqlLedger,
    forecast: ForecastCampaign,
) -> Booking:
    clock, new_id, announce = engines.clock, engines.new_id, engines.announce
    places, areas = geotarget.index, geotarget.areas
    budgets, said = RedisBudgets(engines.redis), RedisSaid(engines.redis)
    given = SqlCredits(engines.database, engines.reads)
    return Booking(
        book=BookCampaign(kept, budgets, places, areas, new_id, clock, announce),
        submit=SubmitCreative(
            kept,
            media.admit_upload,
            new_id,
            clock,
            announce,
            engines.settings.demo,
            SqlCoupons(engines.database, engines.reads),
        ),
        change=ChangeCampaign(kept, announce),
        edit=EditCampaign(kept, budgets, places, areas, clock, announce),
        remove=RemoveCampaign(kept, budgets, clock, announce),
        withdraw=WithdrawCreative(kept, announce),
        arrange=ArrangeCreative(kept, announce),
        review=ReviewCreative(kept, announce),
        read=ReadCampaigns(kept),
        report=ReadReport(kept, budgets, ledger, clock, said),
        credit=GiveCredit(kept, given, budgets, ledger, clock, announce),
        delivery=ReadDelivery(kept, ledger, places),
        forecast=forecast,
    )


def _invoicing(engines: Engines, budgets: RedisBudgets, ledger: SqlLedger) -> Invoicing:
    invoices = SqlInvoices(engines.database, engines.reads)
    issuer = engines.settings.invoice_issuer
    return Invoicing(
        IssueInvoices(invoices, budgets, ledger, engines.clock, issuer),
        ReadInvoices(invoices),
        PdfInvoices(read_catalog().translate, written_money),
    )
