"""Places in SQL, the same on SQLite and PostgreSQL."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Row, func, select, update

from geotarget.adapters import revisions
from geotarget.adapters.tables import places as table
from geotarget.adapters.upserts import upsert
from geotarget.correction import Correction, corrected
from geotarget.place import Category, Place
from geotarget.place_file import fold
from geotarget.ports import KeptPlace, Stored

_T = TypeVar("_T")
_FETCH = 5_000
_WRITTEN_AT_ONCE = 5_000
_NO_CORRECTION = "{}"
# What no import touches.
_BY_HAND = ("corrections", "withdrawn_ms")
_GONE = b""
_OFFERED = table.c.withdrawn_ms.is_(None) & table.c.gone_ms.is_(None)
_TOPIC = "places"


class SqlPlaces:
    """Implements ``ports.Places``.

    A digest kept with each place tells which of an import's places differ, so that importing the
    same list again writes nothing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def store(
        self, places: Sequence[Place], now_ms: int, *, dry_run: bool, gone: Collection[str] = ()
    ) -> Stored:
        """See ``ports.Places.store``."""
        digests = [_digest(place) for place in places]
        with self._engine.begin() as connection:
            known = _known(connection, {place.source for place in places}, gone)
            changed = [
                (place, digest)
                for place, digest in zip(places, digests, strict=True)
                if known.get(place.place_id) != digest
            ]
            # What both the file and its list of what is gone tell of is there.
            left = sorted({one for one in gone if known.get(one)} - {place.place_id for place in places})
            if (changed or left) and not dry_run:
                for part in _parts(changed):
                    corrections = _corrections(connection, [place.place_id for place, _ in part])
                    rows = [_row(place, digest, corrections, now_ms) for place, digest in part]
                    upsert(connection, table, "place_id", rows, kept=_BY_HAND)
                for ids in _parts(left):
                    leave = update(table).where(table.c.place_id.in_(ids))
                    connection.execute(leave.values(gone_ms=now_ms, digest=_GONE, updated_ms=now_ms))
                revisions.raise_number(connection, _TOPIC)
        updated = sum(place.place_id in known for place, _ in changed)
        return Stored(len(changed) - updated, updated, len(places) - len(changed), len(left))

    def each(self) -> Iterator[Place]:
        """See ``ports.Places.each``."""
        with self._engine.connect().execution_options(yield_per=_FETCH) as connection:
            for row in connection.execute(select(table).where(_OFFERED)):
                yield _place(row)

    def counts(self) -> dict[Category, int]:
        """See ``ports.Places.counts``."""
        query = select(table.c.category, func.count()).where(_OFFERED).group_by(table.c.category)
        with self._engine.connect() as connection:
            return {Category(category): count for category, count in connection.execute(query)}

    def search(
        self, text: str, category: Category | None, offset: int, limit: int, *, withdrawn: bool = False
    ) -> list[Place]:
        """See ``ports.Places.search``."""
        query = select(table).where(~_OFFERED if withdrawn else _OFFERED)
        query = query.order_by(table.c.search_text, table.c.place_id).offset(offset).limit(limit)
        if text.strip():
            query = query.where(table.c.search_text.contains(fold(text), autoescape=True))
        if category is not None:
            query = query.where(table.c.category == category.value)
        with self._engine.connect() as connection:
            return [_place(row) for row in connection.execute(query)]

    def get(self, place_id: str) -> KeptPlace | None:
        """See ``ports.Places.get``."""
        with self._engine.connect() as connection:
            row = connection.execute(select(table).where(table.c.place_id == place_id)).one_or_none()
        return None if row is None else _kept(row)

    def correct(
        self, place_id: str, change: Callable[[KeptPlace], KeptPlace], now_ms: int
    ) -> tuple[KeptPlace, KeptPlace] | None:
        """See ``ports.Places.correct``."""
        query = select(table).where(table.c.place_id == place_id).with_for_update()
        with self._engine.begin() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            before = _kept(row)
            after = change(before)
            if after != before:
                kept = msgspec.json.encode(after.correction).decode()
                values = _content(after.place) | {"corrections": kept, "updated_ms": now_ms}
                connection.execute(update(table).where(table.c.place_id == place_id).values(values))
                revisions.raise_number(connection, _TOPIC)
        return before, after

    def withdraw(self, place_id: str, since_ms: int | None) -> None:
        """See ``ports.Places.withdraw``."""
        with self._engine.begin() as connection:
            connection.execute(
                update(table).where(table.c.place_id == place_id).values(withdrawn_ms=since_ms)
            )
            revisions.raise_number(connection, _TOPIC)

    def revision(self) -> int:
        """See ``ports.Places.revision``."""
        with self._engine.connect() as connection:
            return revisions.number(connection, _TOPIC)


def _known(connection: Connection, sources: set[str], gone: Collection[str]) -> dict[str, bytes]:
    """What the lists said of their places when they were last imported; nothing of those that are gone."""
    asked = [(table.c.source, part) for part in _parts(sorted(sources))]
    asked += [(table.c.place_id, part) for part in _parts(sorted(gone))]
    return {
        place_id: bytes(digest)
        for column, part in asked
        for place_id, digest in connection.execute(
            select(table.c.place_id, table.c.digest).where(column.in_(part))
        )
    }


def _corrections(connection: Connection, place_ids: Sequence[str]) -> dict[str, Correction]:
    """What was set right in some places, which nobody sets right until they are written."""
    query = select(table.c.place_id, table.c.corrections).where(table.c.place_id.in_(place_ids))
    found = connection.execute(query.order_by(table.c.place_id).with_for_update())
    return {place_id: _correction(kept) for place_id, kept in found if kept != _NO_CORRECTION}


def _parts(many: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (many[start : start + _WRITTEN_AT_ONCE] for start in range(0, len(many), _WRITTEN_AT_ONCE))


def _correction(kept: str) -> Correction:
    return msgspec.json.decode(kept, type=Correction)


def _digest(place: Place) -> bytes:
    given = {name: value for name, value in _content(place).items() if name != "search_text"}
    return hashlib.blake2b(msgspec.json.encode(given), digest_size=16).digest()


def _row(place: Place, digest: bytes, corrections: dict[str, Correction], now_ms: int) -> dict[str, Any]:
    """What the list says, with what was set right by hand."""
    correction = corrections.get(place.place_id)
    content = _content(corrected(place, correction) if correction else place)
    return content | {"digest": digest, "updated_ms": now_ms, "gone_ms": None}


def _content(place: Place) -> dict[str, Any]:
    return {
        "place_id": place.place_id,
        "source": place.source,
        "external_id": place.external_id,
        "name": place.name,
        "brand": place.brand,
        "category": place.category.value,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "attributes": msgspec.json.encode(place.attributes, order="deterministic").decode(),
        "search_text": fold(f"{place.name} {place.brand} {place.attributes.get('city', '')}"),
    }


def _kept(row: Row[Any]) -> KeptPlace:
    withdrawn, gone = row.withdrawn_ms is not None, row.gone_ms is not None
    return KeptPlace(_place(row), _correction(row.corrections), withdrawn, gone)


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
