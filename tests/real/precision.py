"""Finding where cars were, more exactly than may be kept, in whatever form somebody may have written it.

There is no library of H3 here, so nothing can have written a cell of it.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from redis import Redis
from sqlalchemy import Engine, MetaData, select

DECIMALS = 2
"""Of a degree: what :mod:`geotarget.coarsen` leaves."""
NEAR_BYTES = 128
"""A latitude and its longitude stand together; a number alone may be anything."""
GEOHASH_FINE = 7
"""Letters of a geohash that is some 150 m wide; one of six is coarse."""
FLOATS, INTEGERS = ("<f8", ">f8", "<f4", ">f4"), ("<i4", ">i4", "<i8", ">i8")
"""Numbers in bytes. Of any four bytes one in ten thousand is a whole number that is a latitude: these can be
looked for in values only, which are small, and not in pages."""

_ZLIB = zlib.compress(b"", 1)[:2]
_AFTER_SNAPSHOT = re.compile(rb"\xff.{8}(?=\*\d+\r\n\$)", re.DOTALL)
_PACKED_LIMIT_BYTES = 1_000_000
_DECIMAL = re.compile(rb"(?<![\d.])(?<!\d:)(\d{1,3}\.\d{3,})")
_INTEGER = re.compile(rb"(?<![\w.])-?(\d{7,10})(?![\w.])")
_SCALES = (1e5, 1e6, 1e7)
_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
_HASH = re.compile(rb"(?<![0-9A-Za-z])[%s]{%d,12}(?![0-9A-Za-z])" % (_BASE32.encode(), GEOHASH_FINE))


def geohash(latitude: float, longitude: float, letters: int) -> str:
    """As G. Niemeyer defined it."""
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = 0
    for number in range(letters * 5):
        span, value = spans[number % 2], (longitude, latitude)[number % 2]
        middle = (span[0] + span[1]) / 2
        upper = value >= middle
        bits = bits << 1 | upper
        span[not upper] = middle
    return "".join(_BASE32[bits >> shift & 31] for shift in range((letters - 1) * 5, -1, -5))


class Trail:
    """Where cars were, and every way to tell it that is too exact.

    The cars must have driven where no other number lies: all that stands there but for whole hundredths of a
    degree is taken for theirs, whether or not it is one of their positions.

    Args:
        positions: latitudes and longitudes.
    """

    def __init__(self, positions: Sequence[tuple[float, float]]) -> None:
        self._bands = [(min(axis), max(axis)) for axis in zip(*positions, strict=True)]
        self._hashes = {geohash(*position, GEOHASH_FINE).encode() for position in positions}

    def found_in(self, data: bytes, kinds: Sequence[str] = (*FLOATS, *INTEGERS)) -> list[str]:
        """What of it stands in ``data``, as text or as numbers in bytes of these kinds."""
        return [*self._decimals(data), *self._scaled(data), *self._hashed(data), *self._binary(data, kinds)]

    def _decimals(self, data: bytes) -> Iterator[str]:
        for match in _DECIMAL.finditer(data):
            number = np.array([float(match[1])])
            if any(self._fine(number, axis, 1e-9)[0] for axis in (0, 1)):
                yield f"decimal {_around(data, match.start())}"

    def _fine(self, numbers: Any, axis: int, grain: float) -> Any:
        """Which of them lie in the band, whatever their sign, and on no whole hundredth."""
        size = np.abs(numbers)
        low, high = sorted(abs(edge) for edge in self._bands[axis])
        hundredths = size * 10**DECIMALS
        return (size >= low) & (size <= high) & (np.abs(hundredths - np.rint(hundredths)) > grain * 100)

    def _scaled(self, data: bytes) -> Iterator[str]:
        matches = list(_INTEGER.finditer(data))
        numbers = np.array([float(match[1]) for match in matches])
        starts = np.array([match.start() for match in matches])
        for scale in _SCALES:
            if len(matches) and (at := self._together(numbers / scale, starts, 1e-9)) is not None:
                yield f"integer {_around(data, at)}"

    def _together(self, numbers: Any, starts: Any, grain: float) -> int | None:
        """Where a latitude has a longitude beside it."""
        latitudes, longitudes = (starts[self._fine(numbers, axis, grain)] for axis in (0, 1))
        if not (len(latitudes) and len(longitudes)):
            return None
        apart = np.abs(latitudes[:, None] - longitudes[None, :]).min(axis=1)
        found = latitudes[apart <= NEAR_BYTES]
        return int(found[0]) if len(found) else None

    def _hashed(self, data: bytes) -> Iterator[str]:
        for match in _HASH.finditer(data):
            if match[0][:GEOHASH_FINE] in self._hashes:
                yield f"geohash {_around(data, match.start())}"

    def _binary(self, data: bytes, kinds: Sequence[str]) -> Iterator[str]:
        for kind in kinds:
            dtype = np.dtype(kind)
            parts = [_every(data, dtype, offset) for offset in range(dtype.itemsize)]
            with np.errstate(all="ignore"):
                numbers = np.concatenate([part for part, _ in parts]).astype("f8")
                starts = np.concatenate([where for _, where in parts])
                scales = (1.0,) if kind in FLOATS else _SCALES
                grain = 1e-5 if kind.endswith("f4") else 1e-9
                found = [self._together(numbers / scale, starts, grain) for scale in scales]
            yield from (f"binary {kind} {_around(data, at)}" for at in found if at is not None)


def _every(data: bytes, dtype: np.dtype[Any], offset: int) -> tuple[Any, Any]:
    count = max(0, len(data) - offset) // dtype.itemsize
    numbers = np.frombuffer(data, dtype, count, offset) if count else np.empty(0, dtype)
    return numbers, offset + np.arange(count) * dtype.itemsize


def _around(data: bytes, at: int) -> str:
    return repr(data[max(0, at - 60) : at + 40])


def rows_of(engine: Engine) -> Iterator[tuple[str, bytes]]:
    """Each table by its name, with all that its columns hold."""
    kept = MetaData()
    with engine.connect() as connection:
        kept.reflect(connection)
        for table in kept.tables.values():
            rows = connection.execute(select(table)).all()
            yield f"table {table.name}", b"\n".join(_read(_bytes(value)) for row in rows for value in row)


def values_of(redis: Redis) -> Iterator[tuple[str, bytes]]:
    """Each key of Redis, with all that it holds; of a sorted set also where its members lie, if anywhere."""
    for key in redis.scan_iter(count=1000):
        found: list[Any] = [key]
        match redis.type(key):
            case b"string":
                found.append(redis.get(key))
            case b"hash":
                found.append(redis.hgetall(key))
            case b"stream":
                found.append(redis.xrange(key))
            case b"set":
                found.append(redis.smembers(key))
            case b"list":
                found.append(redis.lrange(key, 0, -1))
            case b"zset":
                members = redis.zrange(key, 0, -1, withscores=True)
                found += [members, redis.geopos(key, *(member for member, _ in members))]
            case other:
                raise AssertionError(f"nobody looks into a {other!r}")
        yield f"key {key.decode(errors='replace')}", b"\n".join(map(_read, _leaves(found)))


def _leaves(value: Any) -> Iterable[bytes]:
    if isinstance(value, dict):
        value = [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set):
        for one in value:
            yield from _leaves(one)
    else:
        yield _bytes(value)


def _read(value: bytes) -> bytes:
    """A value; what is MessagePack as text, so that numbers are told from what surrounds them."""
    if value.startswith(b"HYLL"):
        return b""  # hashes of what was counted; that itself stands in the commands
    value = unpacked(value)
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        if isinstance(told := msgspec.msgpack.decode(value), dict | list):
            return b"\n".join(_leaves(told))
    return value


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            read = commands_in(data) if path.suffix == ".aof" else unpacked(data)
            yield f"file {path.relative_to(folder)}", read


def commands_in(log: bytes) -> bytes:
    """What Redis was ever told, by its append-only file; before it, as it stands, what it began with.

    Raises:
        ValueError: it is not written as Redis 6 and 7 write it.
    """
    begin = _AFTER_SNAPSHOT.search(log)
    at = 0 if log.startswith(b"*") else begin.end() if begin else len(log)
    told = [log[:at]]
    while at < len(log):
        count, at = _length(log, at, b"*")
        for _ in range(count):
            size, at = _length(log, at, b"$")
            told.append(_read(log[at : at + size]))
            at += size + 2
    return b"\n".join(told)


def _length(log: bytes, at: int, mark: bytes) -> tuple[int, int]:
    """A number of RESP at ``at``, and where what it counts begins."""
    if log[at : at + 1] != mark:
        raise ValueError(f"no command of Redis: {log[at : at + 40]!r}")
    end = log.index(b"\r\n", at)
    return int(log[at + 1 : end]), end + 2


def unpacked(data: bytes) -> bytes:
    """``data`` with what zlib packed in it read: packed bytes look like anything, and hide what they hold."""
    found, at = bytearray(), 0
    while (begin := data.find(_ZLIB, at)) >= 0:
        stream = zlib.decompressobj()
        packed = data[begin : begin + _PACKED_LIMIT_BYTES]
        try:
            read = stream.decompress(packed)
        except zlib.error:
            read = b""
        found += data[at:begin]
        if stream.eof:
            found += read
            at = begin + len(packed) - len(stream.unused_data)
        else:
            found += _ZLIB
            at = begin + len(_ZLIB)
    return bytes(found + data[at:])


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
