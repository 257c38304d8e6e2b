"""Frequency caps: sliding windows per vehicle and line item, spots and cards apart."""

import msgspec

from adserver.booking.campaign import FrequencyCap


class Exposure(msgspec.Struct, frozen=True):
    """A claim of one fill on a vehicle's attention.

    Args:
        fill_id: empty where it is only looked how often it was counted.
        counter: what is counted: the line item and whether it is a spot or a card.
    """

    fill_id: str
    counter: str
    cap: FrequencyCap


def counter(line_item_id: str, *, card: bool) -> str:
    """The name of the window that an exposure counts in."""
    return f"{line_item_id}:{'card' if card else 'spot'}"


TURNS = FrequencyCap(count=10**9, window_s=90 * 86_400)
"""What a car has seen of a sequence is remembered so long, and bars nothing."""


def turn_counter(line_item_id: str, *, card: bool) -> str:
    """The name of the window that tells how far a car has come in a sequence."""
    return f"{counter(line_item_id, card=card)}:turn"
