"""Reading the box structure of ISO base media files (ISO/IEC 14496-12, 4.2): headers only."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kernel.errors import Invalid

_HEADER = struct.Struct(">I4s")
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
HEADER_BYTES = _HEADER.size


@dataclass(frozen=True, slots=True)
class Box:
    """One box: where it starts, where its content starts, and where it ends, in bytes."""

    kind: bytes
    start: int
    body: int
    end: int


def header(data: bytes | bytearray, at: int) -> tuple[int, bytes]:
    """Size and type of the box at ``at``; sizes of 64 bits and "to the end" are not house format."""
    size, kind = _HEADER.unpack_from(data, at)
    return size, kind


def _run(data: bytes, start: int, end: int) -> Iterator[Box]:
    at = start
    while at < end:
        if at + HEADER_BYTES > end:
            raise _malformed()
        size, kind = header(data, at)
        if size < HEADER_BYTES or at + size > end:
            raise _malformed()
        yield Box(kind, at, at + HEADER_BYTES, at + size)
        at += size


def top_level(data: bytes) -> Iterator[Box]:
    """The outermost boxes.

    Raises:
        Invalid: ``segment-malformed`` where sizes do not add up.
    """
    return _run(data, 0, len(data))


def children(data: bytes, parent: Box, kind: bytes | None = None) -> Iterator[Box]:
    """The boxes directly inside ``parent``, all or those of one kind; errors as :func:`top_level`."""
    return (box for box in _run(data, parent.body, parent.end) if kind in (None, box.kind))


def decode_time(data: bytes, tfdt: Box) -> int:
    """The baseMediaDecodeTime of a ``tfdt`` of version 1 (8.8.12).

    Raises:
        Invalid: ``segment-malformed`` if it is of version 0 or cut short.
    """
    if tfdt.end - tfdt.body < 12 or data[tfdt.body] != 1:
        raise _malformed()
    value: int = _U64.unpack_from(data, tfdt.body + 4)[0]
    return value


def sample_count(data: bytes, moof: Box) -> int:
    """Samples in all track runs (``trun``, 8.8.8) of a movie fragment."""
    return sum(
        _U32.unpack_from(data, trun.body + 4)[0]
        for traf in children(data, moof, b"traf")
        for trun in children(data, traf, b"trun")
    )


def _malformed() -> Invalid:
    return Invalid("segment-malformed", "The boxes of the segment do not add up.")
