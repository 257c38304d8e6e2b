"""Which of many offers a decision weighs: those that can serve now, before those that cannot."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adserver.booking.targeting import Targeting
from adserver.serving.avail import Avail
from adserver.serving.offer import Offer
from adserver.serving.suitability import unsuited
from geotarget.distance import Floats

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Shortlist:
    """What of all offers can serve, in columns, so that thousands are told apart in microseconds.

    State, creatives, flight and market are columns; whom a line item is for beyond that is asked of one after
    the other, best first, once for all that ask the same, and only until there are enough.

    Args:
        offers: those that rows are of.
    """

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = offers
        self._dormant = np.array([offer.dormant for offer in offers], dtype=bool)
        self._starts = np.array([offer.line_item.starts_ms for offer in offers], dtype=np.int64)
        self._ends = np.array([offer.line_item.ends_ms for offer in offers], dtype=np.int64)
        self._edges = np.unique(np.concatenate([self._starts, self._ends]))
        self._choosy = np.array([offer.choosy for offer in offers], dtype=bool)
        named = {market for offer in offers for market in offer.line_item.markets}
        self._elsewhere = np.array([bool(offer.line_item.markets) for offer in offers], dtype=bool)
        self._abroad = {market: self._elsewhere.copy() for market in named}
        for row, offer in enumerate(offers):
            for market in offer.line_item.markets:
                self._abroad[market][row] = False
        self._shut: tuple[float, float, Mask] = (0.0, 0.0, self._dormant)

    def first(
        self,
        rows: Rows,
        keys: Floats,
        limit: int,
        now_ms: int,
        avail: Avail | None,
        barred: Mask | None = None,
    ) -> Rows:
        """Where in ``rows`` those stand that are weighed: what can serve now, then the rest, each by key.

        Args:
            rows: of offers, each once.
            keys: by which they come, lowest first; where they are alike, as they stand in ``rows``.
            limit: how many at most.
            now_ms: when.
            avail: what they must be for; None for anything.
            barred: which of ``rows`` cannot serve for another reason.
        """
        idle = self._shut_at(now_ms).take(rows)
        if barred is not None:
            idle |= barred
        if avail is not None and self._abroad:
            idle |= self._abroad.get(avail.market, self._elsewhere).take(rows)
        order = np.lexsort((keys, idle))
        if avail is None or not self._choosy.take(rows).any():
            return order[:limit]
        able = order[: len(rows) - int(np.count_nonzero(idle))]
        suited, others = self._suited(rows, able, limit, avail)
        if len(suited) == limit:
            return suited
        rest = np.concatenate([others, order[len(able) :]])
        return np.concatenate([suited, rest[keys[rest].argsort(kind="stable")]])[:limit]

    def _suited(self, rows: Rows, able: Rows, limit: int, avail: Avail) -> tuple[Rows, Rows]:
        """The first of ``able`` that ``avail`` is right for, and those that it is not right for."""
        suited: list[int] = []
        others: list[int] = []
        told: dict[Targeting, bool] = {}
        offers = map(self._offers.__getitem__, rows[able].tolist())
        for place, offer in zip(able.tolist(), offers, strict=True):
            if offer.choosy:
                asked = offer.line_item.targeting
                right = told.get(asked)
                if right is None:
                    right = told[asked] = unsuited(asked, offer.hours, avail) is None
                if not right:
                    others.append(place)
                    continue
            suited.append(place)
            if len(suited) == limit:
                break
        return np.array(suited, dtype=np.intp), np.array(others, dtype=np.intp)

    def _shut_at(self, now_ms: int) -> Mask:
        """What is dormant or not in flight; that stands until the next flight begins or ends."""
        since, until, shut = self._shut
        if not since <= now_ms < until:
            at = int(self._edges.searchsorted(now_ms, side="right"))
            since = float(self._edges[at - 1]) if at else -np.inf
            until = float(self._edges[at]) if at < len(self._edges) else np.inf
            shut = self._dormant | (now_ms < self._starts) | (now_ms >= self._ends)
            self._shut = since, until, shut
        return shut
