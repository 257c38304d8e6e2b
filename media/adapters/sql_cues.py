"""Records of what editors decided about cues, in SQL."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict

from sqlalchemy import Engine, delete, insert, select, update
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
