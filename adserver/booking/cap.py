"""Frequency caps as they are booked: how often one vehicle may be shown something, several at once."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

COUNT_MAX = 1000
WINDOW_MIN_S, WINDOW_MAX_S = 60, 90 * 86_400
CAPS_LIMIT = 6
"""Of a line item, and as many of its campaign and of its advertiser."""


class Per(StrEnum):
    """Within what a cap counts: any window of some length, a drive, or for ever."""

    WINDOW = "window"
    DRIVE = "drive"
    LIFE = "life"


class FrequencyCap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most ``count`` for one vehicle.

    Args:
        window_s: how long the window is, wherever it is laid; 0 for a drive, and for ever.
    """

    count: int
    window_s: int = 0
    per: Per = Per.WINDOW

    @property
    def words(self) -> str:
        """Within what it counts, as details of refusals say it."""
        return f"in {self.window_s} s" if self.per is Per.WINDOW else _WORDS[self.per]


_WORDS = {Per.DRIVE: "in this drive", Per.LIFE: "in all"}

USUAL = (FrequencyCap(6, 3600),)
"""Of a line item for which none is given."""


def cap_faults(caps: Sequence[FrequencyCap]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with them: a code, what is wrong, and what to do."""
    if len(caps) > CAPS_LIMIT:
        yield "caps-too-many", "There are too many frequency caps.", f"Give at most {CAPS_LIMIT}."
    if not all(map(_possible, caps)):
        fix = f"Allow 1 to {COUNT_MAX}, within 1 minute to 90 days, in a drive, or in all."
        yield "cap-out-of-range", "The frequency cap is out of range.", fix
    elif len({(cap.per, cap.window_s) for cap in caps}) < len(caps):
        yield "caps-alike", "Two frequency caps count within the same.", "Give one number for each."


def _possible(cap: FrequencyCap) -> bool:
    windowed = cap.per is Per.WINDOW
    within = WINDOW_MIN_S <= cap.window_s <= WINDOW_MAX_S if windowed else cap.window_s == 0
    return 1 <= cap.count <= COUNT_MAX and within
