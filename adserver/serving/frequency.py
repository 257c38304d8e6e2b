"""Frequency caps: sliding windows per vehicle and line item, spots and cards apart."""

import msgspec

from adserver.booking.campaign import FrequencyCap


class Exposure(msgspec.Struct, frozen=True):
    """A claim of one fill on a vehicle's attention.

    Args:
        counter: what is counted: the line item and whether it is a spot or a card.
    """

    fill_id: str
    counter: str
    cap: FrequencyCap


def counter(line_item_id: str, *, card: bool) -> str:
    """The name of the window that an exposure counts in."""
    return f"{line_item_id}:{'card' if card else 'spot'}"
