"""What advertisers do: booking, coupons and invoices, on their engines."""

from dataclasses import dataclass
from typing import Self

from adserver.adapters.pdf_invoices import PdfInvoices
from adserver.adapters.redis_budgets import RedisBudgets
from adserver.adapters.redis_said import RedisSaid
from adserver.adapters.siv_sealer import SivSealer
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_coupons import SqlCoupons
from adserver.adapters.sql_credits import SqlCredits
from adserver.adapters.sql_invoices import SqlInvoices
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.sql_supply import SqlSupply
from adserver.billing.give_credit import GiveCredit
from adserver.billing.issue_invoices import IssueInvoices
from adserver.billing.keep_bill_to import KeepBillTo
from adserver.billing.read_delivery import ReadDelivery
from adserver.billing.read_invoices import ReadInvoices
from adserver.billing.read_report import ReadReport
from adserver.billing.record_event import RecordEvent
from adserver.billing.tax import Issuer
from adserver.booking.arrange_creative import ArrangeCreative
from adserver.booking.book_campaign import BookCampaign
from adserver.booking.cap_advertiser import CapAdvertiser
from adserver.booking.change_campaign import ChangeCampaign
from adserver.booking.edit_campaign import EditCampaign
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.read_campaigns import ReadCampaigns
from adserver.booking.remove_campaign import RemoveCampaign
from adserver.booking.review_creative import ReviewCreative
from adserver.booking.submit_creative import SubmitCreative
from adserver.booking.withdraw_creative import WithdrawCreative
from adserver.coupons.keep_wallet import KeepWallet
from adserver.coupons.read_coupons import ReadCoupons
from adserver.coupons.redeem_coupon import RedeemCoupon
from adserver.coupons.save_coupon import SaveCoupon
from adserver.coupons.tell_counters import TellCounters
from adserver.web.campaigns import Booking
from adserver.web.coupons import Couponing
from adserver.web.invoicing import Invoicing
from server.adapters.redis_attempts import RedisAttempts
from server.pages import read_catalog, written_money
from server.wiring.engines import Engines
from server.wiring.geotarget import Geotarget
from server.wiring.media import Media


@dataclass(frozen=True)
class Kept:
    """Where the room keeps what it knows, and what seals what leaves it."""

    campaigns: SqlCampaigns
    ledger: SqlLedger
    budgets: RedisBudgets
    coupons: SqlCoupons
    supply: SqlSupply
    sealer: SivSealer

    @classmethod
    def by(cls, engines: Engines) -> Self:
        """On these engines."""
        on = engines.database, engines.reads
        sealer = SivSealer(engines.settings.keys())
        budgets = RedisBudgets(engines.redis)
        return cls(SqlCampaigns(*on), SqlLedger(*on), budgets, SqlCoupons(*on), SqlSupply(*on), sealer)


def wire_coupons(
    engines: Engines, kept: Kept, record_event: RecordEvent
) -> tuple[SaveCoupon, KeepWallet, Couponing]:
    """How coupons are saved, kept in wallets, and redeemed."""
    given, sealer, clock = kept.coupons, kept.sealer, engines.clock
    keys = engines.settings.keys()
    holders = [SivSealer([key]) for key in keys]
    tell = TellCounters(given, kept.budgets, sealer, clock)
    redeem = RedeemCoupon(given, tell, RedisAttempts(engines.redis), clock)
    return (
        SaveCoupon(
            given, kept.budgets, record_event, tell, engines.announce, sealer, holders, clock, engines.new_id
        ),
        KeepWallet(given, holders, clock),
        Couponing(redeem, ReadCoupons(ReadCampaigns(kept.campaigns), given, clock)),
    )


def wire_booking(
    engines: Engines,
    media: Media,
    geotarget: Geotarget,
    all_kept: Kept,
    forecast: ForecastCampaign,
) -> Booking:
    """All that an advertiser asks for."""
    clock, new_id, announce = engines.clock, engines.new_id, engines.announce
    places, areas, said = geotarget.index, geotarget.areas, RedisSaid(engines.redis)
    kept, ledger, budgets = all_kept.campaigns, all_kept.ledger, all_kept.budgets
    exchange = engines.settings.exchange
    given = SqlCredits(engines.database, engines.reads)
    return Booking(
        book=BookCampaign(kept, budgets, places, areas, new_id, clock, announce, exchange),
        submit=SubmitCreative(kept, media.admit_upload, new_id, clock, announce, engines.settings.demo),
        change=ChangeCampaign(kept, announce),
        edit=EditCampaign(kept, budgets, places, areas, clock, announce, exchange),
        remove=RemoveCampaign(kept, budgets, clock, announce),
        withdraw=WithdrawCreative(kept, announce),
        arrange=ArrangeCreative(kept, announce),
        review=ReviewCreative(kept, announce),
        read=ReadCampaigns(kept),
        report=ReadReport(kept, budgets, ledger, clock, said),
        credit=GiveCredit(kept, given, budgets, ledger, clock, announce),
        delivery=ReadDelivery(kept, ledger, places),
        forecast=forecast,
        cap=CapAdvertiser(kept, announce),
    )


def wire_invoicing(engines: Engines, kept: Kept) -> Invoicing:
    """Invoices, and their print."""
    invoices = SqlInvoices(engines.database, engines.reads)
    said = engines.settings
    issuer = Issuer(said.invoice_issuer, said.invoice_vat_id, dict(said.invoice_tax_rates))
    return Invoicing(
        IssueInvoices(invoices, kept.budgets, kept.ledger, engines.clock, issuer),
        ReadInvoices(invoices),
        KeepBillTo(kept.campaigns, invoices),
        PdfInvoices(read_catalog().translate, written_money),
    )
