"""Places in SQL, the same on SQLite and PostgreSQL."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from geotarget.adapters.tables import places as table
from geotarget.place import Category, Place
from geotarget.place_file import fold
from geotarget.ports import Stored

_FETCH = 5_000
# Both dialects write upserts in the same words, but SQLAlchemy has no word common to both.
_INSERT: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class SqlPlaces:
    """Implements ``ports.Places``.

    A digest kept with each place tells which of an import's places differ, so that importing the
    same list again writes nothing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def store(self, places: Sequence[Place], now_ms: int, *, dry_run: bool) -> Stored:
        """See ``ports.Places.store``."""
        rows = [_row(place, now_ms) for place in places]
        with self._engine.begin() as connection:
            known = _digests(connection, {place.source for place in places})
            changed = [row for row in rows if known.get(row["place_id"]) != row["digest"]]
            if changed and not dry_run:
                _upsert(connection, changed)
        updated = sum(row["place_id"] in known for row in changed)
        return Stored(len(changed) - updated, updated, len(rows) - len(changed))

    def each(self) -> Iterator[Place]:
        """See ``ports.Places.each``."""
        with self._engine.connect().execution_options(yield_per=_FETCH) as connection:
            for row in connection.execute(select(table)):
                yield _place(row)

    def counts(self) -> dict[Category, int]:
        """See ``ports.Places.counts``."""
        query = select(table.c.category, func.count()).group_by(table.c.category)
        with self._engine.connect() as connection:
            return {Category(category): count for category, count in connection.execute(query)}

    def search(self, text: str, category: Category | None, offset: int, limit: int) -> list[Place]:
        """See ``ports.Places.search``."""
        query = select(table).order_by(table.c.search_text, table.c.place_id).offset(offset).limit(limit)
        if text.strip():
            query = query.where(table.c.search_text.contains(fold(text), autoescape=True))
        if category is not None:
            query = query.where(table.c.category == category.value)
        with self._engine.connect() as connection:
            return [_place(row) for row in connection.execute(query)]


def _digests(connection: Connection, sources: set[str]) -> dict[str, bytes]:
    query = select(table.c.place_id, table.c.digest).where(table.c.source.in_(sources))
    return {place_id: bytes(digest) for place_id, digest in connection.execute(query)}


def _upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    insert = _INSERT[connection.dialect.name](table)
    replaced = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    connection.execute(insert.on_conflict_do_update(index_elements=[table.c.place_id], set_=replaced), rows)


def _row(place: Place, now_ms: int) -> dict[str, Any]:
    content = {
        "place_id": place.place_id,
        "source": place.source,
        "external_id": place.external_id,
        "name": place.name,
        "brand": place.brand,
        "category": place.category.value,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "attributes": msgspec.json.encode(place.attributes, order="deterministic").decode(),
    }
    return content | {
        "search_text": fold(f"{place.name} {place.brand} {place.attributes.get('city', '')}"),
        "digest": hashlib.blake2b(msgspec.json.encode(content), digest_size=16).digest(),
        "updated_ms": now_ms,
    }


def _place(row: Row[Any]) -> Place:
    return Place(
        place_id=row.place_id,
        source=row.source,
        external_id=row.external_id,
        name=row.name,
        brand=row.brand,
        category=Category(row.category),
        latitude=row.latitude,
        longitude=row.longitude,
        attributes=msgspec.json.decode(row.attributes, type=dict[str, str]),
    )
