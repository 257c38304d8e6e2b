"""Extracts that were sent, among the media objects: a worker on another machine finds them there."""

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.store import ObjectStore

from kernel.clock import to_ms
from kernel.errors import NotFound

_FOLDER = "extracts"
_PART_BYTES = 8 * 1024 * 1024


class ObstoreExtracts:
    """Implements ``ports.ExtractFiles``."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def keep(self, import_id: str, file: BinaryIO) -> None:
        """See ``ports.ExtractFiles.keep``; files above 8 MiB go up in parts."""
        obstore.put(self._store, f"{_FOLDER}/{import_id}", file, chunk_size=_PART_BYTES)

    def fetch(self, import_id: str, path: Path) -> None:
        """See ``ports.ExtractFiles.fetch``."""
        try:
            found = obstore.get(self._store, f"{_FOLDER}/{import_id}")
        except FileNotFoundError:
            raise NotFound(
                "extract-not-kept", "The extract that was sent is no longer kept.", fix="Send it again."
            ) from None
        with path.open("xb") as file:
            for part in found.stream(min_chunk_size=_PART_BYTES):
                file.write(part)

    def drop(self, import_id: str) -> None:
        """See ``ports.ExtractFiles.drop``."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, f"{_FOLDER}/{import_id}")

    def expire(self, before_ms: int) -> int:
        """See ``ports.ExtractFiles.expire``."""
        late = [
            one["path"]
            for page in obstore.list(self._store, prefix=_FOLDER)
            for one in page
            if to_ms(one["last_modified"]) < before_ms
        ]
        for path in late:
            with suppress(FileNotFoundError):
                obstore.delete(self._store, path)
        return len(late)
