"""How all line items of a snapshot stand, in columns: thousands are asked at once, and nobody waits."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from adserver.billing.budget import Claim, Standing
from adserver.booking.campaign import LineItem
from adserver.booking.terms import PPM
from adserver.serving.lot import Draw, Keys, lots
from adserver.serving.offer import Offer
from adserver.serving.usage import Usage

_PPM = np.uint64(PPM)
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Standings:
    """What is left, done and let through of each line item: a copy of counters that others change.

    It may be some seconds old: who reserves asks the counters. What was not read yet is let through.

    Args:
        offers: in the order of their rows.
        numbers: their rows, by line item id.
    """

    def __init__(self, offers: Sequence[Offer], numbers: Mapping[str, int]) -> None:
        size = len(offers)
        self.items = [offer.line_item for offer in offers]
        self._numbers = numbers
        self._ids = list(numbers)
        self._keys: Keys = np.fromiter((offer.key for offer in offers), np.uint64, size)
        self._prices = np.fromiter((offer.price_micros for offer in offers), np.int64, size)
        self._goals = np.fromiter((offer.line_item.goal.amount for offer in offers), np.int64, size)
        self._awake = np.fromiter((offer.awake for offer in offers), bool, size)
        self._remaining = self._prices.copy()
        self._done = np.zeros(size, np.int64)
        self._passes = np.full(size, PPM, np.uint64)
        self._read = np.zeros(size, bool)
        self._spent = np.zeros(size, bool)
        self._paced = False
        self.complete = not self._awake.any()
        """Whether nothing is unread."""

    @property
    def unread(self) -> list[LineItem]:
        """What may serve, and was never read."""
        return self._of(self._awake & ~self._read)

    @property
    def awake(self) -> list[LineItem]:
        """What may serve."""
        return self._of(self._awake)

    def keys(self, rows: Rows) -> Keys:
        """What line items draw lots by."""
        return self._keys.take(rows)

    def idle(self, rows: Rows, roll: float) -> Mask:
        """Which of ``rows`` have no budget, have reached their goal, or are held back with this roll."""
        idle: Mask = self._spent.take(rows)
        if self._paced:
            idle |= self._passes.take(rows) <= lots(self.keys(rows), roll, Draw.PACE) % _PPM
        return idle

    def take(self, items: Sequence[LineItem], told: Standing) -> None:
        """What the counters said of some: those that they do not know have no budget."""
        ids = [item.line_item_id for item in items]
        rows = np.array([self._numbers[one] for one in ids], dtype=np.intp)
        self._remaining[rows] = [told.remaining_micros.get(one, 0) for one in ids]
        self._done[rows] = [told.done.get(one, 0) for one in ids]
        self._passes[rows] = [told.passes.get(one, PPM) for one in ids]
        self._read[rows] = True
        self._judge(rows)

    def take_over(self, before: "Standings") -> None:
        """What the snapshot before knew of those that were not read since."""
        if not len(before.items):
            return
        order = before._keys.argsort()
        at = before._keys.take(order).searchsorted(self._keys).clip(max=len(order) - 1)
        was = order.take(at)
        rows = ((before._keys.take(was) == self._keys) & before._read.take(was) & ~self._read).nonzero()[0]
        its = was.take(rows)
        self._remaining[rows] = before._remaining.take(its)
        self._done[rows] = before._done.take(its)
        self._passes[rows] = before._passes.take(its)
        self._read[rows] = True
        self._judge(rows)

    def learn(self, line_item_id: str, state: Claim) -> None:
        """What a claim was told stands until it is read anew."""
        row = self._numbers.get(line_item_id)
        if row is None or state.ours:
            return
        if state is Claim.REACHED:
            self._done[row] = max(self._done[row], self._goals[row])
        else:
            self._remaining[row] = 0
        self._spent[row] = True

    def usage(self, rows: Rows) -> Usage:
        """The same of a few, as a decision is told."""
        ids = list(map(self._ids.__getitem__, rows.tolist()))
        done, passes = self._done.take(rows), self._passes.take(rows)
        return Usage(
            dict(zip(ids, self._remaining.take(rows).tolist(), strict=True)),
            {},
            {ids[n]: int(done[n]) for n in done.nonzero()[0].tolist()},
            {ids[n]: int(passes[n]) for n in (passes < PPM).nonzero()[0].tolist()} if self._paced else {},
        )

    def _judge(self, rows: Rows) -> None:
        goals, done = self._goals.take(rows), self._done.take(rows)
        reached = (goals > 0) & (done >= goals)
        self._spent[rows] = (self._remaining.take(rows) < self._prices.take(rows)) | reached
        self._paced = bool((self._passes < PPM).any())
        self.complete = bool((self._read | ~self._awake).all())

    def _of(self, mask: Mask) -> list[LineItem]:
        return [self.items[row] for row in mask.nonzero()[0].tolist()]
