"""What there was to sell, in SQL."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Engine, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adserver.adapters.tables import avail_counts, avail_returns, avail_traits
from adserver.booking.history import History
from adserver.booking.suited import Traits
from adserver.serving.returning import KEPT_WEEKS, WEEK_MS, Came, Returns, Scale
from adserver.serving.supply import DAY_H, HOUR_MS, KEPT_HOURS, ROWS_LIMIT, Kind, Slot, Trait, TraitSlot

_BATCH = 1_000
_READ_AT_ONCE = 10_000
_WEEK_H = WEEK_MS // HOUR_MS


class SqlSupply:
    """Implements :class:`adserver.serving.ports.Supply`.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, counted: Mapping[Slot, int], traits: Mapping[TraitSlot, int] | None = None) -> None:
        """See the port."""
        self._add(avail_counts, (_row(slot, number) for slot, number in counted.items()))
        self._add(avail_traits, (_row(slot, number) for slot, number in (traits or {}).items()))

    def _add(self, table: Table, counted: Iterable[dict[str, Any]]) -> None:
        key = list(table.primary_key.columns.keys())
        inserter = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        adding = inserter(table)
        adding = adding.on_conflict_do_update(
            index_elements=key, set_={"number": table.c.number + adding.excluded.number}
        )
        # In one order everywhere, so that two that write at once never wait for each other.
        rows = sorted(counted, key=lambda row: tuple(row[name] for name in key))
        for first in range(0, len(rows), _BATCH):
            with self._engine.begin() as connection:
                connection.execute(adding, rows[first : first + _BATCH])

    def history(self, before_hour: int) -> History:
        """See the port."""
        kept = select(avail_counts).where(avail_counts.c.hour < before_hour)
        with self._reads.connect() as connection:
            rows = connection.execution_options(yield_per=_READ_AT_ONCE).execute(kept)
            return History.of(rows, before_hour)

    def traits(self, before_hour: int) -> Traits:
        """See the port."""
        table = avail_traits.c
        what = table.market, table.kind, table.trait, table.value
        days = table.day * DAY_H < before_hour
        with self._reads.connect() as connection:
            rows = connection.execute(select(*what, func.sum(table.number)).where(days).group_by(*what)).all()
        found: dict[tuple[str, Kind], dict[Trait, dict[str, int]]] = {}
        for market, kind, trait, value, number in rows:
            values = found.setdefault((market, Kind(kind)), {}).setdefault(Trait(trait), {})
            values[value] = int(number)
        return found

    def keep_returns(self, week: int, came: Mapping[Scale, Came]) -> None:
        """See the port."""
        rows = [
            {
                "week": week,
                "card": scale.card,
                "side_km": scale.side_km,
                "time_s": scale.time_s,
                "seen": one.seen,
                "different": one.different,
            }
            for scale, one in sorted(came.items())
        ]
        with self._engine.begin() as connection:
            connection.execute(delete(avail_returns).where(avail_returns.c.week == week))
            connection.execute(avail_returns.insert(), rows)

    def returns(self, before_hour: int) -> Returns:
        """See the port."""
        weeks: dict[int, dict[Scale, Came]] = {}
        kept = select(avail_returns).where(avail_returns.c.week * _WEEK_H < before_hour)
        with self._reads.connect() as connection:
            for row in connection.execute(kept):
                scale = Scale(bool(row.card), row.side_km, row.time_s)
                weeks.setdefault(row.week, {})[scale] = Came(int(row.seen), int(row.different))
        return Returns.of(weeks, before_hour // _WEEK_H)

    def forget(self, now_hour: int) -> int:
        """See the port."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(func.count()).select_from(avail_counts)).scalar_one()
            least = now_hour - KEPT_HOURS
            if rows > ROWS_LIMIT:
                older = (
                    select(avail_counts.c.hour)
                    .order_by(avail_counts.c.hour)
                    .offset(rows - ROWS_LIMIT - 1)
                    .limit(1)
                )
                least = max(least, int(connection.execute(older).scalar_one()) + 1)
            connection.execute(delete(avail_traits).where(avail_traits.c.day * DAY_H < now_hour - KEPT_HOURS))
            weeks = now_hour // _WEEK_H - KEPT_WEEKS
            connection.execute(delete(avail_returns).where(avail_returns.c.week <= weeks))
            return connection.execute(delete(avail_counts).where(avail_counts.c.hour < least)).rowcount


def _row(slot: Slot | TraitSlot, number: int) -> dict[str, Any]:
    return {**asdict(slot), "number": number}
