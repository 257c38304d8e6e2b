"""Areas in SQL, the same on SQLite and PostgreSQL."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, delete, select

from geotarget.adapters import revisions
from geotarget.adapters.tables import areas as table
from geotarget.adapters.upserts import upsert
from geotarget.area import Area, Shape
from geotarget.place_file import fold
from geotarget.ports import AreaRow, Stored

_FETCH = 200
_TOPIC = "areas"
_SHAPE = msgspec.json.Decoder(Shape)


class SqlAreas:
    """Implements ``ports.Areas``; a digest kept with each area tells which of an import's differ."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def store(self, areas: Sequence[Area], now_ms: int, *, dry_run: bool) -> Stored:
        """See ``ports.Areas.store``."""
        rows = [_row(area, now_ms) for area in areas]
        sources = {area.source for area in areas}
        with self._engine.begin() as connection:
            query = select(table.c.area_id, table.c.digest).where(table.c.source.in_(sources))
            known = {area_id: bytes(digest) for area_id, digest in connection.execute(query)}
            changed = [row for row in rows if known.get(row["area_id"]) != row["digest"]]
            if changed and not dry_run:
                upsert(connection, table, "area_id", changed)
                revisions.raise_number(connection, _TOPIC)
        updated = sum(row["area_id"] in known for row in changed)
        return Stored(len(changed) - updated, updated, len(rows) - len(changed))

    def each(self) -> Iterator[Area]:
        """See ``ports.Areas.each``."""
        with self._engine.connect().execution_options(yield_per=_FETCH) as connection:
            for row in connection.execute(select(table)):
                yield _area(row)

    def search(self, text: str, offset: int, limit: int) -> list[AreaRow]:
        """See ``ports.Areas.search``."""
        c = table.c
        query = select(c.area_id, c.source, c.external_id, c.name, c.kind)
        query = query.order_by(c.search_text, c.area_id).offset(offset).limit(limit)
        if text.strip():
            query = query.where(c.search_text.contains(fold(text), autoescape=True))
        with self._engine.connect() as connection:
            return [AreaRow(*row) for row in connection.execute(query)]

    def get(self, area_id: str) -> Area | None:
        """See ``ports.Areas.get``."""
        with self._engine.connect() as connection:
            row = connection.execute(select(table).where(table.c.area_id == area_id)).one_or_none()
        return None if row is None else _area(row)

    def remove(self, area_id: str) -> bool:
        """See ``ports.Areas.remove``."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(table).where(table.c.area_id == area_id)).rowcount == 1
            if gone:
                revisions.raise_number(connection, _TOPIC)
        return gone

    def revision(self) -> int:
        """See ``ports.Areas.revision``."""
        with self._engine.connect() as connection:
            return revisions.number(connection, _TOPIC)


def _row(area: Area, now_ms: int) -> dict[str, Any]:
    shape = msgspec.json.encode(area.shape)
    return {
        "area_id": area.area_id,
        "source": area.source,
        "external_id": area.external_id,
        "name": area.name,
        "kind": area.kind,
        "shape": shape.decode(),
        "search_text": fold(area.name),
        "digest": hashlib.blake2b(area.name.encode() + b"\0" + shape, digest_size=16).digest(),
        "updated_ms": now_ms,
    }


def _area(row: Row[Any]) -> Area:
    return Area(row.area_id, row.source, row.external_id, row.name, _SHAPE.decode(row.shape))
