"""QR codes by segno: level M, which bears that a seventh is unreadable, in the smallest size that fits."""

from functools import lru_cache

import segno

from adserver.coupons.qr import QrPicture, picture

_KEPT = 4096


@lru_cache(_KEPT)
def draw_qr(text: str) -> QrPicture:
    """Implements :class:`adserver.coupons.qr.DrawQr`; it takes some milliseconds, so the latest are kept."""
    return picture(segno.make_qr(text, error="m", boost_error=False).matrix)
