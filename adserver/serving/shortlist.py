"""Which of many offers a decision weighs: those that can serve now, before those that cannot."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adserver.booking.targeting import Targeting
from adserver.serving.avail import Avail, Format
from adserver.serving.offer import Offer
from adserver.serving.standings import Mask, Rows, Standings
from adserver.serving.suitability import unsuited

OTHERS_LIMIT = 4
"""However many can serve, so many of those that cannot are told why."""
OWNER_LIMIT = 4
"""Of one advertiser, while others wait: a pod takes one, of a length and category that fit."""
HOURS_LIMIT = 64
"""Of so many is asked whether they will be open."""
_KINDS_LIMIT = 64
_IDLE_BIT = 3
"""Above the ranks."""
_BIT = {form: 1 << n for n, form in enumerate(Format)}
_Kind = tuple[str, frozenset[Format], int]


class Shortlist:
    """What of all offers can serve, in columns, so that thousands are told apart in microseconds.

    State, flight, market, budget, goal, pace, and whether there is anything to show that fits are columns;
    whom a line item is for beyond that, once for all that ask the same, and whether its place will be open
    are asked of one after the other, best first, and only until there are enough. Of one advertiser there are
    only a few while others wait, since a pod takes one.

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
        self._owners = np.array([offer.owner for offer in offers], dtype=np.uint64)
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
        hours: "Hours | None" = None,
    ) -> tuple[Rows, Rows]:
        """Where in ``rows`` those stand that can serve now, up to ``limit``, and the first of the others.

        Class by class, and in each as they stand in ``rows``; of those that can serve, what one advertiser
        has more than a few comes last.

        Args:
            rows: of offers, each once.
            limit: how many that can serve; of the others as many as are left of it, and some in any case.
            now_ms: when, where there is no ``avail``.
            avail: what they must be for; None for anything.
            roll: of the decision: who is held back with it cannot serve.
            barred: which of ``rows`` cannot serve for another reason.
            hours: which of them have places that may be closed, and who says so.
        """
        idle = self._standings.idle(rows, roll)
        if barred is not None:
            idle |= barred
        classes = self._classes(rows, now_ms, avail)
        classes |= idle.view(np.int8) << _IDLE_BIT
        order = classes.argsort(kind="stable")
        can = len(rows) - int(np.count_nonzero(classes >> _IDLE_BIT))
        choosy = self._asks and np.count_nonzero(self._choosy.take(rows))
        if can <= limit:
            # Nobody is cut off: the checklist asks.
            hours = None
        if avail is None or not (choosy or hours):
            return self._spread(rows, order[:can], limit), order[can:][: max(OTHERS_LIMIT, limit - can)]
        able, unfit = self._suited(rows, order[:can], limit, avail, hours)
        classes[unfit] |= 1 << _IDLE_BIT
        others = (classes >> _IDLE_BIT).nonzero()[0]
        others = others.take((classes.take(others)).argsort(kind="stable"))
        return able, others[: max(OTHERS_LIMIT, limit - len(able))]

    def _spread(self, rows: Rows, able: Rows, limit: int) -> Rows:
        """The first of ``able``: only a few of one owner before all others had their turn."""
        if len(able) <= limit:
            return able
        owners = self._owners.take(rows.take(able))
        foremost = np.sort(owners[:limit])
        if not np.count_nonzero(foremost[OWNER_LIMIT:] == foremost[:-OWNER_LIMIT]):
            return able[:limit]
        by_owner = owners.argsort(kind="stable")
        ordered = owners.take(by_owner)
        over = np.zeros(len(able), bool)
        over[by_owner[OWNER_LIMIT:]] = ordered[OWNER_LIMIT:] == ordered[:-OWNER_LIMIT]
        return np.concatenate([able[~over], able[over]])[:limit]

    def _suited(
        self, rows: Rows, able: Rows, limit: int, avail: Avail, hours: "Hours | None"
    ) -> tuple[Rows, Rows]:
        """The first of ``able`` that ``avail`` is right for, and those before them that it is not."""
        asking = _Asking(avail, hours)
        suited: list[int] = []
        later: list[tuple[int, Offer]] = []
        others: list[int] = []
        owned: dict[int, int] = {}
        offers = map(self._offers.__getitem__, rows[able].tolist())
        for place, offer in zip(able.tolist(), offers, strict=True):
            before = owned.get(offer.owner, 0)
            right = None if before == OWNER_LIMIT else asking.right(place, offer)
            if right is None:
                later.append((place, offer))
            elif right:
                owned[offer.owner] = before + 1
                suited.append(place)
                if len(suited) == limit:
                    break
            else:
                others.append(place)
        for place, offer in later:
            if len(suited) == limit:
                break
            # Of whom nobody was asked whether he is open, the checklist will ask.
            (others if asking.right(place, offer) is False else suited).append(place)
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


class Hours(NamedTuple):
    """Whose places tell when they are open.

    Args:
        told: whether each does, by where they stand in the rows that are asked about.
        closed: whether the car would come to one in vain.
    """

    told: Mask
    closed: Callable[[int], bool]


class _Asking:
    """What columns do not tell, of one avail."""

    def __init__(self, avail: Avail, hours: Hours | None) -> None:
        self._avail = avail
        self._timed = [] if hours is None else hours.told.tolist()
        self._closed = None if hours is None else hours.closed
        self._told: dict[Targeting, bool] = {}
        self._left = HOURS_LIMIT

    def right(self, place: int, offer: Offer) -> bool | None:
        """Whether the avail is right for it; None where so many were asked that nobody asks it."""
        if offer.choosy:
            asked = offer.line_item.targeting
            right = self._told.get(asked)
            if right is None:
                right = self._told[asked] = unsuited(asked, offer.hours, self._avail) is None
            if not right:
                return False
        if self._closed is None or not self._timed[place]:
            return True
        if not self._left:
            return None
        self._left -= 1
        return not self._closed(place)


def _bits(formats: Iterable[Iterable[Format]]) -> int:
    return sum({_BIT[one] for some in formats for one in some})
