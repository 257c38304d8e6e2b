"""In which order offers come, and what each brings into a pod, in columns."""

from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from adserver.serving.avail import Avail
from adserver.serving.lot import Draw, lots
from adserver.serving.offer import Offer
from adserver.serving.pod import Entry
from adserver.serving.standings import Mask, Rows, Standings
from adserver.serving.value import VALUE_BITS, VALUE_LIMIT
from geotarget.opening import tells_hours
from geotarget.place import Place

Numbers = NDArray[np.int64]

_STEPS_BITS = 14
NO_PLACE = (1 << _STEPS_BITS) - 1
"""Farther than all places."""


class Ranking:
    """Numbers of offers by their rows.

    Args:
        offers: in the order of their rows.
        places: for each of them, those of its places that are known.
        standings: by whose keys ties are drawn.
    """

    def __init__(
        self, offers: Sequence[Offer], places: Sequence[Sequence[Place]], standings: Standings
    ) -> None:
        self._standings = standings
        made = [_numbers(offer, some) for offer, some in zip(offers, places, strict=True)]
        # All that is asked of an offer stands together, and is gathered at once.
        self._numbers: Numbers = np.array(made, dtype=np.int64).reshape(-1, 7)

    def numbers(self, rows: Rows) -> Numbers:
        """What is known of offers, a row for each."""
        return self._numbers.take(rows, axis=0)

    def order(self, rows: Rows, numbers: Numbers, steps: Rows, roll: float) -> Rows:
        """Class by class, the nearest first, then by value, then by lot.

        Args:
            rows: of offers, each once.
            numbers: of the same.
            steps: how far the place of each is, as a place in :data:`geotarget.coarsen.COARSE_M`, or
                :data:`NO_PLACE`.
            roll: of the decision.
        """
        keys = numbers[:, 0] + (steps << VALUE_BITS)
        order = keys.argsort()
        ranked = keys.take(order)
        if np.count_nonzero(ranked[1:] == ranked[:-1]):
            order = np.lexsort((lots(self._standings.keys(rows), roll, Draw.TIE), keys))
        return order


def entries(numbers: Numbers, able: Mask, avail: Avail) -> list[Entry | None]:
    """What offers bring, as far as nothing of them is to be asked.

    Args:
        numbers: of them.
        able: which of them can serve, as far as columns tell.
        avail: what for.
    """
    card = avail.segments == 0
    _, asks, segments, *others = numbers.T.tolist()
    unsure = _BY_CARD if card else _BY_SPOT
    made: list[Entry | None] = list(map(Entry, repeat(_CARD) if card else zip(segments), *others))
    for n, (can, asked) in enumerate(zip(able.tolist(), asks, strict=True)):
        if asked & unsure or not can:
            made[n] = None
    return made


def _numbers(offer: Offer, places: Sequence[Place]) -> tuple[int, ...]:
    """Its rank and value; what is to be asked of it, as bits; what it brings."""
    approach = offer.line_item.approach
    timed = approach.open_on_arrival and any(tells_hours(place) for place in places)
    asks = _BY_SPOT * (len(offer.spots) != 1) | _BY_CARD * (len(offer.cards) != 1)
    if timed or approach.detour_max_min:
        asks |= _BY_SPOT | _BY_CARD
    key = offer.rank << VALUE_BITS + _STEPS_BITS | VALUE_LIMIT - offer.value_micros
    segments = offer.spots[0].segments if offer.spots else 0
    return key, asks, segments, offer.competes, offer.bars, offer.rank, offer.owner


_BY_SPOT, _BY_CARD = 1, 2
"""What it can show is to be asked, or the way to its places."""
_CARD = (0,)
