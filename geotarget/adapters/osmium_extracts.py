"""Extracts of OpenStreetMap, read in a child process, so that no file can take a server process with it."""

import signal
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Timer

import msgspec

from geotarget.extract import HEAD_BYTES, encoding_of, no_extract
from geotarget.osm_borders import OsmBorder
from geotarget.osm_places import OsmElement
from geotarget.place import Category
from geotarget.ports import Progress
from kernel.errors import Invalid, TooLarge, Unavailable

_ENVIRON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All that the child is told: no secret of ours lies where a stranger's file is parsed."""
TOO_HEAVY = "heavy"
"""The fault of what takes too much memory."""
_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGXFSZ)


class Told(msgspec.Struct, omit_defaults=True):
    """One line of the child: exactly one of its fields is set.

    Args:
        fault: what libosmium says of the file, or ``heavy``; nothing comes after it.
    """

    permille: int | None = None
    place: OsmElement | None = None
    border: OsmBorder | None = None
    fault: str | None = None


_decode = msgspec.json.Decoder(Told).decode


@dataclass(frozen=True)
class OsmiumExtracts:
    """Implements ``ports.Extracts``.

    Args:
        limit_s: after that long it gives up.
    """

    limit_s: float = 3600.0
    _running: "set[subprocess.Popen[bytes]]" = field(default_factory=set, init=False)

    def end(self) -> None:
        """See ``ports.Extracts.end``."""
        for child in tuple(self._running):
            child.kill()

    def places(self, path: Path, only: Collection[Category], progress: Progress) -> Iterator[OsmElement]:
        """See ``ports.Extracts.places``."""
        for told in self._told("places", path, only, progress):
            if told.place:
                yield told.place

    def borders(self, path: Path, levels: Collection[int], progress: Progress) -> Iterator[OsmBorder]:
        """See ``ports.Extracts.borders``."""
        for told in self._told("borders", path, map(str, levels), progress):
            if told.border:
                yield told.border

    def _told(self, what: str, path: Path, chosen: Iterable[str], progress: Progress) -> Iterator[Told]:
        with path.open("rb") as file:
            encoding = encoding_of(file.read(HEAD_BYTES))
        if encoding is None:
            raise no_extract()
        command = [
            sys.executable,
            "-m",
            "geotarget.adapters.osmium_child",
            what,
            str(path),
            encoding,
            *chosen,
        ]
        with subprocess.Popen(  # noqa: S603 - our own module, on a path that we made or that the operator named
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=_ENVIRON
        ) as child:
            assert child.stdout is not None
            late = Event()

            def end() -> None:
                late.set()
                child.kill()

            watch = Timer(self.limit_s, end)
            watch.start()
            self._running.add(child)
            try:
                yield from _lines(child.stdout, progress)
                if child.wait() != 0:
                    raise _too_heavy() if late.is_set() else _given_up(child.returncode)
            finally:
                self._running.discard(child)
                watch.cancel()
                child.kill()


def _lines(said: Iterable[bytes], progress: Progress) -> Iterator[Told]:
    """What the child says, to the end of it.

    Raises:
        Invalid: ``file-malformed``.
        TooLarge: ``extract-too-heavy``.
    """
    for line in said:
        with suppress(msgspec.DecodeError):
            told = _decode(line)
            if told.fault == TOO_HEAVY:
                raise _too_heavy()
            if told.fault:
                raise _malformed(told.fault)
            if told.permille is not None:
                progress(told.permille)
            else:
                yield told


def _malformed(fault: str) -> Invalid:
    detail = f"The extract cannot be read: {fault}."
    return Invalid("file-malformed", detail, fix="Check that the file is whole.")


def _too_heavy() -> TooLarge:
    return TooLarge(
        "extract-too-heavy",
        "The extract takes more memory or time than one may.",
        fix="Check that the file is whole, or take that of a smaller region.",
    )


def _given_up(code: int) -> Invalid | Unavailable:
    """Why a child ended before its time: the file brought it down, or something else did."""
    if -code in _CRASHES:
        return _malformed("the reader gave up")
    return Unavailable("extract-interrupted", "Reading the extract was interrupted.", fix="Try it again.")
