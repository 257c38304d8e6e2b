"""Receive an upload piece by piece (tus 1.0.0: core, creation, expiration, termination)."""

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import Conflict, NotFound, Unavailable
from kernel.ids import NewId
from media.ports import Spool, Uploads
from media.upload import FREE_FLOOR_BYTES, LIFETIME_MS, OPEN_LIMIT, OPEN_LIMIT_BYTES, Upload, check_length


@dataclass(frozen=True)
class ReceiveUpload:
    """The life of an upload until it is admitted or forgotten."""

    uploads: Uploads
    spool: Spool
    clock: Clock
    new_id: NewId

    async def create(self, owner: str, length: int, filename: str) -> Upload:
        """Open an upload of ``length`` bytes.

        Raises:
            Invalid, TooLarge: see :func:`media.upload.check_length`.
            Conflict: ``upload-too-many`` if the owner has too many open, or too much in them.
            Unavailable: ``storage-full`` if too little of the disk would be left.
        """
        check_length(length)
        return await asyncio.to_thread(self._create, owner, length, filename)

    def _create(self, owner: str, length: int, filename: str) -> Upload:
        self._check_room(owner, length)
        now_ms = self.clock.now_ms()
        upload = Upload(self.new_id("upl"), owner, length, filename, now_ms, now_ms + LIFETIME_MS)
        self.spool.create(upload.upload_id)
        self.uploads.add(upload)
        return upload

    def _check_room(self, owner: str, length: int) -> None:
        count, promised = self.uploads.open_by(owner)
        if count >= OPEN_LIMIT or promised + length > OPEN_LIMIT_BYTES:
            raise Conflict(
                "upload-too-many",
                f"At most {OPEN_LIMIT} uploads of {OPEN_LIMIT_BYTES // 1024**3} GiB in all may be open.",
                fix="Finish or delete some of them.",
            )
        if self.spool.free_bytes() - length < FREE_FLOOR_BYTES:
            raise Unavailable(
                "storage-full", "The disk for uploads is nearly full.", fix="Free some space, or try later."
            )

    async def inspect(self, owner: str, upload_id: str) -> tuple[Upload, int]:
        """The upload and how many bytes of it are safe.

        Raises:
            NotFound: ``upload-unknown``, also for somebody else's and for one past its time.
        """
        return await asyncio.to_thread(self._inspect, owner, upload_id)

    def _inspect(self, owner: str, upload_id: str) -> tuple[Upload, int]:
        upload = find_upload(self.uploads, owner, upload_id)
        if upload.expires_ms <= self.clock.now_ms():
            raise NotFound("upload-unknown", "The upload is past its time.", fix="Start it again.")
        return upload, self.spool.offset(upload_id)

    async def append(self, owner: str, upload_id: str, offset: int, chunks: AsyncIterable[bytes]) -> int:
        """Write bytes at ``offset``; what arrived before a broken connection is kept. The new offset.

        Raises:
            NotFound: see :meth:`inspect`.
            Conflict, TooLarge: see :meth:`media.ports.Spool.append`.
        """
        upload, _ = await self.inspect(owner, upload_id)
        return await self.spool.append(upload_id, offset, chunks, upload.length)

    async def terminate(self, owner: str, upload_id: str) -> None:
        """Throw an upload away.

        Raises:
            NotFound: ``upload-unknown``.
        """
        await asyncio.to_thread(find_upload, self.uploads, owner, upload_id)
        await asyncio.to_thread(self.forget, upload_id)

    def forget(self, upload_id: str) -> None:
        """Remove the record, then the bytes."""
        self.uploads.remove(upload_id)
        self.spool.remove(upload_id)

    def expire(self) -> int:
        """Throw away what is past its time; how many. To be called now and then by a worker."""
        late = self.uploads.expired(self.clock.now_ms())
        for upload_id in late:
            self.forget(upload_id)
        return len(late)


def find_upload(uploads: Uploads, owner: str, upload_id: str) -> Upload:
    """The owner's upload.

    Raises:
        NotFound: ``upload-unknown``.
    """
    upload = uploads.find(upload_id)
    if upload is None or upload.owner != owner:
        raise NotFound("upload-unknown", "There is no such upload.", fix="Start it again.")
    return upload
