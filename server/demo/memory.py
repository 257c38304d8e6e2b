"""What the demo must remember between starts: the passwords it made, the codes, the ids it was given."""

import os
from pathlib import Path

import msgspec


class Memory(msgspec.Struct):
    """Kept in the data folder, readable by its owner alone.

    Args:
        passwords: by account name.
        advertisers, campaigns: by the key of their spot, once they are booked.
        codes: enrolment codes by use: ``screen``, ``feed``, ``player``.
        complete: whether everything was seeded.
    """

    passwords: dict[str, str] = {}
    advertisers: dict[str, str] = {}
    campaigns: dict[str, str] = {}
    codes: dict[str, str] = {}
    complete: bool = False


def path_in(data_dir: Path) -> Path:
    """Where it is kept."""
    return data_dir / "demo.json"


def recall(data_dir: Path) -> Memory:
    """What was remembered; nothing at first."""
    try:
        return msgspec.json.decode(path_in(data_dir).read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()


def remember(data_dir: Path, memory: Memory) -> None:
    """Keep it; whole or not at all."""
    path = path_in(data_dir)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(memory)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
