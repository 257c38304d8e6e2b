"""Uploads in progress as files of a local folder; the size of a file is the offset of its upload."""

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import AsyncIterable, Callable
from pathlib import Path

from kernel.errors import Conflict, NotFound, TooLarge

_NAME = re.compile(r"[a-z0-9_]{1,64}")
_FLUSH_BYTES = 4 * 1024 * 1024


class LocalSpool:
    """A ``media.ports.Spool``.

    Args:
        folder: made if it is missing. All web processes of one machine share it; a lock on the file
            itself (``flock``) keeps two of them from writing the same upload.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def path(self, upload_id: str) -> Path:
        """See :class:`media.ports.Spool`."""
        if not _NAME.fullmatch(upload_id):
            raise NotFound("upload-unknown", "There is no such upload.", fix="Start it again.")
        return self._folder / upload_id

    def create(self, upload_id: str) -> None:
        """See :class:`media.ports.Spool`."""
        self.path(upload_id).touch(mode=0o600, exist_ok=False)

    def free_bytes(self) -> int:
        """See :class:`media.ports.Spool`."""
        return shutil.disk_usage(self._folder).free

    def offset(self, upload_id: str) -> int:
        """See :class:`media.ports.Spool`."""
        try:
            return self.path(upload_id).stat().st_size
        except FileNotFoundError:
            raise NotFound("upload-unknown", "There is no such upload.", fix="Start it again.") from None

    def idle(self, before_ms: int) -> tuple[str, ...]:
        """See :class:`media.ports.Spool`."""
        return tuple(
            file.name
            for file in os.scandir(self._folder)
            if _NAME.fullmatch(file.name) and file.stat().st_mtime_ns < before_ms * 1_000_000
        )

    async def append(self, upload_id: str, offset: int, chunks: AsyncIterable[bytes], limit: int) -> int:
        """See :class:`media.ports.Spool`."""
        descriptor = await asyncio.to_thread(self._open, upload_id)
        try:
            present = os.fstat(descriptor).st_size
            if offset != present:
                raise Conflict(
                    "upload-offset-wrong",
                    f"The upload stands at {present}, not at {offset}.",
                    fix="Ask for the offset (HEAD) and continue from there.",
                )
            return await _write(descriptor, present, chunks, limit)
        finally:
            await asyncio.to_thread(os.close, descriptor)

    def remove(self, upload_id: str) -> None:
        """See :class:`media.ports.Spool`."""
        self.path(upload_id).unlink(missing_ok=True)

    def _open(self, upload_id: str) -> int:
        try:
            descriptor = os.open(self.path(upload_id), os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            raise NotFound("upload-unknown", "There is no such upload.", fix="Start it again.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise Conflict(
                "upload-busy", "Another request is writing this upload.", fix="Wait for it, then continue."
            ) from None
        return descriptor


async def _write(descriptor: int, offset: int, chunks: AsyncIterable[bytes], limit: int) -> int:
    """Whatever ends the stream, a broken connection included, what came before it is flushed and kept."""
    waiting = bytearray()
    try:
        async for chunk in chunks:
            if offset + len(waiting) + len(chunk) > limit:
                raise TooLarge(
                    "upload-overrun",
                    f"More came than the {limit} bytes that were promised.",
                    fix="Start again.",
                )
            waiting += chunk
            if len(waiting) >= _FLUSH_BYTES:
                full, waiting = waiting, bytearray()
                offset += len(full)
                await _to_the_end(_put, descriptor, full)
    finally:
        offset += len(waiting)
        await _to_the_end(_put, descriptor, waiting)
        await _to_the_end(os.fsync, descriptor)
    return offset


async def _to_the_end(function: Callable[..., None], *arguments: object) -> None:
    """Run in a thread, and wait for it even where the caller is cancelled: the file is closed next."""
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _put(descriptor: int, data: bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
