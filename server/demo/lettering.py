"""Pixel letters on moving pictures, since no font can be counted on."""

import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Five columns a letter, least significant bit on top.
_GLYPHS = {
    "A": "7C1211127C", "B": "7F49494936", "C": "3E41414122", "D": "7F4141413E", "E": "7F49494941",
    "F": "7F09090901", "G": "3E41415173", "H": "7F0808087F", "I": "00417F4100", "J": "2040413F01",
    "K": "7F08142241", "L": "7F40404040", "M": "7F021C027F", "N": "7F0408107F", "O": "3E4141413E",
    "P": "7F09090906", "Q": "3E4151215E", "R": "7F09192946", "S": "2649494932", "T": "03017F0103",
    "U": "3F4040403F", "V": "1F2040201F", "W": "3F4038403F", "X": "6314081463", "Y": "0304780403",
    "Z": "6159494D43", "0": "3E5149453E", "1": "00427F4000", "2": "7249494946", "3": "2141494D33",
    "4": "1814127F10", "5": "2745454539", "6": "3C4A494931", "7": "4121110907", "8": "3649494936",
    "9": "464949291E", " ": "0000000000", ".": "0000606000", ",": "0000503000", "-": "0808080808",
    "'": "0000070000", "&": "3649562050", "%": "2313086462", "!": "00005F0000",
}  # fmt: skip
_ROWS, _COLUMNS = 8, 6

Mask = NDArray[np.bool_]
Planes = NDArray[Any]


def mask_of(text: str, size: int) -> Mask:
    """``text`` in capitals as a mask, ``size`` pixels to each dot; accents are dropped."""
    plain = unicodedata.normalize("NFKD", text.upper())
    letters = [bytes.fromhex(_GLYPHS[letter]) for letter in plain if letter in _GLYPHS]
    dots = np.zeros((_ROWS, max(1, len(letters)) * _COLUMNS), dtype=np.bool_)
    for number, columns in enumerate(letters):
        for column, bits in enumerate(columns):
            for row in range(_ROWS):
                dots[row, number * _COLUMNS + column] = bits >> row & 1
    return np.kron(dots, np.ones((size, size), dtype=np.bool_)).astype(np.bool_)


@dataclass(frozen=True)
class Line:
    """One line of text on a picture.

    Args:
        size: pixels to a dot; a letter is 7 dots tall.
        across, down: where its middle lies, as shares of width and height.
        until_s: when it goes; None stays.
    """

    text: str
    size: int
    across: float = 0.5
    down: float = 0.5
    until_s: float | None = None


class Lettering:
    """Lines ready to be painted on frames of one size.

    Args:
        lines: what to paint.
        width, height: of the frames.
    """

    def __init__(self, lines: tuple[Line, ...], width: int, height: int) -> None:
        self._placed = [(line, *_placed(line, width, height)) for line in lines]

    def paint(self, planes: Planes, height: int, at_s: float) -> None:
        """Paint white letters with a dark shadow on a yuv420p frame (``(height * 3 / 2, width)``)."""
        colours = planes[height:].reshape(2, height // 2, -1)
        for line, mask, top, left in self._placed:
            if line.until_s is not None and at_s >= line.until_s:
                continue
            rows, columns = mask.shape
            shadow = max(1, line.size // 2)
            planes[top + shadow : top + shadow + rows, left + shadow : left + shadow + columns][mask] = 24
            planes[top : top + rows, left : left + columns][mask] = 235
            grey = mask[::2, ::2]
            half = slice(top // 2, top // 2 + grey.shape[0]), slice(left // 2, left // 2 + grey.shape[1])
            colours[(slice(None), *half)][:, grey] = 128


def _placed(line: Line, width: int, height: int) -> tuple[Mask, int, int]:
    margin = 2 * line.size
    mask = mask_of(line.text, line.size)[:, : width - margin]
    rows, columns = mask.shape
    top = round(line.down * height - rows / 2)
    left = round(line.across * width - columns / 2)
    return mask, min(max(top, 0), height - rows - margin), min(max(left, 0), width - columns - margin)
