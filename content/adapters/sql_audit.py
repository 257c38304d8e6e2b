"""The audit trail in SQL."""

import msgspec
from sqlalchemy import Connection, Engine, insert, select

from content.adapters.tables import content_audit
from content.library.audit import AuditEntry


class SqlAudit:
    """Implements :class:`content.ports.Audit`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def record(self, entry: AuditEntry) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            write_audit(connection, entry)

    def of(self, subject: str, limit: int) -> list[AuditEntry]:
        """See the port."""
        newest_first = (
            select(content_audit)
            .where(content_audit.c.subject == subject)
            .order_by(content_audit.c.number.desc())
            .limit(limit)
        )
        with self._reads.connect() as connection:
            return [
                AuditEntry(row.actor, row.at_ms, row.action, row.subject, msgspec.json.decode(row.detail))
                for row in connection.execute(newest_first)
            ]


def write_audit(connection: Connection, entry: AuditEntry) -> None:
    """Keep ``entry`` in the transaction of the change that it tells of."""
    connection.execute(
        insert(content_audit).values(
            actor=entry.actor,
            at_ms=entry.at_ms,
            action=entry.action,
            subject=entry.subject,
            detail=msgspec.json.encode(entry.detail).decode(),
        )
    )
