import gzip

import pytest

from kernel.compression import gzipped, takes_gzip


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
