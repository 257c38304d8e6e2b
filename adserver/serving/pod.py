"""Which ads share a break: the arithmetic of pods, without words.

One class of priority is packed after the other (contracts, what is sold by the impression, the house's
own), each into what those before it left, so that no class ever gives way to a lower one. Within a class
ads come in the order of their rank, and

1. the first that fits is in the pod for certain, where the class is ``anchored``: nobody is passed over
   only because others would fill the break better;
2. of all pods with it, the one that fills most wins: exactly, where that is possible;
3. of those that fill alike, the one whose members rank first.

This is a subset sum under exclusions, which is hard in general. The search goes depth first in the order
of rank, so the first pod that it finds is the greedy one; it leaves out every branch whose lengths alone,
known as bit sets of sums, cannot beat the best so far; and it ends after ``STEPS_LIMIT`` steps with the
best so far, filled up greedily. A class of 64 ads in a break of five minutes takes under a millisecond.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import msgspec

POD_LIMIT = 16
"""Ads in one pod."""
STEPS_LIMIT = 400


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An ad that might stand in the pod.

    Args:
        lengths: in segments, longest first, each shorter than the break or as long; one of them is used. None
            where it is too long for the break.
        marks: bits of what it is.
        bars: bits of what it cannot stand beside.
        rank: of its class.
        owner: whose it is: of one owner there is no more than one. 0 for nobody's.
    """

    lengths: tuple[int, ...]
    marks: int
    bars: int
    rank: int = 0
    owner: int = 0

    def bears(self, other: "Entry") -> bool:
        """Whether both can stand in one pod."""
        same = self.owner and self.owner == other.owner
        return not (self.marks & other.bars or self.bars & other.marks or same)


@dataclass(slots=True)
class Pod:
    """What stands in the pod so far, as far as others must ask.

    Args:
        left: segments without anything; all of them, at first.
    """

    left: int
    count: int = 0
    marks: int = 0
    bars: int = 0
    owners: tuple[int, ...] = ()
    segments: int = field(init=False)

    def __post_init__(self) -> None:
        self.segments = self.left

    def take(self, entry: Entry, length: int) -> None:
        """Put it in."""
        self.left -= length
        self.count += 1
        self.marks |= entry.marks
        self.bars |= entry.bars
        self.owners += (entry.owner,)

    def bears(self, entry: Entry) -> bool:
        """Whether nothing that stands in it keeps the entry out."""
        return not (
            entry.marks & self.bars or entry.bars & self.marks or (entry.owner and entry.owner in self.owners)
        )


def pack(pod: Pod, entries: Sequence[Entry], *, anchored: bool) -> list[tuple[int, int]]:
    """Put the best of ``entries``, best rank first, into ``pod``: (index, length), in the order of rank."""
    greedy = Pod(pod.left, pod.count, pod.marks, pod.bars, pod.owners)
    first = _greedy(greedy, entries, frozenset())
    if not greedy.left:
        # The search would come upon these before all others, and nothing fills more.
        pod.left, pod.count, pod.marks, pod.bars = 0, greedy.count, greedy.marks, greedy.bars
        pod.owners = greedy.owners
        return first
    search = _Search(entries, pod.left, _sums(entries, pod.left), anchored, list(pod.owners))
    search.descend(0, pod.left, pod.count, pod.marks, pod.bars)
    found = list(search.best)
    for index, length in found:
        pod.take(entries[index], length)
    if search.steps < 0:
        found += _greedy(pod, entries, {index for index, _ in found})
    return sorted(found)


def _sums(entries: Sequence[Entry], left: int) -> list[int]:
    """For each index, which lengths the entries from there on can add up to: bit n for n segments."""
    within = (2 << left) - 1
    sums = [1]
    for entry in reversed(entries):
        without = longer = sums[-1]
        for length in entry.lengths:
            longer |= without << length
        sums.append(longer & within)
    sums.reverse()
    return sums


def _greedy(pod: Pod, entries: Sequence[Entry], taken: Collection[int]) -> list[tuple[int, int]]:
    found = []
    left = pod.left
    for index, entry in enumerate(entries):
        if not left or pod.count >= POD_LIMIT:
            break
        if not entry.lengths or entry.lengths[-1] > left or index in taken or not pod.bears(entry):
            continue
        length = next(length for length in entry.lengths if length <= left)
        pod.take(entry, length)
        found.append((index, length))
        left = pod.left
    return found


@dataclass(slots=True)
class _Search:
    """The best subset so far, and the way to the next."""

    entries: Sequence[Entry]
    wanted: int
    sums: list[int]
    anchored: bool
    owners: list[int]
    steps: int = STEPS_LIMIT
    filled: int = 0
    best: tuple[tuple[int, int], ...] = ()
    _way: list[tuple[int, int]] = field(default_factory=list)

    def descend(self, first: int, left: int, count: int, marks: int, bars: int) -> None:
        """Try all that can join what is on the way, from index ``first`` on."""
        filled = self.wanted - left
        if filled > self.filled:
            self.filled, self.best = filled, tuple(self._way)
        if count >= POD_LIMIT:
            return
        within = (2 << left) - 1
        for index in range(first, len(self.entries)):
            if filled + (self.sums[index] & within).bit_length() - 1 <= self.filled:
                return
            entry = self.entries[index]
            if entry.marks & bars or entry.bars & marks or (entry.owner and entry.owner in self.owners):
                continue
            for length in entry.lengths:
                if length > left:
                    continue
                self.steps -= 1
                if self.steps < 0:
                    return
                self._way.append((index, length))
                self.owners.append(entry.owner)
                self.descend(index + 1, left - length, count + 1, marks | entry.marks, bars | entry.bars)
                self.owners.pop()
                self._way.pop()
            if self.anchored and not self._way and self.best:
                return
