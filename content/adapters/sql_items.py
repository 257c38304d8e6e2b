"""Partner items in SQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from content.adapters.sql_audit import write_audit
from content.adapters.tables import partner_items
from content.library.audit import AuditEntry
from content.library.partner_item import ItemKind, PartnerItem


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
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(partner_items).values(_row(item)))
        except IntegrityError:
            return self.get(item.item_id) or item
        return item

    def newest(self, limit: int) -> list[PartnerItem]:
        """See the port."""
        newest_first = partner_items.c.created_ms.desc(), partner_items.c.item_id.desc()
        with self._reads.connect() as connection:
            held = select(partner_items).where(partner_items.c.withdrawn_ms.is_(None))
            rows = connection.execute(held.order_by(*newest_first).limit(limit))
            return [_item(row) for row in rows]

    def get(self, item_id: str) -> PartnerItem | None:
        """See the port."""
        known = select(partner_items).where(partner_items.c.item_id == item_id)
        with self._reads.connect() as connection:
            row = connection.execute(known).one_or_none()
        return None if row is None else _item(row)

    def offered(self) -> int:
        """See the port."""
        held = select(func.count()).where(partner_items.c.withdrawn_ms.is_(None))
        with self._reads.connect() as connection:
            return connection.execute(held).scalar_one()

    def withdrawn(self) -> Mapping[str, str]:
        """See the port."""
        named = select(partner_items.c.item_id, partner_items.c.asset_id)
        gone = named.where(partner_items.c.withdrawn_ms.is_not(None))
        with self._reads.connect() as connection:
            return {row.item_id: row.asset_id for row in connection.execute(gone)}

    def replace(self, item: PartnerItem, change: AuditEntry) -> bool:
        """See the port."""
        held = partner_items.c.item_id == item.item_id, partner_items.c.withdrawn_ms.is_(None)
        with self._engine.begin() as connection:
            if connection.execute(update(partner_items).where(*held).values(_row(item))).rowcount != 1:
                return False
            write_audit(connection, change)
        return True


def _row(item: PartnerItem) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "partner": item.partner,
        "title": item.title,
        "kind": item.kind.value,
        "asset_id": item.asset_id,
        "created_ms": item.created_ms,
        "for_children": item.for_children,
        "withdrawn_ms": item.withdrawn_ms,
    }


def _item(row: Row[Any]) -> PartnerItem:
    return PartnerItem(
        item_id=row.item_id,
        partner=row.partner,
        title=row.title,
        kind=ItemKind(row.kind),
        asset_id=row.asset_id,
        created_ms=row.created_ms,
        for_children=row.for_children,
        withdrawn_ms=row.withdrawn_ms,
    )
