"""The library in SQL."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from content.adapters.sql_audit import write_audit
from content.adapters.tables import programmes
from content.library.audit import AuditEntry
from content.library.programme import Advisory, Category, Credit, Kind, Programme
from content.library.rights import Rights, RightsWindow, Territories

_BATCH = 500


class SqlProgrammes:
    """Implements :class:`content.ports.Programmes`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, programme: Programme) -> Programme:
        """See the port."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(programmes).values(_row(programme)))
        except IntegrityError:
            return self.by_ids({programme.programme_id})[programme.programme_id]
        return programme

    def by_ids(self, programme_ids: Collection[str]) -> Mapping[str, Programme]:
        """See the port."""
        found: dict[str, Programme] = {}
        ids = sorted(programme_ids)
        with self._reads.connect() as connection:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                rows = connection.execute(select(programmes).where(programmes.c.programme_id.in_(batch)))
                found |= {row.programme_id: _programme(row) for row in rows}
        return found

    def newest(self, limit: int) -> list[Programme]:
        """See the port."""
        newest_first = programmes.c.created_ms.desc(), programmes.c.programme_id.desc()
        with self._reads.connect() as connection:
            held = select(programmes).where(programmes.c.withdrawn_ms.is_(None))
            rows = connection.execute(held.order_by(*newest_first).limit(limit))
            return [_programme(row) for row in rows]

    def withdrawn_assets(self) -> set[str]:
        """See the port."""
        gone = select(programmes.c.asset_id).where(programmes.c.withdrawn_ms.is_not(None))
        with self._reads.connect() as connection:
            return set(connection.execute(gone).scalars())

    def awaiting_schedule(self) -> list[Programme]:
        """See the port."""
        waiting = select(programmes).where(programmes.c.schedule_on != "")
        with self._reads.connect() as connection:
            rows = connection.execute(waiting.order_by(programmes.c.created_ms, programmes.c.programme_id))
            return [_programme(row) for row in rows]

    def settle_schedule(self, programme_id: str) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            connection.execute(
                update(programmes).where(programmes.c.programme_id == programme_id).values(schedule_on="")
            )

    def replace(self, programme: Programme, change: AuditEntry) -> bool:
        """See the port."""
        held = programmes.c.programme_id == programme.programme_id, programmes.c.withdrawn_ms.is_(None)
        row = _row(programme)
        if programme.withdrawn_ms is None:
            del row["schedule_on"]  # only a worker, or the withdrawal, settles that
        with self._engine.begin() as connection:
            if connection.execute(update(programmes).where(*held).values(row)).rowcount != 1:
                return False
            write_audit(connection, change)
        return True


def _row(programme: Programme) -> dict[str, Any]:
    rights = programme.rights
    return {
        "programme_id": programme.programme_id,
        "asset_id": programme.asset_id,
        "title": programme.title,
        "synopsis": programme.synopsis,
        "category": programme.category.value,
        "language": programme.language,
        "created_ms": programme.created_ms,
        "schedule_on": programme.schedule_on,
        "kind": programme.kind.value,
        "advisory": programme.advisory.value,
        "for_children": programme.for_children,
        "series_title": programme.series_title,
        "season": programme.season,
        "episode": programme.episode,
        "year": programme.year,
        "credits": msgspec.json.encode(programme.credits).decode(),
        "rights_from_ms": rights.window.from_ms,
        "rights_until_ms": rights.window.until_ms,
        "territories": " ".join(rights.territories.codes),
        "catch_up_days": rights.catch_up_days,
        "withdrawn_ms": programme.withdrawn_ms,
    }


def _programme(row: Row[Any]) -> Programme:
    return Programme(
        programme_id=row.programme_id,
        asset_id=row.asset_id,
        title=row.title,
        synopsis=row.synopsis,
        category=Category(row.category),
        language=row.language,
        created_ms=row.created_ms,
        schedule_on=row.schedule_on,
        withdrawn_ms=row.withdrawn_ms,
        kind=Kind(row.kind),
        advisory=Advisory(row.advisory),
        for_children=row.for_children,
        series_title=row.series_title,
        season=row.season,
        episode=row.episode,
        year=row.year,
        credits=msgspec.json.decode(row.credits, type=tuple[Credit, ...]),
        rights=Rights(
            RightsWindow(row.rights_from_ms, row.rights_until_ms),
            Territories(tuple(row.territories.split())),
            row.catch_up_days,
        ),
    )
