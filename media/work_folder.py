"""Folders for what lies about while an asset is being made; one that a killed process left can be told."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def work_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder below ``parent``, locked while this is entered and removed afterwards.

    The lock is the kernel's: it ends with the process, however that ends.
    """
    while (held := _locked(folder := Path(tempfile.mkdtemp(dir=parent, prefix=prefix)))) is None:
        continue  # a sweep was faster
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def sweep(parent: Path) -> None:
    """Remove the folders of processes that are no more; those that somebody is working in stay."""
    for folder in list(parent.iterdir()):
        if (held := _locked(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the lock of a folder; None if somebody else does, or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not folder.exists():  # removed before it was locked
        os.close(descriptor)
        return None
    return descriptor
