"""Lots: from a decision's roll each line item draws its own, the same for the same roll.

A line item's key is a digest of its id. It is mixed with the roll as SplitMix64 does (Steele, Lea and Flood,
Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), one by one, or a whole column in microseconds.
"""

import hashlib
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_WORD = (1 << 64) - 1
_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_SHIFTS = np.array([30, 27, 31], dtype=np.uint64)
_FACTORS = np.array([_FIRST, _SECOND], dtype=np.uint64)


class Draw(IntEnum):
    """What is drawn for: what one draw decides says nothing of the others."""

    PACE = 7
    TIE = 9


def key_of(line_item_id: str) -> int:
    """What a line item draws by, of 64 bits."""
    return int.from_bytes(hashlib.blake2b(line_item_id.encode(), digest_size=8).digest(), "big")


def lot(key: int, roll: float, draw: Draw) -> int:
    """One line item's, of 64 bits.

    Args:
        key: see :func:`key_of`.
        roll: of the decision, in [0, 1).
        draw: what for.
    """
    return _mixed(key ^ _seed(roll, draw))


def lots(keys: Keys, roll: float, draw: Draw) -> Keys:
    """:func:`lot` of many at once."""
    mixed = keys ^ np.uint64(_seed(roll, draw))
    mixed ^= mixed >> _SHIFTS[0]
    mixed *= _FACTORS[0]
    mixed ^= mixed >> _SHIFTS[1]
    mixed *= _FACTORS[1]
    mixed ^= mixed >> _SHIFTS[2]
    return mixed


def _seed(roll: float, draw: Draw) -> int:
    return _mixed((int(roll * (1 << 53)) + draw * _GOLDEN) & _WORD)


def _mixed(word: int) -> int:
    word ^= word >> 30
    word = word * _FIRST & _WORD
    word ^= word >> 27
    word = word * _SECOND & _WORD
    return word ^ word >> 31
