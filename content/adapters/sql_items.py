"""Partner items in SQL."""

from typing import Any

from sqlalchemy import Engine, Row, insert, select
from sqlalchemy.exc import IntegrityError

from content.adapters.tables import partner_items
from content.partner_item import ItemKind, PartnerItem


class SqlPartnerItems:
    """Implements :class:`content.ports.PartnerItems`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, item: PartnerItem) -> PartnerItem:
        """See the port."""
        row = {
            "item_id": item.item_id,
            "partner": item.partner,
            "title": item.title,
            "kind": item.kind.value,
            "asset_id": item.asset_id,
            "created_ms": item.created_ms,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(partner_items).values(row))
        except IntegrityError:
            known = select(partner_items).where(partner_items.c.item_id == item.item_id)
            with self._reads.connect() as connection:
                return _item(connection.execute(known).one())
        return item

    def newest(self, limit: int) -> list[PartnerItem]:
        """See the port."""
        newest_first = partner_items.c.created_ms.desc(), partner_items.c.item_id.desc()
        with self._reads.connect() as connection:
            rows = connection.execute(select(partner_items).order_by(*newest_first).limit(limit))
            return [_item(row) for row in rows]


def _item(row: Row[Any]) -> PartnerItem:
    return PartnerItem(
        item_id=row.item_id,
        partner=row.partner,
        title=row.title,
        kind=ItemKind(row.kind),
        asset_id=row.asset_id,
        created_ms=row.created_ms,
    )
