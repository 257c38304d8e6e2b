"""Lays entries that come again and again: the loop in a gap, a block that repeats."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from content.channels.break_ledger import HOUR_SEGMENTS, BreakLedger
from content.channels.compiled import Cycle, Origin, Run, Turn
from content.channels.day_view import Source
from content.channels.layout import Layout
from content.channels.plan import BreakEntry, Entry
from content.channels.setting import Setting
from content.library.rights import RightsWindow
from media.timeline import Slot, SlotKind

WRITTEN_ENTRIES = 60
"""More entries than that are not laid one by one but as a cycle."""
WRITTEN_LIMITED = 1_000
"""Where rules limit breaks it is worth more to lay them one by one: no break is lost at a seam then."""
LAP_SEGMENTS = 24 * HOUR_SEGMENTS
"""Where rules limit breaks, they are kept apart at the seam of laps: so there are few seams."""
LAP_ENTRIES = 1_000
_ALWAYS = RightsWindow()


class Turns:
    """Entries that repeat.

    Args:
        entries: in order; may be empty.
        source: of what they lay; with ``block``, its number, for the origin.
    """

    def __init__(self, setting: Setting, entries: Sequence[Entry], source: Source, block: int = -1) -> None:
        self._setting = setting
        self.entries = tuple(entries)
        self._source = source
        self._block = block

    @cached_property
    def lap(self) -> int:
        """The length of one round without what rules insert; 0 if no programme in it has a length."""
        return self._programmes and sum(self._length(entry) for entry in self.entries)

    @cached_property
    def _programmes(self) -> int:
        return sum(self._length(entry) for entry in self.entries if not isinstance(entry, BreakEntry))

    @cached_property
    def cycle(self) -> Cycle:
        """The entries as a cycle; only where :attr:`lap` is positive."""
        ledger = BreakLedger(self._setting.outline.breaks)
        if not ledger.limited:
            return self._round_trip(1, ledger)
        rounds = max(1, min(-(-LAP_SEGMENTS // self.lap), LAP_ENTRIES // len(self.entries)))
        free = self._round_trip(rounds, ledger)
        # The seam lies where the lap ends, which depends on the breaks that the seam forbids. A lap that
        # proves no shorter than was supposed keeps the rules; that without any break always does.
        for end in (free.length - ledger.allowance, self._programmes * rounds):
            kept = self._round_trip(rounds, BreakLedger(ledger.rules, 0, end))
            if kept.length >= end:
                break
        return kept

    def _round_trip(self, rounds: int, ledger: BreakLedger) -> Cycle:
        layout = Layout(replace(self._setting, timeless=True), 0, ledger)
        layout.last_children = self._children(-1)
        begins: dict[int, int] = {}
        stops: list[tuple[int, int]] = []
        for number in range(rounds * len(self.entries)):
            index = number % len(self.entries)
            stop, after_break = layout.cursor, layout.last_break is not None
            layout.between(
                self.entries[index - 1], self.entries[index], Origin(self._source, self._block, index)
            )
            self._lay(layout, number, None)
            if layout.cursor > stop:
                begins.setdefault(index, stop)
                # What was really laid counts: a break that the rules never admit ends nothing.
                if not after_break:
                    stops.append((stop, index))
        if self._children(0):
            layout.no_break_last()
        if layout.last_break is not None and stops and not stops[0][0]:
            del stops[0]
        # What stands in when it plays has a date: its own rights are looked at, too.
        return Cycle(self._setting.channel_id, _turns(layout), tuple(stops), begins, self._setting.stand_in)

    def first_programme(self, ordinal: int) -> int:
        """Where the rotation of a gap begins: a programme, another for each gap of a day and each day."""
        programmes = [n for n, entry in enumerate(self.entries) if not isinstance(entry, BreakEntry)]
        return programmes[ordinal % len(programmes)] if programmes else 0

    def lay(self, layout: Layout, first: int, until: int | None) -> None:
        """Whole entries in turn, from that with the index ``first``, as long as they are over by ``until``.

        Without ``until`` for ever. Nothing is laid where nothing has a length. A break is never the last.
        """
        if self.lap < 1:
            return
        written = WRITTEN_LIMITED if layout.ledger.limited else WRITTEN_ENTRIES
        if until is None or (until - layout.cursor) * len(self.entries) > written * self.lap:
            first = self._lay_run(layout, first, until)
        if until is not None:
            self._write(layout, first, until)

    def _write(self, layout: Layout, first: int, until: int) -> None:
        number, kept = first, layout.mark()
        idle = 0
        while idle < len(self.entries):
            entry, mark = self.entries[number % len(self.entries)], layout.mark()
            if mark.cursor > kept.cursor or number > first:
                index = number % len(self.entries)
                layout.between(self.entries[index - 1], entry, Origin(self._source, self._block, index))
            if not self._lay(layout, number, until):
                break
            idle = idle + 1 if layout.cursor == mark.cursor else 0
            if not isinstance(entry, BreakEntry):
                kept = layout.mark()
            number += 1
        layout.rewind(kept)

    def _lay(self, layout: Layout, number: int, until: int | None) -> bool:
        index = number % len(self.entries)
        entry, origin = self.entries[index], Origin(self._source, self._block, index)
        if isinstance(entry, BreakEntry):
            return layout.pause(entry, origin, until)
        return layout.programme(entry.programme_id, origin, until)

    def _lay_run(self, layout: Layout, first: int, until: int | None) -> int:
        """Most of a long stretch; gives the index of the entry that comes next."""
        cycle, limited = self.cycle, layout.ledger.limited
        if limited and not self._follows(layout, first):
            first = self._quiet(layout, first, until)
        anchor = layout.cursor - cycle.begins.get(first, 0)
        if until is None:
            start = layout.cursor if layout.pieces else None
            layout.pieces.append(Run(cycle, anchor, start, None))
            layout.origins.append(Origin(self._source, self._block, first))
            return first
        room = until - (2 * HOUR_SEGMENTS if limited else 0) - anchor
        offset, following = cycle.last_stop(room)
        if anchor + offset <= layout.cursor:
            return first
        layout.run(Run(cycle, anchor, layout.cursor, anchor + offset), anchor + offset)
        return following

    def _quiet(self, layout: Layout, first: int, until: int | None) -> int:
        """An hour without breaks, so that those of the cycle may come; gives the index of the next entry."""
        number, quiet = first, layout.cursor + HOUR_SEGMENTS
        layout.breaks = False
        while layout.cursor < quiet and self._lay(layout, number, until):
            number += 1
        layout.breaks = True
        return number % len(self.entries)

    def _follows(self, layout: Layout, first: int) -> bool:
        """Whether the rules allow the breaks of the cycle's next hour after what was laid."""
        trial = BreakLedger(layout.ledger.rules, layout.ledger.begin, None, list(layout.ledger.taken))
        anchor = layout.cursor - self.cycle.begins.get(first, 0)
        for slot in self.cycle.slots(anchor, layout.cursor, layout.cursor + HOUR_SEGMENTS):
            if slot.kind is SlotKind.BREAK:
                if not trial.admits(slot.start, slot.segments):
                    return False
                trial.take(slot.start, slot.segments)
        return True

    def _length(self, entry: Entry) -> int:
        if isinstance(entry, BreakEntry):
            return entry.segments
        facts = self._setting.facts.get(entry.programme_id)
        return facts.segments if facts else 0

    def _children(self, index: int) -> bool:
        entry = self.entries[index]
        facts = None if isinstance(entry, BreakEntry) else self._setting.facts.get(entry.programme_id)
        return facts is not None and facts.children


def _turns(layout: Layout) -> tuple[Turn, ...]:
    slots = [piece for piece in layout.pieces if isinstance(piece, Slot)]
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    for slot in slots:
        begins.setdefault(slot.airing_id, slot.start)
        ends[slot.airing_id] = slot.end
    turns = []
    for slot, origin in zip(slots, layout.origins, strict=True):
        facts = layout.setting.facts.get(slot.programme_id)
        dated = facts if facts is not None and facts.rights.window != _ALWAYS else None
        begin = begins[slot.airing_id] if slot.airing_id else slot.start
        length = ends[slot.airing_id] - begin if slot.airing_id else slot.segments
        turns.append(Turn(slot, origin, slot.start - begin, length, dated))
    return tuple(turns)
