"""What others have booked of the same opportunities: no more than they still want, and who goes first.

A rival takes as much of what it reaches as its budget and goal leave it to want, spread evenly over all of
that. Those of a higher priority take theirs first. Those of the same keep theirs where there is enough for
all, and where there is not, everybody has an equal part. Those of a lower one, and the house's own, take
nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from adserver.serving.supply import Kind

SPOT_SEGMENTS = 8.0
"""As long as films usually are: a quarter of a minute."""


class Rival(msgspec.Struct, frozen=True):
    """Another line item that is booked in these days.

    Args:
        before: of a higher priority, so that it comes first.
        taken: which share of what it reaches it takes while it runs, by kind; kinds that it has nothing for
            are missing.
        runs: for which share of these days.
        segments: how long its films are.
    """

    line_item_id: str
    before: bool
    taken: Mapping[Kind, float]
    segments: float = SPOT_SEGMENTS
    runs: float = 1.0


class Room(msgspec.Struct, frozen=True):
    """At a place, of opportunities of one kind: the share that others want too, and what is left of it."""

    wanted: float = 0.0
    left: float = 1.0


def taken(wanted: float, supply: float, most: float = 1.0) -> float:
    """Which share of its supply one takes that wants so many of it; ``most`` is what it is suited for."""
    return min(most, wanted / supply) if supply > 0 else most


def room_for(rivals: Iterable[Rival], kind: Kind, segments: float = 0.0) -> Room:
    """What is left where these are, in a break of so many segments (0 where that is not known), or of a card.

    A card is shown alone; a break has room for several films. Who runs for a part of the days only is taken
    to do so while all those run that run for longer.
    """
    here = [rival for rival in rivals if rival.runs > 0 and rival.taken.get(kind, 0.0) > 0]
    wanted, left = 0.0, 0.0
    for begins, ends in pairwise(sorted({0.0, 1.0, *(rival.runs for rival in here)})):
        running = [rival for rival in here if rival.runs >= ends]
        alone = math.prod(1 - min(1.0, rival.taken[kind]) for rival in running)
        wanted += (1 - alone) * (ends - begins)
        left += _room(running, kind, segments) * (ends - begins)
    return Room(wanted, left)


def _room(rivals: Sequence[Rival], kind: Kind, segments: float) -> float:
    if kind is Kind.CARD:
        return _left(1.0, [(rival, rival.taken[kind]) for rival in rivals])
    lengths = [(rival, rival.taken[kind] * rival.segments / SPOT_SEGMENTS) for rival in rivals]
    return _left(max(1.0, segments / SPOT_SEGMENTS), lengths)


def _left(places: float, taken_places: Sequence[tuple[Rival, float]]) -> float:
    """Which share of opportunities has a place left, of so many in each."""
    first = sum(number for rival, number in taken_places if rival.before)
    equals = [number for rival, number in taken_places if not rival.before]
    after_first = max(0.0, places - first)
    fair = after_first / (1 + len(equals))
    return min(1.0, max(fair, after_first - sum(equals)))
