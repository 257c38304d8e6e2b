"""Delete what lost runs left behind: objects and spooled bytes that no record refers to."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kernel.clock import Clock
from media.asset import Asset, AssetState, asset_id_in
from media.ports import Assets, Objects, Spool, StoredObject, Uploads
from media.upload import LIFETIME_MS

SAFE_AGE_MS = 2 * LIFETIME_MS
"""Longer than any upload, and any run of a job, may take: nobody is about to refer to something older."""
_PREFIXES = ("assets", "sources")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """What was deleted: how many objects with how many bytes in all, and how many spooled files."""

    objects: int = 0
    size_bytes: int = 0
    spooled: int = 0


@dataclass(frozen=True)
class SweepLeftovers:
    """To be called now and then by a worker; may be killed at any moment, and begun again.

    Everything is written before the record that refers to it, and afresh by each run, so that what is
    old and not referred to never will be. An asset that is still on its way keeps all it has.
    """

    assets: Assets
    objects: Objects
    uploads: Uploads
    spool: Spool
    clock: Clock

    async def __call__(self) -> Swept:
        """What was deleted."""
        before_ms = self.clock.now_ms() - SAFE_AGE_MS
        count, size_bytes = 0, 0
        for prefix in _PREFIXES:
            async for page in self.objects.pages(prefix):
                old = [one for one in page if one.modified_ms < before_ms]
                for start in range(0, len(old), _BATCH):
                    lost = await self._lost(old[start : start + _BATCH])
                    await self.objects.delete([one.key for one in lost])
                    count += len(lost)
                    size_bytes += sum(one.size_bytes for one in lost)
        count += await self.objects.delete_drafts(before_ms)
        return Swept(count, size_bytes, await asyncio.to_thread(self._sweep_spool, before_ms))

    async def _lost(self, old: Sequence[StoredObject]) -> list[StoredObject]:
        ids = {asset_id for one in old if (asset_id := asset_id_in(one.key))}
        known = await asyncio.to_thread(self.assets.by_ids, ids)
        return [one for one in old if _is_lost(one.key, known)]

    def _sweep_spool(self, before_ms: int) -> int:
        lost = [upload_id for upload_id in self.spool.idle(before_ms) if self.uploads.find(upload_id) is None]
        for upload_id in lost:
            self.spool.remove(upload_id)
        return len(lost)


def _is_lost(key: str, known: Mapping[str, Asset]) -> bool:
    """Whether ``key`` is one of ours, and nothing refers to it or is about to."""
    asset_id = asset_id_in(key)
    if not asset_id:
        return False
    asset = known.get(asset_id)
    if asset is None:
        return True
    if asset.state in {AssetState.QUEUED, AssetState.PREPARING}:
        return False
    return key not in _referred(asset)


def _referred(asset: Asset) -> Iterable[str]:
    """The keys that a settled asset needs: a failed one none, not even its source."""
    if asset.manifest is None:
        return ()
    tracks = (track.key for track in asset.manifest.tracks.values())
    return {asset.source_key, asset.manifest.poster_key, *tracks}
