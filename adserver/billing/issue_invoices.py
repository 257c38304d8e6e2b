"""An operator issues the invoices of a month."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.invoice import Invoice, check_over, month_of
from adserver.billing.post_ledger import PostLedger
from adserver.billing.tax import Issuer, tax_for
from adserver.booking.advertiser import Advertiser
from adserver.ports import Budgets, Invoices, Ledger
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class IssueInvoices:
    """One for each advertiser and currency in which something was charged or given back, each on its own.

    Args:
        issuer: who issues them, and by what rates of tax.
    """

    invoices: Invoices
    budgets: Budgets
    ledger: Ledger
    clock: Clock
    issuer: Issuer

    async def __call__(self, month: str, *, actor: str) -> list[Invoice]:
        """All invoices of the month by their numbers; those that stood are among them, unchanged.

        Raises:
            Invalid: ``month-malformed``.
            Conflict: ``month-not-over`` somewhere, or ``tax-rate-missing``; none is issued then.
        """
        now_ms = self.clock.now_ms()
        advertisers = await asyncio.to_thread(self.invoices.advertisers)
        for timezone in {advertiser.timezone for advertiser in advertisers} or {"UTC"}:
            check_over(month_of(month, timezone)[1], now_ms)
        drafts = await asyncio.to_thread(self._drafts, advertisers, month, now_ms, actor)
        # What has happened in the month, and was told, is in the ledger before it is added up.
        await PostLedger(self.budgets, self.ledger)()
        issued: list[Invoice] = []
        for draft in drafts:
            found = await asyncio.to_thread(self.invoices.issue, draft)
            issued += [found] if found is not None else []
        return sorted(issued, key=lambda invoice: invoice.number)

    def _drafts(
        self, advertisers: Sequence[Advertiser], month: str, now_ms: int, actor: str
    ) -> list[Invoice]:
        return [draft for one in advertisers for draft in self._of(one, month, now_ms, actor)]

    def _of(self, advertiser: Advertiser, month: str, now_ms: int, actor: str) -> list[Invoice]:
        currencies = self.invoices.currencies(advertiser.advertiser_id)
        if not currencies:
            return []
        from_ms, to_ms = month_of(month, advertiser.timezone)
        bill_to, name = self.invoices.bill_to(advertiser.advertiser_id), advertiser.name
        try:
            tax = tax_for(self.issuer, bill_to)
        except Conflict as missing:
            raise Conflict(missing.code, f"{name}: {missing.detail}", fix=missing.fix) from None
        return [
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
                issuer=self.issuer.lines,
                lines=(),
                billed_to=(
                    bill_to.name or name,
                    *bill_to.address,
                    *([bill_to.country] if bill_to.country else []),
                ),
                issuer_vat_id=self.issuer.vat_id,
                vat_id=bill_to.vat_id,
                tax=tax,
            )
            for currency in currencies
        ]
