import gzip
import random

import pytest

from kernel.compression import GrowingGzip, gzipped, takes_gzip


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000, br", False),
        ("br", False),
        ("", False),
        ("gzipped", False),
    ],
)
def test_who_takes_it(accepted, taken):
    assert takes_gzip(accepted) is taken


@pytest.mark.parametrize("body", [b"", b"line\n" * 10_000])
def test_others_can_read_it(body):
    assert gzip.decompress(gzipped(body, 1)) == body


TRAILER_BYTES = 10
"""The last block, the check and the length."""


def lines(count: int) -> bytes:
    """As alike as those of a playlist."""
    told = random.Random(7)
    return b"".join(
        b"#EXTINF:1.92000,\n/segments/%d/%x.m4s\n" % (n, told.getrandbits(72)) for n in range(count)
    )


def test_what_grows_is_compressed_where_it_is_new():
    body, zipped = lines(2_000), GrowingGzip(1_000_000)
    ends = [at for at, letter in enumerate(body, 1) if letter == 10]
    before = b""
    appended = 0
    for end in ends[2_000::2]:
        packed = zipped("sound", body[:end], 1)
        assert gzip.decompress(packed) == body[:end]
        appended += packed.startswith(before[:-TRAILER_BYTES]) and before != b""
        before = packed
    assert appended > 990  # a few times, all of it
    assert len(before) < 1.3 * len(gzipped(body, 1))


def test_what_is_another_or_shorter_is_compressed_whole():
    body, zipped = lines(200), GrowingGzip(1_000_000)
    other = body.replace(b"EXTINF", b"EXTRAS")
    for one in (body, body, body[:900], other, b"", other, body):
        assert gzip.decompress(zipped("sound", one, 1)) == one


def test_what_came_last_is_kept():
    body = lines(500)
    size = len(gzipped(body, 1))
    zipped = GrowingGzip(3 * size)
    for key in range(6):
        zipped(key, body, 1)
    assert len(zipped._kept) <= 3
    assert zipped._bytes == sum(len(one.blocks) for one in zipped._kept.values()) <= 3 * size
    assert gzip.decompress(zipped(0, body + body, 1)) == body + body
