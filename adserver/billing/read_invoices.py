"""Invoices are read by their advertiser, or by an operator."""

from dataclasses import dataclass

from adserver.billing.invoice import Invoice, unknown_invoice
from adserver.ports import Invoices

NEWEST = 200


@dataclass(frozen=True)
class ReadInvoices:
    """Reads as an advertiser, or as an operator (None), who sees all."""

    invoices: Invoices

    def one(self, advertiser_id: str | None, number: int) -> Invoice:
        """An invoice by its number.

        Raises:
            NotFound: ``invoice-unknown``, also for one of another advertiser.
        """
        found = self.invoices.get(number)
        if found is None or advertiser_id not in {None, found.advertiser_id}:
            raise unknown_invoice()
        return found

    def newest(self, advertiser_id: str | None) -> list[Invoice]:
        """The newest 200."""
        return self.invoices.newest(advertiser_id, NEWEST)
