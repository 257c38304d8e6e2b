"""Admit a file: look into it, refuse it with reasons or take it into the store and queue it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from kernel.clock import Clock
from kernel.errors import Conflict
from kernel.ids import NewId
from media.acceptance import (
    DURATION_LIMIT_MS,
    Hindered,
    Unpreparable,
    accept,
    is_film,
    over_length,
    picture_needed,
)
from media.asset import Asset, AssetState, source_key
from media.ports import Assets, Objects, PrepareQueue, Probe, Spool, Uploads
from media.receive_upload import ReceiveUpload, find_upload
from media.upload import clean_filename


@dataclass(frozen=True)
class AdmitFile:
    """Take in a file of this machine."""

    assets: Assets
    objects: Objects
    probe: Probe
    queue: PrepareQueue
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        owner: str,
        path: Path,
        *,
        asset_id: str = "",
        filename: str = "",
        film: bool = False,
        longest_ms: int = DURATION_LIMIT_MS,
    ) -> Asset:
        """The queued asset; with a given ``asset_id``, admitting twice is admitting once.

        Raises:
            media.acceptance.Unpreparable: (an Invalid) ``media-…`` if the file cannot be prepared.
            Invalid: ``picture-needed`` if it has to be a ``film`` and is sound alone.
        """
        asset_id = asset_id or self.new_id("ast")
        known = await asyncio.to_thread(self.assets.find, asset_id)
        if known is None:
            source = await self.probe(path)
            refusals = accept(source) or over_length(source, longest_ms)
            if refusals:
                raise Unpreparable(refusals)
            if film and not is_film(source):
                raise picture_needed()
            known = self._queued(asset_id, owner, filename or clean_filename(path.name))
            # The bytes first: a row without its source could never be prepared.
            await self.objects.put_file(known.source_key, path)
            if not await asyncio.to_thread(self.assets.add, known):
                known = await asyncio.to_thread(self.assets.find, asset_id) or known
        if known.state is AssetState.QUEUED:
            await self.queue.enqueue(asset_id)
        return known

    def _queued(self, asset_id: str, owner: str, filename: str) -> Asset:
        return Asset(
            asset_id=asset_id,
            owner=owner,
            filename=filename,
            source_key=source_key(asset_id),
            state=AssetState.QUEUED,
            progress_permille=0,
            reasons=(),
            manifest=None,
            created_ms=self.clock.now_ms(),
        )


@dataclass(frozen=True)
class AdmitUpload:
    """Take in a finished upload."""

    uploads: Uploads
    spool: Spool
    admit_file: AdmitFile

    async def __call__(
        self, owner: str, upload_id: str, *, film: bool = False, longest_ms: int = DURATION_LIMIT_MS
    ) -> Asset:
        """The queued asset of an upload; the upload itself is forgotten, taken or refused as unfit.

        The asset's id follows from the upload's, so a retry after a crash finds what was begun.

        Raises:
            NotFound: ``upload-unknown``.
            Conflict: ``upload-unfinished``.
            media.acceptance.Unpreparable: (an Invalid) ``media-…`` if the file cannot be prepared.
            Invalid: ``picture-needed`` if it has to be a ``film`` and is sound alone; the upload stays then.
        """
        asset_id = "ast_" + upload_id.rpartition("_")[2]
        taken = await asyncio.to_thread(self.admit_file.assets.find, asset_id)
        if taken is not None and taken.owner == owner:
            await asyncio.to_thread(self._forget, upload_id)
            return taken
        upload = await asyncio.to_thread(find_upload, self.uploads, owner, upload_id)
        if await asyncio.to_thread(self.spool.offset, upload_id) != upload.length:
            raise Conflict(
                "upload-unfinished", "Not all of the file has arrived.", fix="Continue the upload first."
            )
        path = self.spool.path(upload_id)
        try:
            asset = await self.admit_file(
                owner,
                path,
                asset_id=asset_id,
                filename=upload.filename,
                film=film,
                longest_ms=longest_ms,
            )
        except (Unpreparable, Hindered, FileNotFoundError) as failure:
            taken = await asyncio.to_thread(self.admit_file.assets.find, asset_id)
            if taken is not None or not isinstance(failure, Hindered):
                await asyncio.to_thread(self._forget, upload_id)
            if taken is None:
                raise
            return taken  # another request was faster, and took the bytes from under this one
        await asyncio.to_thread(self._forget, upload_id)
        return asset

    def _forget(self, upload_id: str) -> None:
        self.uploads.remove(upload_id)
        self.spool.remove(upload_id)


@dataclass(frozen=True)
class AdmitBytes:
    """Take in a file that was fetched from elsewhere, as if it had been uploaded."""

    receive: ReceiveUpload
    admit: AdmitUpload

    async def __call__(self, owner: str, body: bytes, *, longest_ms: int = DURATION_LIMIT_MS) -> Asset:
        """The queued asset.

        Raises:
            media.acceptance.Unpreparable: (an Invalid) ``media-…`` if it cannot be prepared.
            Invalid, TooLarge, Conflict, Unavailable: see :meth:`media.receive_upload.ReceiveUpload.create`.
        """

        async def whole() -> AsyncIterator[bytes]:
            yield body

        upload = await self.receive.create(owner, len(body), "fetched")
        await self.receive.append(owner, upload.upload_id, 0, whole())
        return await self.admit(owner, upload.upload_id, longest_ms=longest_ms)


@dataclass(frozen=True)
class RequeueAssets:
    """Queue again what is unfinished and in no job; to be called now and then by a worker."""

    assets: Assets
    queue: PrepareQueue

    async def __call__(self) -> int:
        """How many assets are unfinished; each is (again) in the queue."""
        unfinished = await asyncio.to_thread(self.assets.unfinished)
        for asset_id in unfinished:
            await self.queue.enqueue(asset_id)
        return len(unfinished)
