"""Which of several creatives of a line item is shown: the same for the same roll."""

import hashlib
from collections.abc import Sequence

from adserver.booking.campaign import Creative, Rotation


def turned(
    rotation: Rotation, playable: Sequence[Creative], ticket: str, turn: int, longest: int
) -> tuple[Creative, ...]:
    """Those of ``playable`` that come into question.

    Args:
        rotation: all do where the best fit is sought; else one.
        playable: any number of them.
        ticket: what the lot is drawn by.
        turn: how many of the sequence the car has had.
        longest: segments that there is room for; a creative without room is not drawn, but keeps its place in
            a sequence, which waits for it.
    """
    if rotation is Rotation.FIT or len(playable) < 2:
        return tuple(playable)
    if rotation is Rotation.SEQUENCE:
        ordered = sorted(playable, key=lambda one: (one.position, one.created_ms, one.creative_id))
        return (ordered[turn % len(ordered)],)
    fitting = [one for one in playable if one.segments <= longest]
    return (drawn(fitting, ticket),) if fitting else tuple(playable)


def drawn(creatives: Sequence[Creative], ticket: str) -> Creative:
    """One of them by weight; the order in which they come does not matter."""
    if len(creatives) == 1:
        return creatives[0]
    digest = hashlib.blake2b(ticket.encode(), digest_size=8).digest()
    left = int.from_bytes(digest, "big") % sum(one.weight for one in creatives)
    for one in sorted(creatives, key=lambda one: one.creative_id):
        left -= one.weight
        if left < 0:
            return one
    raise ValueError("no creative to draw from")
