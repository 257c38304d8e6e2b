"""What counters say of the line items that one decision weighs."""

from collections.abc import Mapping

import msgspec


class Usage(msgspec.Struct, frozen=True):
    """What the counters say: micros left by line item id, exposures within the cap's window by counter.

    Args:
        done: in the unit of its goal, by line item id; missing for none.
        passes: what is let through, in millionths, by line item id; missing for all.
    """

    remaining_micros: Mapping[str, int]
    exposures: Mapping[str, int]
    done: Mapping[str, int] = {}
    passes: Mapping[str, int] = {}
