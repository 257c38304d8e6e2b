"""Channels and the versions of their schedules in SQL."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from content.adapters.tables import channels, schedule_entries, schedule_versions
from content.channels.channel import Channel
from content.channels.schedule import PlacedEntry, ScheduleVersion
from media.timeline import SlotKind


class SqlChannels:
    """Implements :class:`content.ports.Channels`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, channel: Channel, first: ScheduleVersion) -> bool:
        """See the port."""
        row = {
            "channel_id": channel.channel_id,
            "slug": channel.slug,
            "name": channel.name,
            "created_ms": channel.created_ms,
            "schedule_version": first.number,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(channels).values(row))
                _write(connection, channel.channel_id, first)
        except IntegrityError:
            return False
        return True

    def all(self) -> list[Channel]:
        """See the port."""
        oldest_first = select(channels).order_by(channels.c.created_ms, channels.c.channel_id)
        with self._reads.connect() as connection:
            return [_channel(row) for row in connection.execute(oldest_first)]

    def get(self, channel_id: str) -> Channel | None:
        """See the port."""
        with self._reads.connect() as connection:
            row = connection.execute(select(channels).where(channels.c.channel_id == channel_id)).first()
        return _channel(row) if row else None

    def versions(self, channel_id: str) -> list[ScheduleVersion]:
        """See the port."""
        heads = select(schedule_versions).where(schedule_versions.c.channel_id == channel_id)
        entries = select(schedule_entries).where(schedule_entries.c.channel_id == channel_id)
        placed: dict[int, list[PlacedEntry]] = {}
        with self._reads.connect() as connection:
            rows = connection.execute(heads.order_by(schedule_versions.c.number)).all()
            for entry in connection.execute(entries.order_by(schedule_entries.c.ordinal)):
                placed.setdefault(entry.number, []).append(_placed(entry))
        return [
            ScheduleVersion(
                number=row.number,
                from_position=row.from_position,
                entries=tuple(placed.get(row.number, ())),
                saved_by=row.saved_by,
                saved_ms=row.saved_ms,
                first=row.first,
            )
            for row in rows
        ]

    def replace_versions(self, channel_id: str, expected: int, versions: Collection[ScheduleVersion]) -> bool:
        """See the port. The channel's own number is the lock: only one save can raise it."""
        numbers = {version.number for version in versions}
        with self._engine.begin() as connection:
            raised = connection.execute(
                update(channels)
                .where(channels.c.channel_id == channel_id, channels.c.schedule_version == expected)
                .values(schedule_version=max(numbers))
            )
            if raised.rowcount != 1:
                return False
            held = select(schedule_versions.c.number).where(schedule_versions.c.channel_id == channel_id)
            known = set(connection.execute(held).scalars())
            _erase(connection, channel_id, known - numbers)
            for version in versions:
                if version.number not in known:
                    _write(connection, channel_id, version)
        return True


def _write(connection: Connection, channel_id: str, version: ScheduleVersion) -> None:
    connection.execute(
        insert(schedule_versions).values(
            channel_id=channel_id,
            number=version.number,
            from_position=version.from_position,
            saved_by=version.saved_by,
            saved_ms=version.saved_ms,
            first=version.first,
        )
    )
    rows = [
        {
            "channel_id": channel_id,
            "number": version.number,
            "ordinal": ordinal,
            "kind": entry.kind.value,
            "asset_id": entry.asset_id,
            "segments": entry.segments,
            "asset_segments": entry.asset_segments,
            "programme_id": entry.programme_id,
        }
        for ordinal, entry in enumerate(version.entries)
    ]
    if rows:
        connection.execute(insert(schedule_entries), rows)


def _erase(connection: Connection, channel_id: str, numbers: Collection[int]) -> None:
    for table in (schedule_entries, schedule_versions):
        connection.execute(
            delete(table).where(table.c.channel_id == channel_id, table.c.number.in_(sorted(numbers)))
        )


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        channel_id=row.channel_id,
        slug=row.slug,
        name=row.name,
        created_ms=row.created_ms,
        schedule_version=row.schedule_version,
    )


def _placed(row: Row[Any]) -> PlacedEntry:
    return PlacedEntry(
        kind=SlotKind(row.kind),
        asset_id=row.asset_id,
        segments=row.segments,
        asset_segments=row.asset_segments,
        programme_id=row.programme_id,
    )
