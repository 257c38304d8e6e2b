"""A stretch of a channel as it will play: slots one by one, and runs that repeat without being written."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from content.channels.day_view import Source
from content.channels.facts import Facts
from content.channels.plan import Finding
from media.house_format import starts_at_ms
from media.timeline import Slot, SlotKind


class Origin(NamedTuple):
    """Where something stands in the plan: block (-1 for none) and entry (-1 for none)."""

    source: Source
    block: int = -1
    entry: int = -1


@dataclass(frozen=True, slots=True)
class Turn:
    """What stands at one place of a cycle.

    Args:
        slot: as in a cycle that began at position 0; its ids are empty.
        lead: positions since its airing began.
        airing_segments: length of that airing, with the breaks in it.
        facts: of its programme, where its rights have a window; None otherwise.
    """

    slot: Slot
    origin: Origin
    lead: int = 0
    airing_segments: int = 0
    facts: Facts | None = None


class Cycle:
    """Turns that repeat for ever.

    Args:
        turns: at least one.
        stops: rising offsets at which it may end, with the entry that would come next: after a programme.
        begins: the first offset of each entry.
        stand_in: gives a slot of fill for one that its rights do not allow.
    """

    def __init__(
        self,
        channel_id: str,
        turns: tuple[Turn, ...],
        stops: tuple[tuple[int, int], ...],
        begins: Mapping[int, int],
        stand_in: Callable[[Slot], Slot],
    ) -> None:
        self._channel_id = channel_id
        self.turns = turns
        self.begins = begins
        self._stops = [offset for offset, _ in stops]
        self._following = [entry for _, entry in stops]
        self._stand_in = stand_in
        self._starts = [turn.slot.start for turn in turns]
        self.length = turns[-1].slot.end

    def index_at(self, offset: int) -> int:
        """Which turn stands ``offset`` positions after the beginning."""
        return bisect_right(self._starts, offset % self.length) - 1

    def last_stop(self, offset: int) -> tuple[int, int]:
        """The last offset, not after ``offset``, at which it may end, and the entry that would come next."""
        if not self._stops:
            return 0, 0
        lap, rest = divmod(offset, self.length)
        index = bisect_right(self._stops, rest) - 1
        return (lap - (index < 0)) * self.length + self._stops[index], self._following[index]

    def slots(self, anchor: int, first: int, last: int) -> Iterator[Slot]:
        """Those that touch ``first`` to ``last`` in a cycle that began at ``anchor``; costs their number."""
        lap, offset = divmod(first - anchor, self.length)
        index, base = bisect_right(self._starts, offset) - 1, anchor + lap * self.length
        while True:
            turn = self.turns[index]
            if base + turn.slot.start > last:
                return
            yield self._at(turn, base)
            index += 1
            if index == len(self.turns):
                index, base = 0, base + self.length

    def _at(self, turn: Turn, base: int) -> Slot:
        """One slot; built here and now, since a copy costs three times as much."""
        of, start = turn.slot, base + turn.slot.start
        airing = start - turn.lead
        slot = Slot(
            start,
            of.segments,
            of.asset_id,
            of.asset_segments,
            of.kind,
            f"{self._channel_id}-{start}",
            of.programme_id,
            of.first_index,
            f"{self._channel_id}-{airing}" if of.kind is SlotKind.PROGRAMME else "",
            of.territories,
            of.substitute,
            of.substitute_segments,
            of.fill,
        )
        if turn.facts is not None:
            end = airing + turn.airing_segments
            if turn.facts.refusal(starts_at_ms(airing), starts_at_ms(end), ()):
                return self._stand_in(slot)
        return slot


@dataclass(frozen=True, slots=True)
class Run:
    """A cycle that plays from ``start`` until ``end``; None for without begin, or without end."""

    cycle: Cycle
    anchor: int
    start: int | None
    end: int | None

    def slots(self, first: int, last: int) -> Iterator[Slot]:
        """Those of it that touch ``first`` to ``last``."""
        low = first if self.start is None else max(first, self.start)
        high = last if self.end is None else min(last, self.end - 1)
        return self.cycle.slots(self.anchor, low, high)

    def turn_at(self, position: int) -> Turn:
        """What stands there."""
        return self.cycle.turns[self.cycle.index_at(position - self.anchor)]


Piece = Slot | Run


def field_of(origin: Origin, prefix: str) -> str:
    """Where in the plan that is: ``loop[1]``, ``days.2026-12-24[0].entries[2]``; empty for nowhere."""
    if origin.block >= 0:
        return f"{prefix}[{origin.block}]" + (f".entries[{origin.entry}]" if origin.entry >= 0 else "")
    return f"loop[{origin.entry}]" if origin.entry >= 0 and origin.source is not Source.FILL else ""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Pieces that follow one another without a gap.

    Args:
        start, end: what it covers; None for without begin, or without end.
        origins: of each piece; of a run, that of its first turn.
        findings: the worst that there are, in order of time.
        untold: how many more there are.
    """

    start: int | None
    end: int | None
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    origins: tuple[Origin, ...]
    findings: tuple[Finding, ...]
    untold: int = 0

    def covers(self, position: int) -> bool:
        """Whether it says what stands there."""
        return (self.start is None or self.start <= position) and (self.end is None or position < self.end)

    def slots(self, first: int, last: int) -> Iterator[Slot]:
        """Those that touch ``first`` to ``last``; costs their number, however long the day is."""
        for index in range(self._index(first), len(self.pieces)):
            if index and self.starts[index] > last:
                return
            piece = self.pieces[index]
            if isinstance(piece, Slot):
                yield piece
            else:
                yield from piece.slots(first, last)

    def origin_at(self, position: int) -> Origin:
        """Where what stands at ``position`` stands in the plan."""
        index = self._index(position)
        piece = self.pieces[index]
        return piece.turn_at(position).origin if isinstance(piece, Run) else self.origins[index]

    def _index(self, position: int) -> int:
        return max(0, bisect_right(self.starts, position) - 1)


def shortened(slot: Slot, start: int, end: int) -> Slot:
    """The part of a slot within [``start``, ``end``); one that begins later has an id of its own."""
    if slot.start >= start:
        return slot if slot.end <= end else replace(slot, segments=end - slot.start)
    skipped, prefix = start - slot.start, slot.slot_id.rpartition("-")[0]
    played = skipped % slot.asset_segments
    whole = slot.asset_segments >= slot.segments
    return replace(
        slot,
        start=start,
        segments=min(slot.end, end) - start,
        slot_id=f"{prefix}-{start}",
        first_index=slot.first_index + played if whole else slot.first_index,
        asset_segments=slot.asset_segments - played if whole else slot.asset_segments,
    )
