"""The whole ledger is added up, and held against all that says the same; each hour, or as asked."""

import asyncio
from dataclasses import dataclass

from adserver.billing.audit import Audit, Books, Finding, audit, holdings
from adserver.billing.post_ledger import PostLedger
from adserver.ports import Books as BooksPort
from adserver.ports import Budgets, Ledger
from kernel.clock import Clock


@dataclass(frozen=True)
class AuditBooks:
    """Proves ledger = what was told = totals = records = counters; it posts what is outstanding, no more.

    It runs while others book, count and post. Records are read at one moment, counters before and after it;
    what looks wrong is looked at a second time, since an edit may have been half-way.
    """

    books: BooksPort
    budgets: Budgets
    ledger: Ledger
    clock: Clock

    async def __call__(self) -> Audit:
        """What was found, after what is outstanding was posted."""
        books, findings = await self._look()
        if findings:
            books, again = await self._look()
            same = {(one.subject, one.fault) for one in findings}
            findings = tuple(one for one in again if (one.subject, one.fault) in same)
        return Audit(
            at_ms=self.clock.now_ms(),
            transfers=sum(one.transfers for one in books.sums),
            line_items=len(books.records),
            holdings=holdings(books.sums),
            findings=findings,
        )

    async def _look(self) -> tuple[Books, tuple[Finding, ...]]:
        item_ids = await asyncio.to_thread(self.books.line_items)
        before = await self.budgets.balances(item_ids)
        await PostLedger(self.budgets, self.ledger)()
        books = await asyncio.to_thread(self.books.read)
        after = await self.budgets.balances([record.line_item_id for record in books.records])
        return books, audit(books, before, after, self.clock.now_ms())
