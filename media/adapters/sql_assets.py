"""Records of assets and uploads in SQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from media.adapters.tables import assets, uploads
from media.asset import TRANSITIONS, Asset, AssetState
from media.manifest import AssetManifest
from media.upload import Upload

_BATCH = 500


class SqlAssets:
    """A ``media.ports.Assets``.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, asset: Asset) -> bool:
        """See :class:`media.ports.Assets`."""
        row = {
            "asset_id": asset.asset_id,
            "owner": asset.owner,
            "filename": asset.filename,
            "source_key": asset.source_key,
            "state": asset.state.value,
            "progress_permille": asset.progress_permille,
            "reasons": " ".join(asset.reasons),
            "manifest": asset.manifest.encode().decode() if asset.manifest else None,
            "created_ms": asset.created_ms,
            "cut_from": asset.cut_from,
            "cue_frames": " ".join(map(str, asset.cue_frames)),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(assets).values(row))
        except IntegrityError:
            return False
        return True

    def find(self, asset_id: str) -> Asset | None:
        """See :class:`media.ports.Assets`."""
        with self._reads.connect() as connection:
            row = connection.execute(select(assets).where(assets.c.asset_id == asset_id)).mappings().first()
        return _asset(row) if row else None

    def by_ids(self, asset_ids: Collection[str]) -> Mapping[str, Asset]:
        """See :class:`content.ports.Assets`: those that exist, by id."""
        found: dict[str, Asset] = {}
        with self._reads.connect() as connection:
            for batch in batches(sorted(asset_ids)):
                rows = connection.execute(select(assets).where(assets.c.asset_id.in_(batch))).mappings()
                found |= {row["asset_id"]: _asset(row) for row in rows}
        return found

    def manifests(self) -> Iterator[AssetManifest]:
        """Of every ready asset."""
        query = select(assets.c.manifest).where(assets.c.state == AssetState.READY.value)
        with self._reads.connect() as connection:
            for text in connection.execute(query).scalars():
                yield AssetManifest.decode(text)

    def begin(self, asset_id: str) -> None:
        """See :class:`media.ports.Assets`."""
        self._to(asset_id, AssetState.PREPARING, progress_permille=0, reasons="")

    def progress(self, asset_id: str, permille: int) -> bool:
        """See :class:`media.ports.Assets`."""
        query = update(assets).where(
            assets.c.asset_id == asset_id, assets.c.state == AssetState.PREPARING.value
        )
        with self._engine.begin() as connection:
            return connection.execute(query.values(progress_permille=permille)).rowcount == 1

    def publish(self, manifest: AssetManifest) -> None:
        """See :class:`media.ports.Assets`."""
        text = manifest.encode().decode()
        self._to(manifest.asset_id, AssetState.READY, progress_permille=1000, manifest=text)

    def fail(self, asset_id: str, reasons: tuple[str, ...]) -> None:
        """See :class:`media.ports.Assets`."""
        self._to(asset_id, AssetState.FAILED, reasons=" ".join(reasons))

    def unfinished(self) -> tuple[str, ...]:
        """See :class:`media.ports.Assets`."""
        open_states = [AssetState.QUEUED.value, AssetState.PREPARING.value]
        query = select(assets.c.asset_id).where(assets.c.state.in_(open_states)).order_by(assets.c.created_ms)
        with self._reads.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def _to(self, asset_id: str, state: AssetState, **values: Any) -> None:
        allowed = [before.value for before, after in TRANSITIONS.items() if state in after]
        query = update(assets).where(assets.c.asset_id == asset_id, assets.c.state.in_(allowed))
        with self._engine.begin() as connection:
            connection.execute(query.values(state=state.value, **values))


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough at once for any engine's limit on bound values."""
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _asset(row: RowMapping) -> Asset:
    return Asset(
        asset_id=row["asset_id"],
        owner=row["owner"],
        filename=row["filename"],
        source_key=row["source_key"],
        state=AssetState(row["state"]),
        progress_permille=row["progress_permille"],
        reasons=tuple(row["reasons"].split()),
        manifest=AssetManifest.decode(row["manifest"]) if row["manifest"] else None,
        created_ms=row["created_ms"],
        cut_from=row["cut_from"],
        cue_frames=tuple(int(frame) for frame in row["cue_frames"].split()),
    )


class SqlUploads:
    """A ``media.ports.Uploads``.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def add(self, upload: Upload) -> None:
        """See :class:`media.ports.Uploads`."""
        row = {
            "upload_id": upload.upload_id,
            "owner": upload.owner,
            "length": upload.length,
            "filename": upload.filename,
            "created_ms": upload.created_ms,
            "expires_ms": upload.expires_ms,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(uploads).values(row))

    def find(self, upload_id: str) -> Upload | None:
        """See :class:`media.ports.Uploads`."""
        query = select(uploads).where(uploads.c.upload_id == upload_id)
        with self._reads.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Upload(**row) if row else None

    def open_by(self, owner: str) -> tuple[int, int]:
        """See :class:`media.ports.Uploads`."""
        query = select(func.count(), func.coalesce(func.sum(uploads.c.length), 0))
        with self._reads.connect() as connection:
            count, length = connection.execute(query.where(uploads.c.owner == owner)).one()
        return int(count), int(length)

    def expired(self, now_ms: int) -> tuple[str, ...]:
        """See :class:`media.ports.Uploads`."""
        query = select(uploads.c.upload_id).where(uploads.c.expires_ms <= now_ms)
        with self._reads.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def remove(self, upload_id: str) -> None:
        """See :class:`media.ports.Uploads`."""
        with self._engine.begin() as connection:
            connection.execute(delete(uploads).where(uploads.c.upload_id == upload_id))
