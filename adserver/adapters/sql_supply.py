"""What there was to sell, in SQL."""

from collections.abc import Mapping

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adserver.adapters.tables import avail_counts
from adserver.booking.forecast import History
from adserver.serving.supply import KEPT_HOURS, ROWS_LIMIT, Kind, Slot

_BATCH = 1_000


class SqlSupply:
    """Implements :class:`adserver.ports.Supply`.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, counted: Mapping[Slot, int]) -> None:
        """See the port."""
        inserter = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        adding = inserter(avail_counts)
        adding = adding.on_conflict_do_update(
            index_elements=list(avail_counts.primary_key.columns.keys()),
            set_={"number": avail_counts.c.number + adding.excluded.number},
        )
        # In one order everywhere, so that two that write at once never wait for each other.
        rows = [
            {
                "hour": slot.hour,
                "cell": slot.cell,
                "market": slot.market,
                "kind": slot.kind.value,
                "number": number,
            }
            for slot, number in sorted(
                counted.items(), key=lambda one: (one[0].hour, one[0].cell, one[0].market, one[0].kind)
            )
        ]
        for first in range(0, len(rows), _BATCH):
            with self._engine.begin() as connection:
                connection.execute(adding, rows[first : first + _BATCH])

    def history(self, before_hour: int) -> History:
        """See the port."""
        kept = avail_counts.c.hour < before_hour
        number = func.sum(avail_counts.c.number)
        where, what = avail_counts.c.cell, (avail_counts.c.market, avail_counts.c.kind)
        with self._reads.connect() as connection:
            first = connection.execute(select(func.min(avail_counts.c.hour)).where(kept)).scalar()
            cells = connection.execute(select(where, *what, number).where(kept).group_by(where, *what)).all()
            hours = connection.execute(
                select(avail_counts.c.hour, *what, number).where(kept).group_by(avail_counts.c.hour, *what)
            ).all()
        return History.of(
            before_hour if first is None else int(first),
            before_hour,
            {(cell, market, Kind(kind)): int(n) for cell, market, kind, n in cells},
            {(int(hour), market, Kind(kind)): int(n) for hour, market, kind, n in hours},
        )

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
            return connection.execute(delete(avail_counts).where(avail_counts.c.hour < least)).rowcount
