"""The process in which files of strangers are opened: it may hang or die without harm to anyone else.

``python -m media.adapters.av_child look FILE``, ``… make FILE FOLDER SEED CUE…``, ``… slate FOLDER``
and ``… logo FILE TARGET``.
Says JSON lines: progress in permille, then the result or the refusals.
"""

import ctypes
import errno
import math
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import av
import msgspec

from media.acceptance import Refusal, Unpreparable, accept
from media.adapters.av_logo import redraw
from media.adapters.av_look import look
from media.adapters.av_make import make, make_slate
from media.ports import Made
from media.source import Source
from media.upload import LENGTH_LIMIT_BYTES

MEMORY_LIMIT_BYTES = 6 * 1024**3
_FILE_LIMIT_BYTES = 3 * LENGTH_LIMIT_BYTES
_PR_SET_PDEATHSIG = 1
_NICE = 10


class Told(msgspec.Struct, omit_defaults=True):
    """One line: exactly one of its fields is set."""

    permille: int | None = None
    source: Source | None = None
    made: Made | None = None
    refusals: tuple[Refusal, ...] | None = None
    hindrance: str | None = None


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def _progress(permille: int) -> None:
    _say(Told(permille=permille))


def _make(path: Path, folder: Path, seed: str, cues: Sequence[int] = ()) -> Told:
    """The result, or why there is none. The whole file is looked at now, however long that takes."""
    try:
        found = look(path, math.inf, lambda: _progress(0))
        refusals = accept(found)
        if refusals:
            return Told(refusals=refusals)
        return Told(made=make(path, found, folder, seed, _progress, cues))
    except Unpreparable as unfit:
        return Told(refusals=unfit.refusals)
    except (MemoryError, RuntimeError, OSError, av.error.FFmpegError) as error:
        if hindrance := _hindrance(error):
            return Told(hindrance=hindrance)
        if not isinstance(error, av.error.FFmpegError):
            raise
        detail = f"It could not be decoded to the end: {error}."[:300]
        fix = "Export it again as H.264 and AAC in MP4."
        return Told(refusals=(Refusal("media-undecodable", detail, fix),))


def _redraw(path: Path, target: Path) -> Told:
    try:
        redraw(path, target)
    except Unpreparable as unfit:
        return Told(refusals=unfit.refusals)
    return Told(permille=1000)


def _hindrance(error: Exception) -> str:
    """What the machine lacks; empty where the file, or this program, is at fault."""
    if isinstance(error, MemoryError) or "new thread" in str(error):
        return "media-too-heavy"
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    return "media-disk-full" if full else ""


def _confine() -> None:
    """Limits on memory and files; ends with the parent; lets the serving processes go first."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_LIMIT_BYTES, _FILE_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICE)


def main(arguments: list[str]) -> int:
    """Do as told; the exit code."""
    _confine()
    av.logging.set_level(None)
    match arguments:
        case ["look", path]:
            _say(Told(source=look(Path(path))))
        case ["make", path, folder, seed, *cues]:
            _say(_make(Path(path), Path(folder), seed, [int(cue) for cue in cues]))
        case ["logo", path, target]:
            _say(_redraw(Path(path), Path(target)))
        case ["slate", folder]:
            _say(Told(made=make_slate(Path(folder))))
        case _:
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
