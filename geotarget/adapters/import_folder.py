"""Attempts to import, as files of a folder."""

import os
import re
from contextlib import suppress
from pathlib import Path

import msgspec

from geotarget.import_attempt import KEPT_MS, ImportAttempt

FILES_KEPT = 6
_ID = re.compile(r"imp_[a-z0-9]{1,40}")


class ImportFolder:
    """Implements ``ports.ImportAttempts``. What a crash leaves behind goes with the next attempt.

    Args:
        folder: made when first used; all web processes share it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, attempt: ImportAttempt, data: bytes, now_ms: int) -> None:
        """See ``ports.ImportAttempts.keep``."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep(now_ms)
        for name, content in (
            (f"{attempt.attempt_id}.file", data),
            (f"{attempt.attempt_id}.json", msgspec.json.encode(attempt)),
        ):
            (self._folder / name).write_bytes(content)
            os.utime(self._folder / name, ns=(now_ms * 1_000_000, now_ms * 1_000_000))

    def find(self, attempt_id: str) -> ImportAttempt | None:
        """See ``ports.ImportAttempts.find``."""
        kept = self._read(attempt_id, "json")
        return None if kept is None else msgspec.json.decode(kept, type=ImportAttempt)

    def file(self, attempt_id: str) -> bytes | None:
        """See ``ports.ImportAttempts.file``."""
        return self._read(attempt_id, "file")

    def _read(self, attempt_id: str, suffix: str) -> bytes | None:
        if not _ID.fullmatch(attempt_id):
            return None
        try:
            return (self._folder / f"{attempt_id}.{suffix}").read_bytes()
        except FileNotFoundError:
            return None

    def _sweep(self, now_ms: int) -> None:
        """Two files an attempt; one place is left for the attempt to come. Others may be sweeping too."""
        written: list[tuple[int, Path]] = []
        for path in self._folder.glob("imp_*"):
            with suppress(FileNotFoundError):
                written.append((path.stat().st_mtime_ns // 1_000_000, path))
        for rank, (at_ms, path) in enumerate(sorted(written, reverse=True)):
            if rank >= 2 * (FILES_KEPT - 1) or now_ms - at_ms > KEPT_MS:
                path.unlink(missing_ok=True)
