"""Which of many boxes may hold a point: a few slices of memory, however many boxes there are."""

import math

import numpy as np
from numpy.typing import NDArray

from geotarget.distance import Floats

_LEVELS = 20
_FINEST_DEG = 360 / 2**_LEVELS
_APART = 1 << 24
_NONE = np.empty(0, dtype=np.intp)
Rows = NDArray[np.intp]


class Cells:
    """An immutable grid of squares of degrees on several levels, each half as fine as the one before.

    A box is kept on the level where it is two to four squares long, in each square that it touches: some
    sixteen times at most. So a point asks one square of each level that is in use.

    Args:
        west, south, east, north: of the boxes, in degrees; longitudes may pass the antimeridian by a turn.
    """

    def __init__(self, west: Floats, south: Floats, east: Floats, north: Floats) -> None:
        widest = np.maximum(np.maximum(east - west, north - south), _FINEST_DEG)
        levels = np.clip(np.ceil(np.log2(widest / _FINEST_DEG)).astype(np.int64) - 2, 0, _LEVELS)
        self._levels: list[tuple[float, int, dict[int, Rows]]] = []
        for level in np.unique(levels).tolist():
            rows = (levels == level).nonzero()[0]
            size_deg, columns = _FINEST_DEG * 2.0**level, 2 ** (_LEVELS - level)
            kept = _touched(size_deg, west[rows], south[rows], east[rows], north[rows])
            squares = kept[1] * _APART + kept[2] % columns
            self._levels.append((size_deg, columns, _by_square(squares, rows[kept[0]])))

    def at(self, latitude: float, longitude: float) -> Rows:
        """The boxes that share a square with a point: all that hold it are among them."""
        found = []
        for size_deg, columns, squares in self._levels:
            row, column = math.floor(latitude / size_deg), math.floor(longitude / size_deg)
            rows = squares.get(row * _APART + column % columns)
            if rows is not None:
                found.append(rows)
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else _NONE


def _touched(
    size_deg: float, west: Floats, south: Floats, east: Floats, north: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each square that a box touches: which box, its row and its column."""
    edges = [np.floor(edge / size_deg).astype(np.int64) for edge in (west, south, east, north)]
    wide, high = edges[2] - edges[0] + 1, edges[3] - edges[1] + 1
    boxes = np.repeat(np.arange(len(west)), wide * high)
    first = np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    within = np.arange(len(boxes)) - first
    return boxes, edges[1][boxes] + within // wide[boxes], edges[0][boxes] + within % wide[boxes]


def _by_square(squares: NDArray[np.int64], rows: NDArray[np.intp]) -> dict[int, Rows]:
    """The rows of each square, as slices of one array."""
    order = squares.argsort(kind="stable")
    squares, kept = squares[order], rows[order]
    begins = np.flatnonzero(np.diff(squares, prepend=squares[0] - 1))
    ends = [*begins[1:].tolist(), len(kept)]
    return {
        square: kept[begin:end]
        for square, begin, end in zip(squares[begins].tolist(), begins.tolist(), ends, strict=True)
    }
