"""Vehicles' markets, and their changes, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from players.adapters.tables import market_changes, vehicles
from players.feed.market import MarketChange, governing


class SqlMarkets:
    """Implements :class:`players.ports.Markets`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def governing(self, vehicle_id: str) -> tuple[str, ...]:
        """See the port."""
        return self.governing_each([vehicle_id])[vehicle_id]

    def governing_each(self, vehicle_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The same of each."""
        presently = select(vehicles.c.vehicle_id, vehicles.c.market).where(
            vehicles.c.vehicle_id.in_(vehicle_ids)
        )
        pending = (
            select(market_changes.c.vehicle_id, market_changes.c.before)
            .where(market_changes.c.vehicle_id.in_(vehicle_ids), market_changes.c.settled_ms.is_(None))
            .order_by(market_changes.c.number)
        )
        with self._reads.connect() as connection:
            # First: a change in between then leaves the old market here, and its maker adds the new one.
            present = {row.vehicle_id: row.market for row in connection.execute(presently)}
            found: dict[str, list[str]] = {vehicle_id: [] for vehicle_id in vehicle_ids}
            for vehicle_id, before in connection.execute(pending):
                found[vehicle_id].append(before)
        return {
            vehicle_id: governing((*left, present[vehicle_id])) if present.get(vehicle_id) else ()
            for vehicle_id, left in found.items()
        }

    def move(self, vehicle_id: str, market: str, by: str, now_ms: int) -> MarketChange | None:
        """See the port. Of two that race, the later finds the earlier's market and leaves that."""
        same = vehicles.c.vehicle_id == vehicle_id
        with self._engine.begin() as connection:
            # The write comes first and locks the row.
            if not connection.execute(update(vehicles).where(same).values(label=vehicles.c.label)).rowcount:
                return None
            before = str(_market(connection, vehicle_id))
            change = MarketChange(before, market, by, now_ms)
            if before != market:
                connection.execute(update(vehicles).where(same).values(market=market))
                row = {"vehicle_id": vehicle_id, "at_ms": now_ms, "before": before, "after": market}
                connection.execute(insert(market_changes).values(**row, by_whom=by))
        return change

    def settle(self, vehicle_id: str, market: str, now_ms: int) -> None:
        """See the port."""
        mine = market_changes.c.vehicle_id == vehicle_id
        newest = select(func.max(market_changes.c.number)).where(mine, market_changes.c.after == market)
        pending = (
            update(market_changes)
            .where(mine, market_changes.c.settled_ms.is_(None))
            .where(market_changes.c.number <= newest.scalar_subquery())
        )
        with self._engine.begin() as connection:
            connection.execute(pending.values(settled_ms=now_ms))

    def changes(self, vehicle_id: str, limit: int) -> list[MarketChange]:
        """See the port."""
        query = (
            select(market_changes)
            .where(market_changes.c.vehicle_id == vehicle_id)
            .order_by(market_changes.c.number.desc())
            .limit(limit)
        )
        with self._reads.connect() as connection:
            return [_change(row) for row in connection.execute(query)]


def _market(connection: Connection, vehicle_id: str) -> str | None:
    return connection.execute(
        select(vehicles.c.market).where(vehicles.c.vehicle_id == vehicle_id)
    ).scalar_one_or_none()


def _change(row: Row[Any]) -> MarketChange:
    return MarketChange(row.before, row.after, row.by_whom, row.at_ms, row.settled_ms)
