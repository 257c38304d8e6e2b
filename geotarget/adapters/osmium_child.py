"""The process in which extracts of strangers are opened: it may hang or die without harm to anyone else.

``python -m geotarget.adapters.osmium_child places FILE ENCODING CATEGORY…`` and
``… borders FILE ENCODING LEVEL…``.
Says JSON lines: how far it is, places or borders, or a fault.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator

import msgspec
import osmium

from geotarget.adapters.osmium_extracts import TOO_HEAVY, Told
from geotarget.adapters.osmium_passes import borders, places
from geotarget.place import Category
from geotarget.ports import Progress

MEMORY_LIMIT_BYTES = 4 * 1024**3
_PR_SET_PDEATHSIG = 1
_NICE = 10
_FAULT_LIMIT = 200


def _say(one: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(one) + b"\n")
    if one.permille is not None:
        sys.stdout.buffer.flush()


def _progress(permille: int) -> None:
    _say(Told(permille=permille))


def _confine() -> None:
    """Limits on memory and files; ends with the parent; lets the serving processes go first."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICE)


def told(arguments: list[str], progress: Progress) -> Iterator[Told]:
    """What there is to say of a file; a fault is the last of it."""
    try:
        match arguments:
            case ["places", path, encoding, *only]:
                for place in places(path, encoding, [Category(word) for word in only], progress):
                    yield Told(place=place)
            case ["borders", path, encoding, *levels]:
                for border in borders(path, encoding, [int(level) for level in levels], progress):
                    yield Told(border=border)
    except MemoryError:
        yield Told(fault=TOO_HEAVY)
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        yield Told(fault=" ".join(str(error)[:_FAULT_LIMIT].split()).rstrip(".") or "unknown")


def main(arguments: list[str]) -> int:
    """Do as told; the exit code."""
    _confine()
    for one in told(arguments, _progress):
        _say(one)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
