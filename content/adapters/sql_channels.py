"""Channels and the versions of their schedules in SQL."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from content.adapters.sql_audit import write_audit
from content.adapters.tables import channels, content_audit, schedule_parts, schedule_versions
from content.channels.channel import Channel, Offer
from content.channels.compile_day import Resumption
from content.channels.facts import Facts
from content.channels.kept_plan import KeptPlan
from content.channels.plan import Outline
from content.channels.schedule import ScheduleVersion
from content.library.audit import AuditEntry

V = TypeVar("V")
OUTLINE, FACT = "outline", "fact:"
_OUTLINE = msgspec.json.Decoder(Outline)
_FACTS = msgspec.json.Decoder(Facts)
_RESUMPTION = msgspec.json.Decoder(Resumption)


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
            "logo": channel.logo,
            "offer": channel.offer.value,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(channels).values(row))
                _write(connection, channel.channel_id, first, {})
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
        with self._reads.connect() as connection:
            rows = connection.execute(heads.order_by(schedule_versions.c.number)).all()
            told = _parts(connection, channel_id)
        history = _History(told)
        return [
            ScheduleVersion(
                number=row.number,
                from_position=row.from_position,
                kept=history.at(row.number),
                saved_by=row.saved_by,
                saved_ms=row.saved_ms,
                resumption=_RESUMPTION.decode(row.resumption) if row.resumption else None,
            )
            for row in rows
        ]

    def replace_versions(
        self,
        channel_id: str,
        expected: int,
        versions: Collection[ScheduleVersion],
        change: AuditEntry | None = None,
        in_time: Callable[[], bool] | None = None,
    ) -> bool:
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
            if in_time is not None and not in_time():
                connection.rollback()
                return False
            held = select(schedule_versions.c.number).where(schedule_versions.c.channel_id == channel_id)
            known = set(connection.execute(held).scalars())
            _erase(connection, channel_id, known, numbers)
            history = _History(_parts(connection, channel_id))
            before = history.parts(max(known & numbers, default=0))
            for version in sorted(versions, key=lambda one: one.number):
                if version.number not in known:
                    before = _write(connection, channel_id, version, before)
            if change is not None:
                write_audit(connection, change)
        return True

    def replace(self, channel: Channel, change: AuditEntry) -> None:
        """See the port."""
        this = channels.c.channel_id == channel.channel_id
        with self._engine.begin() as connection:
            connection.execute(
                update(channels).where(this).values(name=channel.name, offer=channel.offer.value)
            )
            write_audit(connection, change)

    def remove(self, channel_id: str, change: AuditEntry) -> None:
        """See the port."""
        with self._engine.begin() as connection:
            for table in (schedule_parts, schedule_versions, channels):
                connection.execute(delete(table).where(table.c.channel_id == channel_id))
            write_audit(connection, change)

    def changes(self) -> tuple[int, int, int]:
        """Other numbers than before, if a schedule, or what audits tell of the room, was changed since.

        Cheap: how many channels there are, how many versions they had, and the newest entry of the audit.
        """
        of, newest = channels.c, select(func.max(content_audit.c.number)).scalar_subquery()
        told = select(func.count(), func.coalesce(func.sum(of.schedule_version), 0), func.coalesce(newest, 0))
        with self._reads.connect() as connection:
            count, versions, entry = connection.execute(told.select_from(channels)).one()
        return int(count), int(versions), int(entry)

    def replace_logo(self, channel_id: str, logo: str, change: AuditEntry) -> str:
        """See the port."""
        this = channels.c.channel_id == channel_id
        with self._engine.begin() as connection:
            before = connection.execute(select(channels.c.logo).where(this).with_for_update()).scalar_one()
            connection.execute(update(channels).where(this).values(logo=logo))
            write_audit(connection, change)
        return str(before)


Parts = Mapping[str, str]


class _History:
    """The parts of a channel's plan, as they changed from version to version.

    Args:
        told: (number, part, body), numbers rising; what versions share is decoded once.
    """

    def __init__(self, told: Sequence[tuple[int, str, str]]) -> None:
        self._told = told
        self._at = 0
        self._parts: dict[str, str] = {}
        self._outline, self._blocks = Outline(), dict[str, bytes]()
        self._facts: dict[str, Facts] = {}

    def at(self, number: int) -> KeptPlan:
        """The plan of a version; to be asked for rising numbers."""
        changed = self._advance(number)
        if changed:
            self._blocks, self._facts = dict(self._blocks), dict(self._facts)
        for part in changed:
            body = self._parts.get(part, "")
            if part == OUTLINE:
                self._outline = _OUTLINE.decode(body)
            elif part.startswith(FACT):
                _put(self._facts, part.removeprefix(FACT), _FACTS.decode(body) if body else None)
            else:
                _put(self._blocks, part, body.encode() if body else None)
        return KeptPlan(self._outline, self._blocks, self._facts)

    def parts(self, number: int) -> Parts:
        """The same as bodies by part."""
        self._advance(number)
        return self._parts

    def _advance(self, number: int) -> list[str]:
        changed = []
        while self._at < len(self._told) and self._told[self._at][0] <= number:
            _, part, body = self._told[self._at]
            _put(self._parts, part, body or None)
            changed.append(part)
            self._at += 1
        return changed


def _put(into: dict[str, V], key: str, value: V | None) -> None:
    if value is None:
        into.pop(key, None)
    else:
        into[key] = value


def _parts(connection: Connection, channel_id: str) -> list[tuple[int, str, str]]:
    of = schedule_parts.c
    told = select(of.number, of.part, of.body).where(of.channel_id == channel_id).order_by(of.number)
    return [(number, part, body) for number, part, body in connection.execute(told)]


def _write(connection: Connection, channel_id: str, version: ScheduleVersion, before: Parts) -> Parts:
    resumption = version.resumption
    connection.execute(
        insert(schedule_versions).values(
            channel_id=channel_id,
            number=version.number,
            from_position=version.from_position,
            saved_by=version.saved_by,
            saved_ms=version.saved_ms,
            resumption=msgspec.json.encode(resumption).decode() if resumption else "",
        )
    )
    parts = {OUTLINE: msgspec.json.encode(version.kept.outline).decode()}
    parts |= {key: blocks.decode() for key, blocks in version.kept.blocks.items()}
    parts |= {f"{FACT}{key}": msgspec.json.encode(one).decode() for key, one in version.facts.items()}
    rows = [
        {"channel_id": channel_id, "part": part, "number": version.number, "body": parts.get(part, "")}
        for part in sorted(parts.keys() | before.keys())
        if parts.get(part) != before.get(part)
    ]
    if rows:
        connection.execute(insert(schedule_parts), rows)
    return parts


def _erase(connection: Connection, channel_id: str, known: set[int], kept: set[int]) -> None:
    """Forget versions: all of those that gave way; of those that are over, what later ones do not need."""
    gone = sorted(known - kept)
    if not gone:
        return
    oldest = min(known & kept, default=0)
    heads, of = schedule_versions.c, schedule_parts.c
    connection.execute(
        delete(schedule_versions).where(heads.channel_id == channel_id, heads.number.in_(gone))
    )
    superseded = [number for number in gone if number > oldest]
    connection.execute(delete(schedule_parts).where(of.channel_id == channel_id, of.number.in_(superseded)))
    newer = schedule_parts.alias()
    needed = (
        select(func.max(newer.c.number))
        .where(newer.c.channel_id == of.channel_id, newer.c.part == of.part, newer.c.number <= oldest)
        .scalar_subquery()
    )
    connection.execute(delete(schedule_parts).where(of.channel_id == channel_id, of.number < needed))


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        channel_id=row.channel_id,
        slug=row.slug,
        name=row.name,
        created_ms=row.created_ms,
        schedule_version=row.schedule_version,
        logo=row.logo,
        offer=Offer(row.offer),
    )
