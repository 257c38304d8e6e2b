"""An operator issues the invoices of a month."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.invoice import Invoice, check_over, month_of
from adserver.billing.post_ledger import PostLedger
from adserver.booking.advertiser import Advertiser
from adserver.ports import Budgets, Invoices, Ledger
from kernel.clock import Clock


@dataclass(frozen=True)
class IssueInvoices:
    """One for each advertiser and currency in which something was charged or given back, each on its own.

    Args:
        issuer: who issues them, in lines.
    """

    invoices: Invoices
    budgets: Budgets
    ledger: Ledger
    clock: Clock
    issuer: Sequence[str]

    async def __call__(self, month: str, *, actor: str) -> list[Invoice]:
        """All invoices of the month by their numbers; those that stood are among them, unchanged.

        Raises:
            Invalid: ``month-malformed``.
            Conflict: ``month-not-over`` somewhere.
        """
        now_ms = self.clock.now_ms()
        advertisers = await asyncio.to_thread(self.invoices.advertisers)
        for timezone in {advertiser.timezone for advertiser in advertisers} or {"UTC"}:
            check_over(month_of(month, timezone)[1], now_ms)
        # What has happened in the month, and was told, is in the ledger before it is added up.
        await PostLedger(self.budgets, self.ledger)()
        issued: list[Invoice] = []
        for advertiser in advertisers:
            issued += await asyncio.to_thread(self._issue, advertiser, month, now_ms, actor)
        return sorted(issued, key=lambda invoice: invoice.number)

    def _issue(self, advertiser: Advertiser, month: str, now_ms: int, actor: str) -> list[Invoice]:
        from_ms, to_ms = month_of(month, advertiser.timezone)
        drafts = [
            Invoice(
                number=0,
                advertiser_id=advertiser.advertiser_id,
                advertiser=advertiser.name,
                month=month,
                timezone=advertiser.timezone,
                currency=currency,
                from_ms=from_ms,
                to_ms=to_ms,
                last_transfer_id=0,
                issued_ms=now_ms,
                issued_by=actor,
                issuer=tuple(self.issuer),
                lines=(),
            )
            for currency in self.invoices.currencies(advertiser.advertiser_id)
        ]
        found = [self.invoices.issue(draft) for draft in drafts]
        return [invoice for invoice in found if invoice is not None]
