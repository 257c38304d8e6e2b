"""Media objects through obstore: a local folder, S3, Azure Blob or GCS."""

from pathlib import Path

import anyio
import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore

from kernel.errors import NotFound

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

    async def fetch(self, key: str, path: Path) -> None:
        """See :class:`media.ports.Objects`."""
        try:
            result = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            raise _missing(key) from None
        async with await anyio.open_file(path, "xb") as file:
            async for part in result.stream(min_chunk_size=_PART_BYTES):
                await file.write(bytes(part))


def _missing(key: str) -> NotFound:
    return NotFound("object-missing", f"The store has no object {key}.")
