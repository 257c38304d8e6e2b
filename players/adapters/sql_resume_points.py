"""Resume points in SQL: they outlive sessions by months, and their owner can have them erased."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from players.adapters.tables import resume_points
from players.playback.resume_point import POINTS_LIMIT, ResumePoint

_at_ms = resume_points.c.at_ms


class SqlResumePoints:
    """Implements :class:`players.playback.ports.ResumePoints`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def put(self, point: ResumePoint) -> bool:
        """See the port."""
        try:
            with self._engine.begin() as connection:
                if self._replaced(connection, point):
                    return True
                if connection.execute(select(_at_ms).where(_same(point))).first():
                    return False
                connection.execute(insert(resume_points).values(_row(point)))
                self._thin_out(connection, point.vehicle_id)
                return True
        except IntegrityError:  # another screen of the vehicle was first
            with self._engine.begin() as connection:
                return self._replaced(connection, point)

    def _replaced(self, connection: Connection, point: ResumePoint) -> bool:
        held = _same(point) & (_at_ms <= point.at_ms)
        return bool(connection.execute(update(resume_points).where(held).values(_row(point))).rowcount)

    def _thin_out(self, connection: Connection, vehicle_id: str) -> None:
        """Forget the oldest where a vehicle has too many."""
        own = resume_points.c.vehicle_id == vehicle_id
        last = select(_at_ms).where(own).order_by(_at_ms.desc()).offset(POINTS_LIMIT - 1).limit(1)
        oldest_ms = connection.execute(last).scalar()
        if oldest_ms is not None:
            connection.execute(delete(resume_points).where(own & (_at_ms < oldest_ms)))

    def get(self, vehicle_id: str, content_id: str, since_ms: int) -> ResumePoint | None:
        """See the port."""
        known = _of(vehicle_id, content_id) & (_at_ms >= since_ms)
        with self._reads.connect() as connection:
            row = connection.execute(select(resume_points).where(known)).first()
        return _point(row) if row else None

    def of(self, vehicle_id: str, since_ms: int, limit: int) -> list[ResumePoint]:
        """See the port."""
        own = and_(resume_points.c.vehicle_id == vehicle_id, _at_ms >= since_ms)
        query = select(resume_points).where(own).order_by(_at_ms.desc()).limit(limit)
        with self._reads.connect() as connection:
            return [_point(row) for row in connection.execute(query)]

    def erase(self, vehicle_id: str, content_id: str | None = None) -> int:
        """See the port."""
        gone = _of(vehicle_id, content_id) if content_id else resume_points.c.vehicle_id == vehicle_id
        with self._engine.begin() as connection:
            return connection.execute(delete(resume_points).where(gone)).rowcount

    def expire(self, before_ms: int) -> int:
        """See the port."""
        with self._engine.begin() as connection:
            return connection.execute(delete(resume_points).where(_at_ms < before_ms)).rowcount


def _of(vehicle_id: str, content_id: str) -> ColumnElement[bool]:
    return and_(resume_points.c.vehicle_id == vehicle_id, resume_points.c.content_id == content_id)


def _same(point: ResumePoint) -> ColumnElement[bool]:
    return _of(point.vehicle_id, point.content_id)


def _row(point: ResumePoint) -> dict[str, Any]:
    return {name: getattr(point, name) for name in ResumePoint.__struct_fields__}


def _point(row: Row[Any]) -> ResumePoint:
    return ResumePoint(**row._asdict())
