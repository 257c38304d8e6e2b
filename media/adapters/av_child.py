"""The process in which files of strangers are opened: it may hang or die without harm to anyone else.

``python -m media.adapters.av_child look FILE`` and ``… make FILE FOLDER SEED`` and ``… slate FOLDER``.
Says JSON lines: progress in permille, then the result or the refusals.
"""

import resource
import sys
from pathlib import Path

import av
import msgspec

from media.acceptance import Refusal, Unpreparable
from media.adapters.av_look import look
from media.adapters.av_make import make, make_slate
from media.ports import Made
from media.source import FoundKind, Source

MEMORY_LIMIT_BYTES = 6 * 1024**3


class Told(msgspec.Struct, omit_defaults=True):
    """One line: exactly one of its fields is set."""

    permille: int | None = None
    source: Source | None = None
    made: Made | None = None
    refusals: tuple[Refusal, ...] | None = None


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def _make(path: Path, folder: Path, seed: str) -> Made:
    found = look(path)
    if found.kind is not FoundKind.MEDIA:
        raise Unpreparable((Refusal("media-no-media", "The file could not be read again.", "Try again."),))
    last = -1

    def progress(permille: int) -> None:
        nonlocal last
        if permille != last:
            last = permille
            _say(Told(permille=permille))

    return make(path, found, folder, seed, progress)


def main(arguments: list[str]) -> int:
    """Do as told; the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    av.logging.set_level(None)
    match arguments:
        case ["look", path]:
            _say(Told(source=look(Path(path))))
        case ["make", path, folder, seed]:
            try:
                _say(Told(made=_make(Path(path), Path(folder), seed)))
            except Unpreparable as unfit:
                _say(Told(refusals=unfit.refusals))
            except (av.error.FFmpegError, MemoryError) as error:
                detail = f"It could not be decoded to the end: {error}."[:300]
                _say(Told(refusals=(Refusal("media-undecodable", detail, "Export it again."),)))
        case ["slate", folder]:
            _say(Told(made=make_slate(Path(folder))))
        case _:
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
