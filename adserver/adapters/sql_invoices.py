"""Invoices in SQL: each is added up and numbered in the one transaction that keeps it."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, and_, case, func, insert, not_, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from adserver.adapters.sql_campaigns import advertiser_of
from adserver.adapters.tables import advertisers, bill_to, campaigns, invoices, ledger_transfers, line_items
from adserver.billing.invoice import Invoice, InvoiceLine, LineKind
from adserver.billing.ledger import MAKE_GOOD, REFUND, receivable
from adserver.billing.tax import BillTo
from adserver.booking.advertiser import Advertiser

_KINDS = {MAKE_GOOD: LineKind.MAKE_GOOD, REFUND: LineKind.REFUND}


class SqlInvoices:
    """Implements :class:`adserver.ports.Invoices`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def advertisers(self) -> list[Advertiser]:
        """See the port."""
        in_order = select(advertisers).order_by(advertisers.c.created_ms, advertisers.c.advertiser_id)
        with self._reads.connect() as connection:
            return [advertiser_of(row) for row in connection.execute(in_order)]

    def currencies(self, advertiser_id: str) -> list[str]:
        """See the port."""
        booked = select(line_items.c.currency).where(line_items.c.advertiser_id == advertiser_id).distinct()
        with self._reads.connect() as connection:
            return sorted(connection.execute(booked).scalars())

    def bill_to(self, advertiser_id: str) -> BillTo:
        """See the port."""
        wanted = select(bill_to.c.content).where(bill_to.c.advertiser_id == advertiser_id)
        with self._reads.connect() as connection:
            content = connection.execute(wanted).scalar()
        return msgspec.json.decode(content, type=BillTo) if content else BillTo()

    def write_bill_to(self, advertiser_id: str, kept: BillTo) -> None:
        """See the port."""
        content = msgspec.json.encode(kept).decode()
        with self._engine.begin() as connection:
            inserter = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            written = inserter(bill_to).values(advertiser_id=advertiser_id, content=content)
            anew = {"content": written.excluded.content}
            connection.execute(written.on_conflict_do_update(index_elements=["advertiser_id"], set_=anew))

    def get(self, number: int) -> Invoice | None:
        """See the port."""
        with self._reads.connect() as connection:
            wanted = select(invoices.c.content).where(invoices.c.number == number)
            content = connection.execute(wanted).scalar()
        return _read(content) if content else None

    def newest(self, advertiser_id: str | None, limit: int) -> list[Invoice]:
        """See the port."""
        wanted = select(invoices.c.content).order_by(invoices.c.number.desc()).limit(limit)
        if advertiser_id is not None:
            wanted = wanted.where(invoices.c.advertiser_id == advertiser_id)
        with self._reads.connect() as connection:
            return [_read(content) for content in connection.execute(wanted).scalars()]

    def issue(self, draft: Invoice) -> Invoice | None:
        """See the port."""
        whose = and_(invoices.c.advertiser_id == draft.advertiser_id, invoices.c.currency == draft.currency)
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Numbers follow each other; and nothing is posted meanwhile that would bear an older id.
                connection.execute(text("LOCK TABLE invoices IN EXCLUSIVE MODE"))
                connection.execute(text("LOCK TABLE ledger_transfers IN SHARE MODE"))
            standing = select(invoices.c.content).where(whose, invoices.c.month == draft.month)
            if (content := connection.execute(standing).scalar()) is not None:
                return _read(content)
            before = connection.execute(
                select(invoices).where(whose).order_by(invoices.c.month.desc()).limit(1)
            ).first()
            if before is not None and before.month > draft.month:
                return None  # what is told of it from now on is in a later one
            newest = connection.execute(select(func.max(ledger_transfers.c.transfer_id))).scalar() or 0
            mine = covered(draft.to_ms, newest)
            if before is not None:
                mine = and_(mine, not_(covered(before.to_ms, before.last_transfer_id)))
            lines = _lines(connection, draft, mine)
            if not lines:
                return None
            number = (connection.execute(select(func.max(invoices.c.number))).scalar() or 0) + 1
            issued = draft.issued(number, newest, lines, _corrected(connection, whose, lines))
            connection.execute(insert(invoices).values(_row(issued)))
        return issued


def _corrected(
    connection: Connection, whose: ColumnElement[bool], lines: tuple[InvoiceLine, ...]
) -> tuple[int, ...]:
    """The invoices that charged what is given back now."""
    given = {line.campaign_id for line in lines if line.kind is not LineKind.DELIVERY}
    if not given:
        return ()
    before = select(invoices.c.content).where(whose).order_by(invoices.c.number)
    issued = [_read(content) for content in connection.execute(before).scalars()]
    return tuple(
        one.number
        for one in issued
        if any(line.kind is LineKind.DELIVERY and line.campaign_id in given for line in one.lines)
    )


def covered(to_ms: int, last_transfer_id: int) -> ColumnElement[bool]:
    """What an invoice and those before it hold together: all until its month's end that was there by then."""
    of = ledger_transfers.c
    return and_(of.at_ms < to_ms, of.transfer_id <= last_transfer_id)


def _lines(connection: Connection, draft: Invoice, mine: ColumnElement[bool]) -> tuple[InvoiceLine, ...]:
    of, account = ledger_transfers.c, receivable(draft.advertiser_id)
    late = case((of.at_ms < draft.from_ms, 1), else_=0).label("late")
    other = case((of.debit == account, of.credit), else_=of.debit).label("other")
    signed = case((of.debit == account, of.amount_micros), else_=-of.amount_micros)
    summed = (
        select(of.line_item_id, late, other, func.count(), func.sum(signed))
        .where(or_(of.debit == account, of.credit == account), of.currency == draft.currency, mine)
        .group_by(of.line_item_id, late, other)
        .order_by(of.line_item_id, late, other)
    )
    rows = connection.execute(summed).all()
    items = {row.line_item_id for row in rows}
    joined = line_items.join(campaigns, campaigns.c.campaign_id == line_items.c.campaign_id)
    named = select(line_items.c.line_item_id, campaigns.c.campaign_id, campaigns.c.name).select_from(joined)
    whose = line_items.c.advertiser_id == draft.advertiser_id
    names = {row[0]: row[1:] for row in connection.execute(named.where(whose)) if row[0] in items}
    lines = (
        InvoiceLine(
            campaign_id=names.get(item, (item, ""))[0],
            campaign=names.get(item, (item, ""))[1],
            kind=_KINDS.get(other, LineKind.DELIVERY),
            number=number,
            amount_micros=int(micros),
            late=bool(late),
        )
        for item, late, other, number, micros in rows
    )
    # What was delivered comes before what was given back of it.
    return tuple(sorted(lines, key=lambda line: (line.campaign, line.campaign_id, line.late, line.kind)))


def _row(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "advertiser_id": invoice.advertiser_id,
        "currency": invoice.currency,
        "month": invoice.month,
        "to_ms": invoice.to_ms,
        "last_transfer_id": invoice.last_transfer_id,
        "total_micros": invoice.total_micros,
        "issued_ms": invoice.issued_ms,
        "content": msgspec.json.encode(invoice).decode(),
    }


def _read(content: str) -> Invoice:
    return msgspec.json.decode(content, type=Invoice)
