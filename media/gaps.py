"""Stretches of a file's own time in which nothing happens at all: a broken clock, not a pause.

A file whose timestamps leap by hours would else be filled with hours of a held picture and silence.
Picture and sound are shifted by the same amount, so they keep step.
"""

from collections.abc import Iterable
from itertools import pairwise

import msgspec

GAP_LIMIT_S = 60


class Gap(msgspec.Struct, frozen=True):
    """Nothing from ``start_s`` on for ``length_s``, both whole seconds of the file's own time."""

    start_s: int
    length_s: int


def find_gaps(busy_s: Iterable[int]) -> tuple[Gap, ...]:
    """The gaps of more than a minute between seconds in which something begins or ends."""
    seconds = sorted(busy_s)
    return tuple(
        Gap(before + 1, after - before - 1)
        for before, after in pairwise(seconds)
        if after - before - 1 > GAP_LIMIT_S
    )


def gone_s(at_s: float, gaps: Iterable[Gap]) -> int:
    """How much time was taken out before ``at_s``, in seconds."""
    return sum(gap.length_s for gap in gaps if at_s >= gap.start_s + gap.length_s)
