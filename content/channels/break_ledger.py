"""How much of an hour breaks have taken, and whether there is room for one more."""

from dataclasses import dataclass, field
from math import ceil

from content.channels.plan import HOUR_S, BreakRules
from media.house_format import SEGMENT_MS

HOUR_SEGMENTS = HOUR_S * 1000 // SEGMENT_MS


@dataclass(slots=True)
class BreakLedger:
    """The breaks of a stretch of a channel, in order.

    Where the stretch meets others that are decided apart, at its ends, each side keeps to half: no more than
    half of an hour's allowance within an hour of the seam, and half of the spacing. So any hour across it is
    within.

    Args:
        begin: where a seam stands before; None where ``taken`` says what went before.
        end: where one stands after; None for none.
        taken: (start, end) of breaks, rising.
    """

    rules: BreakRules
    begin: int | None = None
    end: int | None = None
    taken: list[tuple[int, int]] = field(default_factory=list)

    @property
    def allowance(self) -> int:
        """Segments of breaks in an hour."""
        return min(self.rules.max_s_per_hour * 1000 // SEGMENT_MS, HOUR_SEGMENTS)

    @property
    def spacing(self) -> int:
        """Segments from one to the next."""
        return ceil(self.rules.min_spacing_s * 1000 / SEGMENT_MS)

    @property
    def limited(self) -> bool:
        """Whether there are rules to keep."""
        return self.allowance < HOUR_SEGMENTS or self.spacing > 0

    def admits(self, start: int, segments: int) -> bool:
        """Whether a break may stand there, after all that were taken."""
        if not self.limited:
            return True
        end = start + segments
        if self.taken and start - self.taken[-1][1] < self.spacing:
            return False
        return self._within(end - HOUR_SEGMENTS, end, start, self.allowance) and self._clear(start, end)

    def take(self, start: int, segments: int) -> None:
        """A break stands there."""
        self.taken.append((start, start + segments))

    def forget(self, start: int) -> None:
        """The break at ``start`` does not stand there after all."""
        self.taken = [one for one in self.taken if one[0] != start]

    def _clear(self, start: int, end: int) -> bool:
        half = ceil(self.spacing / 2)
        if self.begin is not None and self.end is not None and self.end - self.begin < HOUR_SEGMENTS:
            return False
        if self.begin is not None:
            first = self.begin, self.begin + HOUR_SEGMENTS
            if start < self.begin + half:
                return False
            if start < first[1] and not self._within(*first, start, self.allowance // 2, end):
                return False
        if self.end is not None:
            last = self.end - HOUR_SEGMENTS, self.end
            return end <= self.end - half and self._within(*last, start, self.allowance // 2, end)
        return True

    def _within(self, first: int, last: int, start: int, limit: int, end: int | None = None) -> bool:
        """Whether breaks in [first, last), with one from ``start`` to ``end``, are within ``limit``."""
        held = overlap(first, last, start, last if end is None else end)
        for one in reversed(self.taken):
            if one[1] <= first:
                break
            held += overlap(first, last, *one)
        return held <= limit


def overlap(first: int, last: int, start: int, end: int) -> int:
    """How much [first, last) and [start, end) share."""
    return max(0, min(last, end) - max(first, start))
