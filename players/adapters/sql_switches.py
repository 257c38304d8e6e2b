"""Switches of driving states in SQL: written in batches, looked through page by page, and forgotten."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, insert, or_, select, true
from sqlalchemy.exc import IntegrityError

from players.adapters.tables import switches, vehicles
from players.feed.switch import Cursor, Evidence, KeptSwitch, Page, Sought, Switch

_SOUGHT = ("vehicle_id", "driving_state", "rule", "cause", "market")
_COLUMNS = (*_SOUGHT, "at_ms", "policy", "source", "session_id")
_EXPIRED_AT_ONCE = 5_000
_at_ms, _id = switches.c.at_ms, switches.c.switch_id


class _Grounds(msgspec.Struct, frozen=True):
    """What is kept as one text, because nobody looks for it."""

    proven: tuple[str, ...]
    signals: dict[str, Evidence]


class SqlSwitches:
    """Implements :class:`players.ports.Switches`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, batch: Sequence[KeptSwitch]) -> int:
        """See the port."""
        try:
            return self._insert(batch)
        except IntegrityError:  # some were written before, when only the answer was lost
            return sum(self._insert_anew(one) for one in batch)

    def _insert(self, batch: Sequence[KeptSwitch]) -> int:
        with self._engine.begin() as connection:
            known = _known(connection, {one.switch.vehicle_id for one in batch})
            rows = [_row(one) for one in batch if one.switch.vehicle_id in known]
            if rows:
                connection.execute(insert(switches), rows)
        return len(rows)

    def _insert_anew(self, one: KeptSwitch) -> int:
        try:
            return self._insert((one,))
        except IntegrityError:
            return 1

    def page(self, sought: Sought, after: Cursor | None, limit: int) -> Page:
        """See the port."""
        query = select(switches).where(_matching(sought), _older(after))
        query = query.order_by(_at_ms.desc(), _id.desc()).limit(limit + 1)
        with self._reads.connect() as connection:
            found = [_kept(row) for row in connection.execute(query)]
        last = found[limit - 1] if len(found) > limit else None
        return Page(tuple(found[:limit]), Cursor(last.switch.at_ms, last.switch_id) if last else None)

    def erase(self, vehicle_id: str) -> int:
        """See the port."""
        with self._engine.begin() as connection:
            return connection.execute(delete(switches).where(switches.c.vehicle_id == vehicle_id)).rowcount

    def expire(self, before_ms: int) -> int:
        """See the port; some at a time, so that nobody waits long for the write lock."""
        gone = select(_id).where(_at_ms < before_ms).limit(_EXPIRED_AT_ONCE)
        total = 0
        while True:
            with self._engine.begin() as connection:
                deleted = connection.execute(delete(switches).where(_id.in_(gone))).rowcount
            total += deleted
            if deleted < _EXPIRED_AT_ONCE:
                return total


def _known(connection: Connection, vehicle_ids: set[str]) -> set[str]:
    """Those that exist, and will until the transaction ends: nothing is kept of a vehicle that is gone."""
    query = select(vehicles.c.vehicle_id).where(vehicles.c.vehicle_id.in_(vehicle_ids))
    return set(connection.execute(query.with_for_update(read=True)).scalars())


def _matching(sought: Sought) -> ColumnElement[bool]:
    given = {name: value for name in _SOUGHT if (value := getattr(sought, name))}
    wanted = [true(), *(switches.c[name] == value for name, value in given.items())]
    if sought.since_ms is not None:
        wanted.append(_at_ms >= sought.since_ms)
    if sought.until_ms is not None:
        wanted.append(_at_ms < sought.until_ms)
    return and_(*wanted)


def _older(after: Cursor | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    return or_(_at_ms < after.at_ms, and_(_at_ms == after.at_ms, _id < after.switch_id))


def _row(one: KeptSwitch) -> dict[str, Any]:
    grounds = _Grounds(one.switch.proven, dict(one.switch.signals))
    columns = {name: getattr(one.switch, name) for name in _COLUMNS}
    return {**columns, "switch_id": one.switch_id, "grounds": msgspec.json.encode(grounds).decode()}


def _kept(row: Row[Any]) -> KeptSwitch:
    grounds = msgspec.json.decode(row.grounds, type=_Grounds)
    columns = {name: getattr(row, name) for name in _COLUMNS}
    return KeptSwitch(row.switch_id, Switch(**columns, proven=grounds.proven, signals=grounds.signals))
