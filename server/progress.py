"""How far the preparation of a start is: told by one process, shown by another through a small file."""

from pathlib import Path

import msgspec

from server.engines.data_folder import held_by_service

RECORDS = "Bringing the records up to date"
FILMS = "Making the demo's films: %(ready)s of %(all)s are ready"
BOOKINGS = "Filling the demo: places, a channel, campaigns, a car"
STEPS = (RECORDS, FILMS, BOOKINGS)
"""Every step, as the page shows it; ``FILMS`` with its numbers filled in."""


class Progress(msgspec.Struct, frozen=True):
    """What is being made.

    Args:
        permille: of the whole.
        step: one of :data:`STEPS`.
        ready, all: of the films.
    """

    permille: int = 0
    step: str = RECORDS
    ready: int = 0
    all: int = 0

    @property
    def numbers(self) -> dict[str, int]:
        """What fills the placeholders of the step."""
        return {"ready": self.ready, "all": self.all} if self.step == FILMS else {}


def path_in(data_dir: Path) -> Path:
    """Where it is told."""
    return data_dir / "run" / "progress.json"


def tell(data_dir: Path, progress: Progress) -> None:
    """Tell; whoever looks meanwhile sees the old or the new."""
    path = path_in(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(progress))
    draft.replace(path)


def forget(data_dir: Path) -> None:
    """It is over."""
    path_in(data_dir).unlink(missing_ok=True)


def is_going_on(data_dir: Path) -> bool:
    """Whether the service on that folder is being prepared."""
    return path_in(data_dir).exists() and held_by_service(data_dir)


def told(data_dir: Path) -> Progress:
    """What was told last; the beginning, where nothing was."""
    try:
        return msgspec.json.decode(path_in(data_dir).read_bytes(), type=Progress)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Progress()
