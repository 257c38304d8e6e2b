"""Prepare an asset (worker): transcode, package, verify, store, and publish the manifest last."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kernel.errors import NotFound
from media.acceptance import Refusal, Unpreparable
from media.asset import Asset, AssetState, house_init_key, poster_key, track_key
from media.cue_sheet import SUPERSEDED
from media.house_format import SEGMENT_MS
from media.manifest import AssetManifest, Track
from media.ports import Announce, Assets, Made, MadeTrack, Objects, Report, Transcode
from media.work_folder import work_folder

_TRANSCODED_PERMILLE = 960
_ALIVE_EVERY_S = 5.0
_DIGEST_CHARS = 16


class _OvertakenError(Exception):
    """Another run ended first, or it is no longer wanted: the rest of the work is spared."""


@dataclass(frozen=True)
class PrepareAsset:
    """Idempotent: a second run, or one after a crash, overwrites what the first left.

    Args:
        work_dir: where temporary files may lie.
        announce: told ``content`` and ``demand`` when an asset becomes ready.
    """

    assets: Assets
    objects: Objects
    transcode: Transcode
    announce: Announce
    work_dir: Path

    async def __call__(self, asset_id: str, report: Report) -> Asset:
        """The asset, ready or failed. ``report`` is awaited at least every few seconds.

        Raises:
            NotFound: ``asset-unknown``.
            media.acceptance.Hindered: the asset is as it was before; try again later, or give up.
        """
        asset = await asyncio.to_thread(self._find, asset_id)
        superseded = asset.state is AssetState.FAILED and asset.reasons == SUPERSEDED
        if asset.state is AssetState.READY or superseded:
            return asset
        await asyncio.to_thread(self.assets.begin, asset_id)
        try:
            with work_folder(self.work_dir, f"{asset_id}-") as folder:
                manifest = await self._make(asset, folder, report)
        except Unpreparable as unfit:
            reasons = tuple(refusal.code for refusal in unfit.refusals)
            await asyncio.to_thread(self.assets.fail, asset_id, reasons)
        except _OvertakenError:
            pass
        else:
            await asyncio.to_thread(self.assets.publish, manifest)
            await report(1000)
            for topic in ("content", "demand"):
                await self.announce(topic)
        return await asyncio.to_thread(self._find, asset_id)

    async def give_up(self, asset_id: str, reason: str) -> Asset:
        """The asset, failed: it was tried often enough."""
        await asyncio.to_thread(self.assets.fail, asset_id, (reason,))
        return await asyncio.to_thread(self._find, asset_id)

    async def _make(self, asset: Asset, folder: Path, report: Report) -> AssetManifest:
        last = -1

        async def tell(permille: int) -> None:
            nonlocal last
            scaled = permille * _TRANSCODED_PERMILLE // 1000
            if scaled != last:
                last = scaled
                if not await asyncio.to_thread(self.assets.progress, asset.asset_id, scaled):
                    raise _OvertakenError
            await report(scaled)

        source = folder / "source"
        async with _alive(report, 0):
            await self.objects.fetch(asset.source_key, source)
        made = await self.transcode(source, folder, asset.cut_from or asset.asset_id, tell, asset.cue_frames)
        async with _alive(report, _TRANSCODED_PERMILLE):
            return await store(self.objects, asset.asset_id, made, folder)

    def _find(self, asset_id: str) -> Asset:
        asset = self.assets.find(asset_id)
        if asset is None:
            raise NotFound("asset-unknown", f"There is no asset {asset_id}.")
        return asset


@asynccontextmanager
async def _alive(report: Report, permille: int) -> AsyncIterator[None]:
    """Report the same progress again and again: large objects take their time on the way."""

    async def repeat() -> None:
        while True:
            await report(permille)
            await asyncio.sleep(_ALIVE_EVERY_S)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()


async def store(objects: Objects, asset_id: str, made: Made, folder: Path) -> AssetManifest:
    """Put what was made into the store, one object per rendition; the manifest that describes it.

    Raises:
        media.acceptance.Unpreparable: ``media-init-differs`` if an init is not the house init.
    """
    for track in made.tracks:
        await _check_init(objects, track, folder)
    tracks = {}
    for track in made.tracks:
        digest = await asyncio.to_thread(_digest, folder / track.path)
        key = track_key(asset_id, track.rendition, digest)
        await objects.put_file(key, folder / track.path)
        tracks[track.rendition] = _describe(key, track)
    await objects.put_file(poster_key(asset_id), folder / made.poster)
    return AssetManifest(
        asset_id=asset_id,
        segments=made.segments,
        duration_ms=made.duration_ms,
        tracks=tracks,
        poster_key=poster_key(asset_id),
        has_picture=made.has_picture,
        has_sound=made.has_sound,
        candidates=made.candidates,
        cues=made.cues,
    )


async def _check_init(objects: Objects, track: MadeTrack, folder: Path) -> None:
    with (folder / track.path).open("rb") as file:
        init = file.read(track.offsets[0])
    if init != await objects.get(house_init_key(track.rendition)):
        raise Unpreparable(
            (
                Refusal(
                    "media-init-differs",
                    f"Rendition {track.rendition} would need another init segment than the channel's.",
                    "Prepare it with the same encoder version as everything else.",
                ),
            )
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGEST_CHARS]


def _describe(key: str, track: MadeTrack) -> Track:
    offsets = track.offsets
    sizes = [end - start for start, end in pairwise(offsets)]
    return Track(
        key=key,
        offsets=offsets,
        peak_bps=max(sizes) * 8 * 1000 // SEGMENT_MS,
        average_bps=sum(sizes) * 8 * 1000 // (SEGMENT_MS * len(sizes)),
    )
