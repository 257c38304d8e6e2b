"""Where something on demand was left, so that the vehicle goes on from there: on any screen, on any drive.

Positions are content time: ads do not count, whichever stood there.
"""

import msgspec

KEPT_MS = 90 * 86_400_000
POINTS_LIMIT = 100
"""Of a vehicle; the oldest go."""

WORTH_MS = 5_000
"""Whoever heard less begins anew."""

_END_MS = 30_000
_END_SHARE = 0.95


class ResumePoint(msgspec.Struct, frozen=True):
    """A vehicle's place in one item or programme.

    Args:
        vehicle_id: a pseudonym.
        content_id: the item or the programme.
        played_as: how it was addressed: ``item/…``, or ``airing/…``.
        position_ms: content time.
        finished: it was heard to its end; kept so that a late word of an earlier moment brings nothing back.
        at_ms: when the vehicle was there.
    """

    vehicle_id: str
    content_id: str
    played_as: str
    position_ms: int
    length_ms: int
    finished: bool
    at_ms: int

    @property
    def goes_on(self) -> bool:
        """Whether there is anything to go on with."""
        return not self.finished and self.position_ms >= WORTH_MS


def near_end(position_ms: int, length_ms: int) -> bool:
    """Whether only the end is left: the last 5 %, or the last 30 s of what is longer than a minute."""
    if position_ms >= length_ms * _END_SHARE:
        return True
    return position_ms >= length_ms - _END_MS and position_ms >= length_ms / 2
