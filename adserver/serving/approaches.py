"""What line items ask of the way to their places, in columns: who is too far, and who may be closed."""

from collections.abc import Sequence

import numpy as np

from adserver.serving.arrival import closed
from adserver.serving.avail import Avail
from adserver.serving.offer import Offer
from adserver.serving.shortlist import Hours
from adserver.serving.standings import Mask, Rows
from geotarget.coarsen import COARSE_M, coarse_all_s, coarse_steps
from geotarget.detour import WINDING
from geotarget.opening import tells_hours
from geotarget.place import Place
from geotarget.reach_index import Nearest


class Approaches:
    """What is asked of the way, by rows.

    Args:
        offers: in the order of their rows.
        places: for each of them, those of its places that are known.

    Attributes:
        asks_detours: whether any of them minds a detour.
    """

    def __init__(self, offers: Sequence[Offer], places: Sequence[Sequence[Place]]) -> None:
        asked = [offer.line_item.approach for offer in offers]
        self._offers = offers
        self._detours_s = np.array([one.detour_max_min * 60 for one in asked], dtype=np.int64)
        self.asks_detours = bool(self._detours_s.any())
        self._in_range = np.array([one.in_range for one in asked], dtype=bool)
        timed = [
            one.open_on_arrival and any(map(tells_hours, some))
            for one, some in zip(asked, places, strict=True)
        ]
        self._timed = np.array(timed, dtype=bool)
        self._asks_hours = bool(self._timed.any())

    def too_far(
        self, near: Nearest[Place], rows: Rows, places: Rows, avail: Avail | None, stopped: Mask | None
    ) -> Mask | None:
        """``stopped``, and whoever's place costs too long a detour, or lies beyond the charge or fuel.

        Args:
            near: what reaches the car.
            rows: of offers.
            places: where in ``near`` the place of each stands; less than 0 where it has none.
            avail: what for; None for anything.
            stopped: who cannot serve for another reason.
        """
        range_m = None if avail is None else avail.range_m
        if not self.asks_detours and range_m is None:
            return stopped
        found = np.zeros(len(rows), bool) if stopped is None else stopped.copy()
        if self.asks_detours:
            most_s = self._detours_s.take(rows)
            asking = ((most_s > 0) & (places >= 0)).nonzero()[0]
            detours_s = coarse_all_s(near.detours_s(places.take(asking)))
            found[asking] |= detours_s > most_s.take(asking)
        if range_m is not None:
            asking = (self._in_range.take(rows) & (places >= 0)).nonzero()[0]
            steps = coarse_steps(near.squares_m2.take(places.take(asking)))
            found[asking] |= COARSE_M.take(steps) * WINDING > range_m
        return found

    def hours(self, near: Nearest[Place], rows: Rows, places: Rows, avail: Avail | None) -> Hours | None:
        """Whose place may be closed, to be asked one by one; arguments as above."""
        if avail is None or not self._asks_hours:
            return None
        timed = self._timed.take(rows) & (places >= 0)
        if not timed.any():
            return None

        def is_closed(at: int) -> bool:
            stands = places[at : at + 1]
            place = next(near.places(stands))
            if not place.attributes:
                return False
            distance_m = float(COARSE_M[coarse_steps(near.squares_m2.take(stands))[0]])
            return closed(avail, self._offers[rows[at]].line_item, place, distance_m)

        return Hours(timed, is_closed)
