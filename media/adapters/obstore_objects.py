"""Media objects through obstore: a local folder, S3, Azure Blob or GCS."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import obstore
from obstore.exceptions import AlreadyExistsError, GenericError
from obstore.store import LocalStore, ObjectStore

from kernel.clock import to_ms
from kernel.errors import NotFound
from media.ports import StoredObject, store_unavailable

_PAGE = 1000
_DRAFT = re.compile(r"#\d+$")
_PART_BYTES = 8 * 1024 * 1024


class ObstoreObjects:
    """A ``media.ports.Objects``. obstore writes whole objects: a local one by renaming it into place."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, data: bytes) -> None:
        """See :class:`media.ports.Objects`."""
        await obstore.put_async(self._store, key, data)

    async def put_new(self, key: str, data: bytes) -> bool:
        """See :class:`media.ports.Objects`."""
        try:
            await obstore.put_async(self._store, key, data, mode="create")
        except AlreadyExistsError:
            return False
        return True

    async def put_file(self, key: str, path: Path) -> None:
        """See :class:`media.ports.Objects`; files above 8 MiB go up in parts."""
        await obstore.put_async(self._store, key, path, chunk_size=_PART_BYTES)

    async def get(self, key: str) -> bytes:
        """See :class:`media.ports.Objects`."""
        try:
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())
        except FileNotFoundError:
            raise _missing(key) from None

    async def get_range(self, key: str, start: int, end: int) -> bytes:
        """See :class:`media.ports.Objects`."""
        try:
            return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))
        except FileNotFoundError:
            raise _missing(key) from None
        except (GenericError, OSError) as failure:
            raise store_unavailable() from failure

    async def fetch(self, key: str, path: Path) -> None:
        """See :class:`media.ports.Objects`."""
        try:
            result = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            raise _missing(key) from None
        async with await anyio.open_file(path, "xb") as file:
            async for part in result.stream(min_chunk_size=_PART_BYTES):
                await file.write(bytes(part))

    async def pages(self, folder: str) -> AsyncIterator[Sequence[StoredObject]]:
        """See :class:`media.ports.Objects`."""
        async for page in obstore.list(self._store, prefix=folder, chunk_size=_PAGE):
            yield [StoredObject(one["path"], one["size"], to_ms(one["last_modified"])) for one in page]

    async def delete(self, keys: Collection[str]) -> None:
        """See :class:`media.ports.Objects`."""
        try:
            await obstore.delete_async(self._store, list(keys))
        except FileNotFoundError:  # a local folder stops there
            for key in keys:
                with suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, key)

    async def delete_drafts(self, before_ms: int) -> int:
        """See :class:`media.ports.Objects`; networked stores have rules of their own for that."""
        if not isinstance(self._store, LocalStore) or self._store.prefix is None:
            return 0
        return await asyncio.to_thread(_delete_drafts, self._store.prefix, before_ms)


def _delete_drafts(folder: Path, before_ms: int) -> int:
    """Local writes go to ``name#1`` first, which no listing shows."""
    found = 0
    for path in folder.rglob("*#*"):
        if _DRAFT.search(path.name) and path.stat().st_mtime_ns < before_ms * 1_000_000:
            path.unlink(missing_ok=True)
            found += 1
    return found


def _missing(key: str) -> NotFound:
    return NotFound("object-missing", f"The store has no object {key}.")
