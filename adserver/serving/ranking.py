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
        numbers = [
            (
                offer.spots[0].segments if offer.spots else 0,
                offer.competes,
                offer.bars,
                offer.rank,
                offer.owner,
            )
            for offer in offers
        ]
        # All that is asked of an offer stands together, and is gathered at once.
        self._numbers: NDArray[np.int64] = np.array(numbers, dtype=np.int64).reshape(-1, 5)
        keys = [offer.rank << VALUE_BITS + _STEPS_BITS | VALUE_LIMIT - offer.value_micros for offer in offers]
        self._keys: NDArray[np.int64] = np.array(keys, dtype=np.int64)
        self._plain = {
            card: np.array(
                [_plain(offer, some, card=card) for offer, some in zip(offers, places, strict=True)], bool
            )
            for card in (False, True)
        }
        self._ranging = np.array([offer.line_item.approach.in_range for offer in offers], bool)

    def order(self, rows: Rows, steps: Rows, roll: float) -> Rows:
        """Class by class, the nearest first, then by value, then by lot.

        Args:
            rows: of offers, each once.
            steps: how far the place of each is, as a place in :data:`geotarget.coarsen.COARSE_M`, or
                :data:`NO_PLACE`.
            roll: of the decision.
        """
        keys = self._keys.take(rows) + (steps << VALUE_BITS)
        order = keys.argsort()
        ranked = keys.take(order)
        if np.count_nonzero(ranked[1:] == ranked[:-1]):
            order = np.lexsort((lots(self._standings.keys(rows), roll, Draw.TIE), keys))
        return order

    def entries(self, rows: Rows, able: Mask, avail: Avail) -> list[Entry | None]:
        """What each of ``rows`` brings, as far as nothing of it is to be asked.

        Args:
            rows: of offers.
            able: which of them can serve, as far as columns tell.
            avail: what for.
        """
        card = avail.segments == 0
        sure = able & self._plain[card].take(rows)
        if avail.range_m is not None:
            sure &= ~self._ranging.take(rows)
        segments, *others = self._numbers.take(rows, axis=0).T.tolist()
        lengths = repeat(_CARD) if card else zip(segments)
        made: list[Entry | None] = list(map(Entry, lengths, *others))
        if np.count_nonzero(sure) < len(rows):
            for n in (~sure).nonzero()[0].tolist():
                made[n] = None
        return made


def _plain(offer: Offer, places: Sequence[Place], *, card: bool) -> bool:
    """Whether it has one thing to show, and nothing is to be asked of the way to its places."""
    approach = offer.line_item.approach
    timed = approach.open_on_arrival and any(tells_hours(place) for place in places)
    return len(offer.cards if card else offer.spots) == 1 and not (approach.detour_max_min or timed)


_CARD = (0,)
