"""Whom an advertiser's invoices name is written by an operator, and read by both."""

from dataclasses import dataclass

from adserver.billing.tax import BillTo, check
from adserver.booking.advertiser import Advertiser
from adserver.ports import Campaigns, Invoices
from kernel.errors import NotFound


@dataclass(frozen=True)
class KeepBillTo:
    """What is written holds for invoices that are issued from then on."""

    campaigns: Campaigns
    invoices: Invoices

    def all(self) -> list[tuple[Advertiser, BillTo]]:
        """Every advertiser, the oldest first."""
        return [(one, self.invoices.bill_to(one.advertiser_id)) for one in self.invoices.advertisers()]

    def one(self, advertiser_id: str) -> tuple[Advertiser, BillTo]:
        """One advertiser.

        Raises:
            NotFound: ``advertiser-unknown``.
        """
        advertiser = self.campaigns.advertiser(advertiser_id)
        if advertiser is None:
            fix = "Open it from the list of invoices."
            raise NotFound("advertiser-unknown", "There is no such advertiser.", fix=fix)
        return advertiser, self.invoices.bill_to(advertiser_id)

    def write(self, advertiser_id: str, wanted: BillTo) -> BillTo:
        """What stands from now on.

        Raises:
            NotFound: ``advertiser-unknown``.
            Invalid: see :func:`adserver.billing.tax.check`.
        """
        self.one(advertiser_id)
        kept = check(wanted)
        self.invoices.write_bill_to(advertiser_id, kept)
        return kept
