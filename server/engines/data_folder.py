"""One installation at a time per data folder."""

import fcntl
import os
import time
from pathlib import Path

from kernel.errors import Conflict

_LEFTOVERS_S = 15.0


def claim(folder: Path) -> int:
    """Lock ``folder`` for this process and for the children that inherit the returned descriptor.

    The lock belongs to the open file: after kill -9 of the parent it is held until the last child
    has ended, so that a new start never meets an old Redis on the same append-only file. Such
    leftovers are waited for; a living parent is not.

    Raises:
        Conflict: ``data-folder-in-use``.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "roadcast.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _LEFTOVERS_S
    while not _locked(descriptor):
        owner = _owner(descriptor)
        if _lives(owner) or time.monotonic() > deadline:
            os.close(descriptor)
            raise Conflict(
                "data-folder-in-use",
                f"Roadcast is already running on {folder}" + (f" (process {owner})." if owner else "."),
                fix="Stop it, or set ROADCAST_DATA_DIR to another folder.",
            )
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0


def _lives(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
