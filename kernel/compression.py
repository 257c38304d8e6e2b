"""gzip (RFC 1952) for who accepts it."""

import struct
import zlib
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

_GZIP_BITS = 16 + zlib.MAX_WBITS
_RAW_BITS = -zlib.MAX_WBITS
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_LAST_BLOCK = b"\x03\x00"
_WINDOW_BYTES = 32_768


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names ``gzip``, and not with a weight of nought (RFC 9110, 12.5.3)."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def gzipper(level: int) -> "zlib._Compress":
    """What takes a body piece by piece.

    Args:
        level: from 1, the fastest, to 9.
    """
    return zlib.compressobj(level, zlib.DEFLATED, _GZIP_BITS)


def gzipped(body: bytes, level: int) -> bytes:
    """``body`` at once; does not hold other threads up."""
    zipper = gzipper(level)
    return zipper.compress(body) + zipper.flush()


class _Grown(NamedTuple):
    """What was compressed of a body: so many bytes with that CRC-32, ``fresh`` of them in one go."""

    length: int
    crc: int
    fresh: int
    blocks: bytes


class GrowingGzip:
    """Compresses bodies that come again with more behind them: each time what is new alone.

    What is new is compressed less well than all at once would be: so that is done each time that it makes up
    a quarter. For threads.

    Args:
        limit_bytes: what is kept for the bodies that came last.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, _Grown] = OrderedDict()
        self._lock = Lock()

    def __call__(self, key: Hashable, body: bytes, level: int) -> bytes:
        """``body`` in gzip; ``key`` tells it from others that grow."""
        known = self._kept.get(key)
        view = memoryview(body)
        if known is not None and known.length <= len(body) < known.fresh * 5 // 4:
            same = zlib.crc32(view[: known.length]) == known.crc
        else:
            same = False
        start, crc, fresh, blocks = known if known is not None and same else _Grown(0, 0, len(body), b"")
        before = body[max(0, start - _WINDOW_BYTES) : start]
        zipper = zlib.compressobj(level, zlib.DEFLATED, _RAW_BITS, zdict=before)
        blocks += zipper.compress(view[start:]) + zipper.flush(zlib.Z_SYNC_FLUSH)
        grown = _Grown(len(body), zlib.crc32(view[start:], crc), fresh, blocks)
        self._keep(key, grown)
        return _HEAD + blocks + _LAST_BLOCK + struct.pack("<II", grown.crc, grown.length & 0xFFFF_FFFF)

    def _keep(self, key: Hashable, grown: _Grown) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += len(grown.blocks) - (len(before.blocks) if before else 0)
            self._kept[key] = grown
            while self._bytes > self._limit_bytes:
                self._bytes -= len(self._kept.popitem(last=False)[1].blocks)
