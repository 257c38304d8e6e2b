"""Which of many offers a decision weighs: those that can serve now, before those that cannot."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from adserver.booking.targeting import Targeting
from adserver.serving.avail import Avail, Format
from adserver.serving.offer import Offer
from adserver.serving.standings import Mask, Rows, Standings
from adserver.serving.suitability import unsuited

OTHERS_LIMIT = 4
"""However many can serve, so many of those that cannot are told why."""
_KINDS_LIMIT = 64
_IDLE_BIT = 3
"""Above the ranks."""
_BIT = {form: 1 << n for n, form in enumerate(Format)}
_Kind = tuple[str, frozenset[Format], int]


class Shortlist:
    """What of all offers can serve, in columns, so that thousands are told apart in microseconds.

    State, flight, market, budget, goal, pace, and whether there is anything to show that fits are columns;
    whom a line item is for beyond that is asked of one after the other, best first, once for all that ask the
    same, and only until there are enough.

    Args:
        offers: those that rows are of.
        standings: how they stand.
    """

    def __init__(self, offers: Sequence[Offer], standings: Standings) -> None:
        self._offers = offers
        self._standings = standings
        self._ranks = np.array([offer.rank for offer in offers], dtype=np.int8)
        self._dormant = np.array([offer.dormant for offer in offers], dtype=bool)
        self._starts = np.array([offer.line_item.starts_ms for offer in offers], dtype=np.int64)
        self._ends = np.array([offer.line_item.ends_ms for offer in offers], dtype=np.int64)
        self._edges = np.unique(np.concatenate([self._starts, self._ends]))
        self._choosy = np.array([offer.choosy for offer in offers], dtype=bool)
        self._asks = bool(self._choosy.any())
        self._spots = np.array([_bits(one.formats for one in offer.spots) for offer in offers], dtype=np.int8)
        self._cards = np.array([_bits(one.formats for one in offer.cards) for offer in offers], dtype=np.int8)
        self._shortest = np.array(
            [min((one.segments for one in offer.spots), default=0) for offer in offers], dtype=np.int64
        )
        named = {market for offer in offers for market in offer.line_item.markets}
        self._elsewhere = np.array([bool(offer.line_item.markets) for offer in offers], dtype=bool)
        self._abroad = {market: self._elsewhere.copy() for market in named}
        for row, offer in enumerate(offers):
            for market in offer.line_item.markets:
                self._abroad[market][row] = False
        self._flying: tuple[float, float, Mask] = (0.0, 0.0, self._dormant)
        self._shut: dict[_Kind, NDArray[np.int8]] = {}

    def first(
        self,
        rows: Rows,
        limit: int,
        now_ms: int,
        avail: Avail | None = None,
        roll: float = 0.0,
        barred: Mask | None = None,
    ) -> tuple[Rows, Rows]:
        """Where in ``rows`` those stand that can serve now, up to ``limit``, and the first of the others.

        Class by class, and in each as they stand in ``rows``.

        Args:
            rows: of offers, each once.
            limit: how many that can serve; of the others as many as are left of it, and some in any case.
            now_ms: when, where there is no ``avail``.
            avail: what they must be for; None for anything.
            roll: of the decision: who is held back with it cannot serve.
            barred: which of ``rows`` cannot serve for another reason.
        """
        idle = self._standings.idle(rows, roll)
        if barred is not None:
            idle |= barred
        classes = self._classes(rows, now_ms, avail)
        classes |= idle.view(np.int8) << _IDLE_BIT
        order = classes.argsort(kind="stable")
        can = len(rows) - int(np.count_nonzero(classes >> _IDLE_BIT))
        if avail is None or not (self._asks and np.count_nonzero(self._choosy.take(rows))):
            return order[: min(can, limit)], order[can:][: max(OTHERS_LIMIT, limit - can)]
        able, unfit = self._suited(rows, order[:can], limit, avail)
        classes[unfit] |= 1 << _IDLE_BIT
        others = (classes >> _IDLE_BIT).nonzero()[0]
        others = others.take((classes.take(others)).argsort(kind="stable"))
        return able, others[: max(OTHERS_LIMIT, limit - len(able))]

    def _suited(self, rows: Rows, able: Rows, limit: int, avail: Avail) -> tuple[Rows, Rows]:
        """The first of ``able`` that ``avail`` is right for, and those before them that it is not."""
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

    def _classes(self, rows: Rows, now_ms: int, avail: Avail | None) -> NDArray[np.int8]:
        """The rank of each of ``rows``, and a bit for those that nobody can be shown now."""
        if avail is None:
            return self._told(self._grounded(now_ms)).take(rows)
        grounded, kind = self._grounded(avail.at_ms), (avail.market, avail.formats, avail.segments)
        shut = self._shut.get(kind)
        if shut is None:
            if len(self._shut) >= _KINDS_LIMIT:
                self._shut.clear()
            shut = self._shut[kind] = self._told(grounded | self._unplayable(avail))
        classes = shut.take(rows)
        if avail.heard_ms >= self._flying[1]:
            over = self._ends.take(rows) <= avail.heard_ms
            classes |= over.view(np.int8) << _IDLE_BIT
        return classes

    def _told(self, shut: Mask) -> NDArray[np.int8]:
        return self._ranks | shut.view(np.int8) << _IDLE_BIT

    def _unplayable(self, avail: Avail) -> Mask:
        """What is booked elsewhere, or has nothing to show that is offered and short enough."""
        offered = _bits([avail.formats])
        elsewhere = self._abroad.get(avail.market, self._elsewhere).copy()
        if not avail.segments:
            elsewhere |= self._cards & offered == 0
        else:
            elsewhere |= (self._spots & offered == 0) | (self._shortest > avail.segments)
        return elsewhere

    def _grounded(self, now_ms: int) -> Mask:
        """What is dormant or not in flight; that stands until the next flight begins or ends."""
        since, until, grounded = self._flying
        if not since <= now_ms < until:
            at = int(self._edges.searchsorted(now_ms, side="right"))
            since = float(self._edges[at - 1]) if at else -np.inf
            until = float(self._edges[at]) if at < len(self._edges) else np.inf
            grounded = self._dormant | (now_ms < self._starts) | (now_ms >= self._ends)
            self._flying = since, until, grounded
            self._shut.clear()
        return grounded


def _bits(formats: Iterable[Iterable[Format]]) -> int:
    return sum({_BIT[one] for some in formats for one in some})
