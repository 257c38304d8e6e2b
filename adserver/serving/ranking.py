"""In which order offers come, and what each brings into a pod, in columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adserver.serving.avail import Avail
from adserver.serving.lot import Draw, lots
from adserver.serving.offer import Offer
from adserver.serving.pod import Entry
from adserver.serving.standings import Mask, Rows, Standings
from adserver.serving.value import VALUE_BITS, VALUE_LIMIT
from geotarget.coarsen import STEP_M
from geotarget.distance import Floats
from geotarget.opening import tells_hours
from geotarget.place import Place
from geotarget.reach_index import RADIUS_LIMIT_M

_STEPS_BITS = 14
_NO_PLACE = (1 << _STEPS_BITS) - 1
assert RADIUS_LIMIT_M // STEP_M < _NO_PLACE


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
                offer.rank << VALUE_BITS + _STEPS_BITS | VALUE_LIMIT - offer.value_micros,
                offer.spots[0].segments if offer.spots else 0,
                offer.competes,
                offer.bars,
                offer.owner,
                offer.rank,
            )
            for offer in offers
        ]
        # All that is asked of an offer stands together, and is gathered at once.
        self._numbers: NDArray[np.int64] = np.array(numbers, dtype=np.int64).reshape(-1, 6)
        self._plain = {
            card: np.array(
                [_plain(offer, some, card=card) for offer, some in zip(offers, places, strict=True)], bool
            )
            for card in (False, True)
        }
        self._ranging = np.array([offer.line_item.approach.in_range for offer in offers], bool)

    def sure(self, rows: Rows, avail: Avail) -> Mask:
        """Of those that can serve as far as columns tell, those that can for certain."""
        plain: Mask = self._plain[avail.segments == 0].take(rows)
        return plain if avail.range_m is None else plain & ~self._ranging.take(rows)

    def order(self, rows: Rows, distances_m: Floats, roll: float) -> Rows:
        """Class by class, the nearest first, then by value, then by lot.

        Args:
            rows: of offers, each once.
            distances_m: in coarse steps, of the place of each; infinite where it has none.
            roll: of the decision.
        """
        steps = np.minimum(distances_m * (1 / STEP_M), _NO_PLACE).astype(np.int64)
        keys = self._numbers[:, 0].take(rows) + (steps << VALUE_BITS)
        order = keys.argsort()
        ranked = keys.take(order)
        if (ranked[1:] == ranked[:-1]).any():
            order = np.lexsort((lots(self._standings.keys(rows), roll, Draw.TIE), keys))
        return order

    def entries(self, rows: Rows, sure: Mask, avail: Avail) -> list[Entry | None]:
        """What each brings that is sure to, in the order of ``rows``."""
        told = zip(sure.tolist(), self._numbers.take(rows, axis=0).tolist(), strict=True)
        if not avail.segments:
            return [Entry(_CARD, n[2], n[3], n[5], n[4]) if known else None for known, n in told]
        return [Entry((n[1],), n[2], n[3], n[5], n[4]) if known else None for known, n in told]


def _plain(offer: Offer, places: Sequence[Place], *, card: bool) -> bool:
    """Whether it has one thing to show, and nothing is to be asked of the way to its places."""
    approach = offer.line_item.approach
    timed = approach.open_on_arrival and any(tells_hours(place) for place in places)
    return len(offer.cards if card else offer.spots) == 1 and not (approach.detour_max_min or timed)


_CARD = (0,)
