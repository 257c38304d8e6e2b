"""gzip (RFC 1952) for who accepts it."""

import zlib

_GZIP_BITS = 16 + zlib.MAX_WBITS


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
