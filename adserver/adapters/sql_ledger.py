"""What was delivered and what is owed, in SQL. Rows are only ever added."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError

from adserver.adapters import sql_tags, sql_transfers
from adserver.adapters.tables import fill_events, line_item_totals
from adserver.billing.delivery import By, Tally
from adserver.billing.impression import SHOWN, CountedFill, Event, EventKind
from adserver.billing.ledger import charge
from adserver.billing.report import QUARTER_HOUR_MS, Count
from adserver.booking.terms import Delivered
from kernel.errors import Conflict


class SqlLedger:
    """Implements :class:`adserver.ports.Ledger`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def post(self, events: Sequence[Event]) -> int:
        """See the port."""
        if not events:
            return 0
        try:
            with self._engine.begin() as connection:
                return _post(connection, events)
        except (IntegrityError, DataError) as error:
            raise Conflict("event-contradicts-ledger", f"An event cannot be posted: {error.orig}.") from error

    def spent(self) -> dict[str, int]:
        """See the port."""
        with self._reads.connect() as connection:
            of = line_item_totals.c
            charged = select(of.line_item_id, of.spent_micros).where(of.spent_micros > 0)
            return {item: int(micros) for item, micros in connection.execute(charged)}

    def delivered(self, line_item_ids: Sequence[str] | None = None) -> dict[str, Delivered]:
        """See the port."""
        wanted = select(line_item_totals)
        if line_item_ids is not None:
            wanted = wanted.where(line_item_totals.c.line_item_id.in_(line_item_ids))
        with self._reads.connect() as connection:
            rows = connection.execute(wanted).all()
        return {line_item_id: Delivered(*map(int, numbers)) for line_item_id, *numbers in rows}

    def counted_since(self, since_ms: int, saved_since_ms: int) -> dict[str, list[CountedFill]]:
        """See the port."""
        of = fill_events.c
        kept = select(of.fill_id).where(of.kind == EventKind.COUPON_SAVED, of.at_ms >= saved_since_ms)
        either = or_(of.at_ms >= since_ms, of.fill_id.in_(kept))
        recent = select(of.line_item_id, of.fill_id, of.kind, of.billed_micros).where(either)
        fills: dict[tuple[str, str], tuple[int, frozenset[EventKind]]] = {}
        with self._reads.connect() as connection:
            for line_item_id, fill_id, kind, micros in connection.execute(recent):
                billed, kinds = fills.get((line_item_id, fill_id), (0, frozenset[EventKind]()))
                fills[line_item_id, fill_id] = billed + micros, kinds | {EventKind(kind)}
        found: dict[str, list[CountedFill]] = {}
        for (line_item_id, fill_id), (billed, kinds) in fills.items():
            found.setdefault(line_item_id, []).append(CountedFill(fill_id, billed, kinds))
        return found

    def totals(self, line_item_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """See the port."""
        summed = (
            select(fill_events.c.line_item_id, func.count(), func.sum(fill_events.c.billed_micros))
            .where(fill_events.c.line_item_id.in_(line_item_ids), fill_events.c.kind.in_(SHOWN))
            .group_by(fill_events.c.line_item_id)
        )
        with self._reads.connect() as connection:
            return {item: (int(shown), int(micros)) for item, shown, micros in connection.execute(summed)}

    def counts(self, line_item_id: str) -> list[Count]:
        """See the port."""
        mine = fill_events.c.line_item_id == line_item_id
        with self._reads.connect() as connection:
            return _grouped(connection, mine)

    def unplayed(self, line_item_id: str) -> list[Count]:
        """See the port."""
        played = fill_events.alias()
        never = ~exists().where(played.c.fill_id == fill_events.c.fill_id, played.c.kind.in_(SHOWN))
        mine = fill_events.c.line_item_id == line_item_id
        flagged = fill_events.c.kind.in_((EventKind.EXPIRED, EventKind.EARLY))
        with self._reads.connect() as connection:
            return _grouped(connection, and_(mine, flagged, never))

    def tallies(
        self, line_item_id: str, by: By, from_ms: int | None = None, to_ms: int | None = None
    ) -> list[Tally]:
        """See the port."""
        key = fill_events.c.place_id if by is By.PLACE else fill_events.c.creative_id
        where = [fill_events.c.line_item_id == line_item_id]
        where += [] if from_ms is None else [fill_events.c.at_ms >= from_ms]
        where += [] if to_ms is None else [fill_events.c.at_ms < to_ms]
        summed = (
            select(key, fill_events.c.kind, func.count(), func.sum(fill_events.c.billed_micros))
            .where(*where)
            .group_by(key, fill_events.c.kind)
        )
        with self._reads.connect() as connection:
            rows = connection.execute(summed).all()
        return [Tally(key, EventKind(kind), int(n), int(paid)) for key, kind, n, paid in rows]


def _grouped(connection: Connection, where: ColumnElement[bool]) -> list[Count]:
    quarter = (fill_events.c.at_ms - fill_events.c.at_ms % QUARTER_HOUR_MS).label("quarter_ms")
    billed, released = func.sum(fill_events.c.billed_micros), func.sum(fill_events.c.released_micros)
    rows = connection.execute(
        select(quarter, fill_events.c.kind, func.count(), billed, released)
        .where(where)
        .group_by(quarter, fill_events.c.kind)
        .order_by(quarter)
    )
    return [
        Count(int(ms) // QUARTER_HOUR_MS, EventKind(kind), int(n), int(paid), int(back))
        for ms, kind, n, paid, back in rows
    ]


def _post(connection: Connection, events: Sequence[Event]) -> int:
    inserter = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new_ones = inserter(fill_events).on_conflict_do_nothing()
    kept = connection.execute(
        new_ones.returning(fill_events.c.fill_id, fill_events.c.kind),
        [msgspec.structs.asdict(event) for event in events],
    ).all()
    new = {(fill_id, kind) for fill_id, kind in kept}
    # The first of each, as the statement above kept it.
    first = {(event.fill_id, event.kind.value): event for event in reversed(events)}
    sql_tags.leave_calls(connection, [first[key] for key in new])
    charges = [posting for key in new if (posting := charge(first[key]))]
    if charges:
        # A second charge of one fill would break the ledger's key: nothing is kept then.
        sql_transfers.write(connection, charges)
    _add_up(connection, [first[key] for key in new])
    return len(new)


_NUMBERS = {
    EventKind.IMPRESSION: "impressions",
    EventKind.CARD_SHOWN: "cards",
    EventKind.COMPLETE: "completes",
    EventKind.TAP: "taps",
    EventKind.REDEEMED: "redemptions",
}


def _add_up(connection: Connection, events: Sequence[Event]) -> None:
    """Raise the running totals by what was just posted."""
    sums: dict[str, dict[str, int]] = {}
    for event in events:
        column = _NUMBERS.get(event.kind)
        if column or event.billed_micros:
            names = ("spent_micros", *_NUMBERS.values())
            sum_ = sums.setdefault(event.line_item_id, dict.fromkeys(names, 0))
            sum_["spent_micros"] += event.billed_micros
            if column:
                sum_[column] += 1
    if not sums:
        return
    inserter = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # In one order everywhere, so that two that post at once never wait for each other.
    added = inserter(line_item_totals).values(
        [{"line_item_id": item, **numbers} for item, numbers in sorted(sums.items())]
    )
    names = ("spent_micros", *_NUMBERS.values())
    raised = {name: line_item_totals.c[name] + added.excluded[name] for name in names}
    connection.execute(added.on_conflict_do_update(index_elements=["line_item_id"], set_=raised))
