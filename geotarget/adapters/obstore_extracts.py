"""Extracts that were sent, among the media objects: a worker on another machine finds them there."""

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.store import LocalStore, ObjectStore

from kernel.clock import to_ms
from kernel.errors import NotFound

_FOLDER = "extracts"
_PART_BYTES = 8 * 1024 * 1024


class ObstoreExtracts:
    """Implements ``ports.ExtractFiles``.

    Args:
        folder: where those of a store that is no folder itself are read; made if it is missing.
    """

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def keep(self, import_id: str, file: BinaryIO) -> None:
        """See ``ports.ExtractFiles.keep``; files above 8 MiB go up in parts."""
        obstore.put(self._store, _key(import_id), file, chunk_size=_PART_BYTES)

    def fetch(self, import_id: str) -> Path:
        """See ``ports.ExtractFiles.fetch``; of a local store it is the object itself."""
        try:
            if isinstance(self._store, LocalStore) and self._store.prefix is not None:
                obstore.head(self._store, _key(import_id))
                return self._store.prefix / _key(import_id)
            return self._downloaded(import_id)
        except FileNotFoundError:
            raise NotFound(
                "extract-not-kept", "The extract that was sent is no longer kept.", fix="Send it again."
            ) from None

    def _downloaded(self, import_id: str) -> Path:
        found = obstore.get(self._store, _key(import_id))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / import_id
        with path.open("wb") as file:
            for part in found.stream(min_chunk_size=_PART_BYTES):
                file.write(part)
        return path

    def drop(self, import_id: str) -> None:
        """See ``ports.ExtractFiles.drop``."""
        (self._folder / import_id).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            obstore.delete(self._store, _key(import_id))

    def expire(self, before_ms: int) -> int:
        """See ``ports.ExtractFiles.expire``."""
        late = [
            one["path"]
            for page in obstore.list(self._store, prefix=_FOLDER)
            for one in page
            if to_ms(one["last_modified"]) < before_ms
        ]
        for path in late:
            self.drop(path.removeprefix(f"{_FOLDER}/"))
        # What this machine read, and another dropped, or nobody as it was killed.
        for copy in self._folder.glob("ext_*"):
            with suppress(FileNotFoundError):
                if copy.stat().st_mtime_ns // 1_000_000 < before_ms:
                    copy.unlink()
        return len(late)


def _key(import_id: str) -> str:
    return f"{_FOLDER}/{import_id}"
