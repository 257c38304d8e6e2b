"""What counters say of the line items that one decision weighs."""

from collections.abc import Mapping

import msgspec


class Usage(msgspec.Struct, frozen=True):
    """What the counters say.

    Args:
        remaining_micros: left, by line item id.
        full: what bears no more for this car, by the name that exposures are counted by, each with why.
        done: in the unit of its goal, by line item id; missing for none.
        passes: what is let through, in millionths, by line item id; missing for all.
        turns: how far the car has come in sequences, by the name that tells it.
    """

    remaining_micros: Mapping[str, int]
    full: Mapping[str, str] = {}
    done: Mapping[str, int] = {}
    passes: Mapping[str, int] = {}
    turns: Mapping[str, int] = {}
