"""One installation at a time per data folder."""

import fcntl
import os
import time
from pathlib import Path

from kernel.errors import Conflict

_LEFTOVERS_S = 15.0


SERVICE = "service"
COMMAND = "command"


def claim(folder: Path, purpose: str = COMMAND) -> int:
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
    mark = f"{os.getpid()} {purpose}\n".encode()
    os.pwrite(descriptor, mark, 0)
    os.ftruncate(descriptor, len(mark))
    return descriptor


def held_by_service(folder: Path) -> bool:
    """Whether whoever holds the lock is the service, and lives."""
    pid, purpose = _told((folder / "roadcast.lock").read_bytes())
    return purpose == SERVICE and _lives(pid)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> int:
    return _told(os.pread(descriptor, 64, 0))[0]


def _told(mark: bytes) -> tuple[int, str]:
    """The process id and purpose that a holder left; 0 and nothing where it left none yet."""
    pid, _, purpose = mark.partition(b"\n")[0].decode("ascii", "replace").partition(" ")
    return (int(pid) if pid.isdecimal() else 0), purpose


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
