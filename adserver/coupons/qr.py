"""A code as a picture that a till's reader takes: dark modules on a white square, its quiet zone included."""

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

import msgspec

QUIET = 4
"""Modules left white around it (ISO/IEC 18004, 6.3.8)."""


class QrPicture(msgspec.Struct, frozen=True):
    """An SVG path in a square.

    Args:
        size: of the square, in modules.
        path: of the dark ones, each 1 by 1.
    """

    size: int
    path: str


class DrawQr(Protocol):
    """Draws a code."""

    def __call__(self, text: str) -> QrPicture:
        """The same text is the same picture."""


def picture(modules: Sequence[Sequence[int]]) -> QrPicture:
    """Of rows of modules, dark ones not 0."""
    path = []
    for y, row in enumerate(modules, QUIET):
        x = QUIET
        for dark, run in groupby(row, bool):
            length = len(list(run))
            path += [f"M{x} {y}h{length}v1h-{length}z"] if dark else []
            x += length
    return QrPicture(len(modules) + 2 * QUIET, "".join(path))
