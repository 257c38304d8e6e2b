"""Records of what editors decided about cues, in SQL."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict

from sqlalchemy import Engine, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from media.adapters.sql_assets import batches
from media.adapters.tables import asset_cues, assets, cue_rejections
from media.asset import AssetState
from media.cue_sheet import CueDecision, CueRejection


class SqlCues:
    """A ``media.ports.Cues``.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def find(self, asset_id: str) -> CueDecision | None:
        """See :class:`media.ports.Cues`."""
        query = select(asset_cues).where(asset_cues.c.asset_id == asset_id)
        with self._reads.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        frames = tuple(int(frame) for frame in row["frames"].split())
        return CueDecision(**{**row, "frames": frames})

    def decide(self, decision: CueDecision) -> bool:
        """See :class:`media.ports.Cues`."""
        row = asdict(decision) | {"frames": " ".join(map(str, decision.frames))}
        after = update(asset_cues).where(
            asset_cues.c.asset_id == decision.asset_id, asset_cues.c.revision == decision.revision - 1
        )
        try:
            with self._engine.begin() as connection:
                if decision.revision == 1:
                    connection.execute(insert(asset_cues).values(row))
                    return True
                return connection.execute(after.values(row)).rowcount == 1
        except IntegrityError:
            return False

    def rejected(self, asset_id: str) -> tuple[int, ...]:
        """See :class:`media.ports.Cues`."""
        frame = cue_rejections.c.frame
        query = select(frame).where(cue_rejections.c.asset_id == asset_id).order_by(frame)
        with self._reads.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def reject(self, rejection: CueRejection) -> None:
        """See :class:`media.ports.Cues`."""
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(insert(cue_rejections).values(asdict(rejection)))

    def restore(self, asset_id: str, frame: int) -> None:
        """See :class:`media.ports.Cues`."""
        of = cue_rejections.c
        with self._engine.begin() as connection:
            connection.execute(delete(cue_rejections).where(of.asset_id == asset_id, of.frame == frame))

    def playing(self, asset_ids: Collection[str]) -> Mapping[str, str]:
        """See :class:`media.ports.Cues`."""
        query = select(
            asset_cues.c.asset_id, asset_cues.c.wanted_id, asset_cues.c.fallback_id, assets.c.state
        ).join(assets, assets.c.asset_id == asset_cues.c.wanted_id)
        found: dict[str, str] = {}
        with self._reads.connect() as connection:
            for batch in batches(sorted(asset_ids)):
                rows = connection.execute(query.where(asset_cues.c.asset_id.in_(batch)))
                for asset_id, wanted_id, fallback_id, state in rows:
                    found[asset_id] = wanted_id if state == AssetState.READY.value else fallback_id
        return found

    def made_from(self, asset_ids: Collection[str]) -> set[str]:
        """See :class:`media.ports.Cues`."""
        found: set[str] = set()
        with self._reads.connect() as connection:
            for batch in batches(sorted(asset_ids)):
                query = select(assets.c.asset_id).where(assets.c.cut_from.in_(batch))
                found.update(connection.execute(query).scalars())
        return found

    def version(self, asset_id: str, frames: tuple[int, ...]) -> str | None:
        """See :class:`media.ports.Cues`."""
        of, told = assets.c, " ".join(map(str, frames))
        this = select(of.asset_id).where(of.cut_from == asset_id, of.cue_frames == told)
        with self._engine.begin() as connection:
            found = connection.execute(this.order_by(of.created_ms.desc(), of.asset_id)).scalars().first()
            kept = update(assets).where(of.asset_id == found).values(spare_ms=None)
            return found if found is not None and connection.execute(kept).rowcount == 1 else None

    def spare(self) -> set[str]:
        """See :class:`media.ports.Cues`."""
        of, decided, wanted = assets.c, asset_cues.c, assets.alias()
        ready = AssetState.READY.value
        outdated = or_(of.asset_id != decided.fallback_id, wanted.c.state == ready)
        named = and_(of.asset_id != decided.wanted_id, outdated)
        query = (
            select(of.asset_id)
            .outerjoin(asset_cues, decided.asset_id == of.cut_from)
            .outerjoin(wanted, wanted.c.asset_id == decided.wanted_id)
            .where(of.cut_from != "", of.state == ready, or_(decided.asset_id.is_(None), named))
        )
        with self._reads.connect() as connection:
            return set(connection.execute(query).scalars())

    def retire(self, spare: Collection[str], now_ms: int, before_ms: int) -> tuple[str, ...]:
        """See :class:`media.ports.Cues`."""
        of = assets.c
        noted = select(of.asset_id).where(of.spare_ms.is_not(None))
        with self._engine.begin() as connection:
            needed = sorted(set(connection.execute(noted).scalars()) - set(spare))
            for batch in batches(needed):
                connection.execute(update(assets).where(of.asset_id.in_(batch)).values(spare_ms=None))
            gone: list[str] = []
            for batch in batches(sorted(spare)):
                this = of.asset_id.in_(batch) & (of.cut_from != "")
                connection.execute(update(assets).where(this, of.spare_ms.is_(None)).values(spare_ms=now_ms))
                due = this & (of.spare_ms <= before_ms)
                gone += connection.execute(select(of.asset_id).where(due).with_for_update()).scalars()
                connection.execute(delete(assets).where(due))
        return tuple(gone)
