"""What was given back, in SQL: with its posting, its audit line, and the order that a make-good raises."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from adserver.adapters import sql_transfers
from adserver.adapters.tables import campaign_audit, campaigns, given_credits, line_item_totals, line_items
from adserver.billing.credit import Credit, CreditKind, Refusal, posting
from adserver.booking.campaign import Campaign


class SqlCredits:
    """Implements :class:`adserver.ports.Credits`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def find(self, campaign_id: str, key: str) -> Credit | None:
        """See the port."""
        with self._reads.connect() as connection:
            return _find(connection, campaign_id, key)

    def of(self, campaign_id: str) -> list[Credit]:
        """See the port."""
        mine = select(given_credits).where(given_credits.c.campaign_id == campaign_id)
        newest_first = mine.order_by(given_credits.c.at_ms.desc(), given_credits.c.key)
        with self._reads.connect() as connection:
            return [_credit(row) for row in connection.execute(newest_first)]

    def give(self, credit: Credit, before: Campaign, after: Campaign) -> Credit | Refusal:
        """See the port."""
        campaign_id = credit.campaign_id
        with self._engine.begin() as connection:
            # Whoever else gives something back for this campaign, or edits it, waits here.
            mine = campaigns.c.campaign_id == campaign_id
            locked = select(campaigns.c.revision).where(mine).with_for_update()
            revision = connection.execute(locked).scalar()
            if (standing := _find(connection, campaign_id, credit.key)) is not None:
                return standing
            if revision is None or (after.revision != before.revision and revision != before.revision):
                return Refusal.CAMPAIGN_CHANGED
            if credit.amount_micros > _charged(connection, credit.line_item_id):
                return Refusal.EXCEEDS_CHARGES
            connection.execute(insert(given_credits).values(msgspec.structs.asdict(credit)))
            if after.revision != before.revision:
                item = line_items.c.line_item_id == credit.line_item_id
                raised = after.line_item.budget_micros
                connection.execute(update(campaigns).where(mine).values(revision=after.revision))
                connection.execute(update(line_items).where(item).values(budget_micros=raised))
            sql_transfers.write(connection, [posting(credit)])
            detail = {"key": credit.key, "amount_micros": credit.amount_micros, "reason": credit.reason}
            audited = {"campaign_id": campaign_id, "actor": credit.actor, "at_ms": credit.at_ms}
            audited |= {"action": credit.kind.value, "detail": msgspec.json.encode(detail).decode()}
            connection.execute(insert(campaign_audit).values(audited))
        return credit


def _charged(connection: Connection, line_item_id: str) -> int:
    """What was charged, less what was given back before."""
    spent = select(line_item_totals.c.spent_micros).where(line_item_totals.c.line_item_id == line_item_id)
    given = select(func.sum(given_credits.c.amount_micros)).where(
        given_credits.c.line_item_id == line_item_id
    )
    return (connection.execute(spent).scalar() or 0) - int(connection.execute(given).scalar() or 0)


def _find(connection: Connection, campaign_id: str, key: str) -> Credit | None:
    wanted = select(given_credits).where(
        given_credits.c.campaign_id == campaign_id, given_credits.c.key == key
    )
    row = connection.execute(wanted).first()
    return _credit(row) if row else None


def _credit(row: Row[Any]) -> Credit:
    values = dict(row._mapping)
    return Credit(**values | {"kind": CreditKind(row.kind)})
