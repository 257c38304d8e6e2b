"""The books as a whole, in SQL: everything added up, as it stood at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, and_, case, func, literal, or_, select

from adserver.adapters.sql_invoices import covered
from adserver.adapters.tables import (
    fill_events,
    given_credits,
    invoices,
    ledger_transfers,
    line_item_totals,
    line_items,
)
from adserver.billing.audit import Books, Record, Sum
from adserver.billing.ledger import REVENUE, receivable

_CREDITED = select(given_credits.c.line_item_id, func.sum(given_credits.c.amount_micros)).group_by(
    given_credits.c.line_item_id
)

_TOTALS = select(line_item_totals.c.line_item_id, line_item_totals.c.spent_micros)

# Said so that SQLite scans the table once, and does not look every row up in the order of an index: up to ten
# times as fast.
_ITEM_ID = fill_events.c.line_item_id.concat("").label("item_id")


class SqlBooks:
    """Implements :class:`adserver.ports.Books`."""

    def __init__(self, reads: Engine) -> None:
        self._reads = reads

    def line_items(self) -> list[str]:
        """See the port."""
        with self._reads.connect() as connection:
            return list(connection.execute(select(line_items.c.line_item_id)).scalars())

    def read(self) -> Books:
        """See the port."""
        with self._at_one_moment() as connection:
            return Books(
                sums=_sums(connection),
                told=_told(connection),
                unmatched=_unmatched(connection),
                totals={row[0]: int(row[1]) for row in connection.execute(_TOTALS)},
                credited={row[0]: int(row[1]) for row in connection.execute(_CREDITED)},
                invoiced=_invoiced(connection),
                records=tuple(
                    Record(*row)
                    for row in connection.execute(
                        select(line_items.c.line_item_id, line_items.c.budget_micros, line_items.c.ends_ms)
                    )
                ),
            )

    @contextmanager
    def _at_one_moment(self) -> Iterator[Connection]:
        """A transaction that sees none that ends later; on SQLite all of them are so."""
        with self._reads.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            yield connection


def _sums(connection: Connection) -> tuple[Sum, ...]:
    of = ledger_transfers.c
    # What differs most comes first: rows are sorted to be grouped, and few comparisons look further.
    keys = (of.line_item_id, of.debit, of.credit, of.currency)
    rows = connection.execute(select(*keys, func.count(), func.sum(of.amount_micros)).group_by(*keys))
    return tuple(
        Sum(debit, credit, item, currency, int(number), int(micros))
        for item, debit, credit, currency, number, micros in rows
    )


def _told(connection: Connection) -> dict[str, tuple[int, int]]:
    of = fill_events.c
    billed = select(_ITEM_ID, func.count(), func.sum(of.billed_micros)).where(of.billed_micros > 0)
    return {item: (int(n), int(micros)) for item, n, micros in connection.execute(billed.group_by(_ITEM_ID))}


def _unmatched(connection: Connection) -> dict[str, int]:
    told, posted = fill_events.c, ledger_transfers.c
    theirs = and_(posted.event_id == told.fill_id, posted.credit == REVENUE)
    wrong = or_(
        posted.event_id.is_(None),
        posted.amount_micros != told.billed_micros,
        posted.line_item_id != told.line_item_id,
        posted.currency != told.currency,
        posted.debit != literal(receivable("")).concat(told.advertiser_id),
    )
    pairs = fill_events.outerjoin(ledger_transfers, theirs)
    missing = select(_ITEM_ID, func.count()).select_from(pairs).where(told.billed_micros > 0, wrong)
    return {item: int(number) for item, number in connection.execute(missing.group_by(_ITEM_ID))}


def _invoiced(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """Each advertiser's invoices in a currency against the ledger up to the newest of them."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    of, kept = ledger_transfers.c, invoices.c
    newest = select(
        kept.advertiser_id,
        kept.currency,
        func.max(kept.to_ms),
        func.max(kept.last_transfer_id),
        func.sum(kept.total_micros),
    ).group_by(kept.advertiser_id, kept.currency)
    for advertiser_id, currency, to_ms, last_id, said in connection.execute(newest).all():
        account = receivable(advertiser_id)
        signed = case((of.debit == account, of.amount_micros), else_=-of.amount_micros)
        sides = or_(of.debit == account, of.credit == account)
        mine = select(func.sum(signed)).where(sides, of.currency == currency, covered(to_ms, last_id))
        held = int(connection.execute(mine).scalar() or 0)
        found[advertiser_id, currency] = held, int(said)
    return found
