"""One broadcast day: from a plan's blocks to slots, and what its editor should know."""

from dataclasses import dataclass, replace
from datetime import date, time
from zoneinfo import ZoneInfo

from content.channels.break_ledger import BreakLedger
from content.channels.compiled import Compiled, Cycle, Origin, Piece, Run, Turn, shortened
from content.channels.day_view import Source
from content.channels.lay_turns import Turns
from content.channels.layout import Layout
from content.channels.local_time import end_of, instant_of, position_of, time_of_day
from content.channels.plan import Begin, Block, BreakEntry, Finding, FindingCode, ProgrammeEntry, Severity
from content.channels.setting import Setting
from kernel.clock import to_ms
from media.asset import SLATE_ID
from media.house_format import SEGMENT_MS
from media.timeline import Slot, SlotKind

_FIRST_DAY_SEGMENTS = 45_000
FINDINGS_LIMIT = 200
_MILDNESS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
LONG_GAP_LAPS = 20
_SLATE = Turn(Slot(0, 64, SLATE_ID, 1, SlotKind.PROGRAMME, "", fill=True), Origin(Source.FILL))


@dataclass(frozen=True, slots=True)
class BroadcastDay:
    """What is to be compiled.

    Args:
        day: the local date whose blocks they are; None before the first date that has any.
        start: where its first block begins; None before the first.
        end: where the next date's first block begins; None where no date follows.
        before_children: that block begins with what is made for children.
        field: where its blocks stand in the plan, ``days.2026-12-24``.
    """

    day: date | None
    start: int | None
    end: int | None
    blocks: tuple[Block, ...] = ()
    before_children: bool = False
    field: str = ""


@dataclass(frozen=True, slots=True)
class Resumption:
    """How a version takes over in the middle of a day.

    Args:
        at: its first position.
        origin: the block and entry that begin there.
        loop_index: the entry of the loop with which a gap goes on there.
        taken: (start, end) of the breaks of the hour before.
        children: what stands just before is made for children.
        fill_until: the end of what gave way there: fill stands in up to it, and ``origin`` comes then.
    """

    at: int
    origin: Origin
    loop_index: int
    taken: tuple[tuple[int, int], ...] = ()
    children: bool = False
    fill_until: int | None = None


@dataclass(slots=True)
class _Writer:
    """Lays the blocks of a day in order."""

    setting: Setting
    loop: Turns
    zone: ZoneInfo
    what: BroadcastDay
    layout: Layout
    starts: list[int]

    def write(self, resumed: Resumption | None) -> None:
        """The whole day, or what is left of it."""
        number = 0
        if resumed is not None and resumed.fill_until is not None:
            self.layout.fill(resumed.fill_until)
        if resumed is not None and resumed.origin.block >= 0:
            number = resumed.origin.block
            self.block(number, max(0, resumed.origin.entry))
            number += 1
        elif resumed is not None:
            number = sum(at <= resumed.at for at in self.starts)
            until = self.starts[number] if number < len(self.starts) else self.what.end
            if until is None or until > self.layout.cursor:
                self.gap(until, resumed.loop_index)
        for following in range(number, len(self.starts)):
            self.begin(following)
            self.block(following)
        self._finish()

    def _finish(self) -> None:
        """Up to the end of the day: the next one's first block cuts."""
        end, layout = self.what.end, self.layout
        if end is None:
            if not layout.pieces or layout.pieces[-1].end is not None:
                self.gap(None, self._ordinal(len(self.starts)))
            return
        if layout.cursor > end:
            layout.cut(end)
        elif layout.cursor < end:
            self.gap(end, self._ordinal(len(self.starts)))
        if self.what.before_children:
            layout.no_break_last()

    def block(self, number: int, entry: int = 0) -> None:
        """One block from an entry on, and where it begins late or cuts."""
        block, layout = self.what.blocks[number], self.layout
        hard, soft = self._limits(number)
        turns = Turns(self.setting, block.entries, Source.BLOCK, number)
        laid = self._once(turns, number, entry, hard, soft if block.until else None)
        if block.repeat and laid and soft is not None and layout.cursor < soft:
            turns.lay(layout, 0, min(soft, hard) if hard is not None else soft)

    def begin(self, number: int) -> None:
        """Up to the time of a block: what is on is cut or waited for, a gap filled."""
        block, at, layout = self.what.blocks[number], self.starts[number], self.layout
        if layout.cursor > at and block.start is Begin.CUT and layout.pieces:
            layout.cut(max(at, self._floor()))
        hard, _ = self._limits(number)
        if layout.cursor > at and (hard is None or layout.cursor < hard):
            late_s = (layout.cursor - at) * SEGMENT_MS / 1000
            layout.find(FindingCode.LATE, late_s, self._title(number, 0), Origin(Source.BLOCK, number))
        elif layout.cursor < at:
            self.gap(at, self._ordinal(number))
        self._told_of_clock(number)

    def gap(self, until: int | None, loop_index: int) -> None:
        """The loop, as much of it as fits; then fillers; then the slate."""
        layout = self.layout
        self.loop.lay(layout, loop_index, until)
        if until is None and self.loop.lap:
            return
        fillers = tuple(ProgrammeEntry(name) for name in self.setting.outline.fill.fillers)
        turns = Turns(self.setting, fillers, Source.FILL)
        if until is None or until - layout.cursor > LONG_GAP_LAPS * turns.lap > 0:
            turns.lay(layout, 0, until)
        if until is not None:
            layout.fill(until)
        elif not turns.lap:
            layout.pieces.append(_slate(self.setting, layout.cursor, layout.cursor, None))
            layout.origins.append(_SLATE.origin)

    def _once(self, turns: Turns, number: int, entry: int, hard: int | None, soft: int | None) -> bool:
        """The entries of a block one time; False if one found no room."""
        layout, entries = self.layout, turns.entries
        for index in range(entry, len(entries)):
            if hard is not None and layout.cursor >= hard:
                self._left_out(number, index)
                return False
            if index > entry:
                layout.between(entries[index - 1], entries[index], Origin(Source.BLOCK, number, index))
            one, origin = entries[index], Origin(Source.BLOCK, number, index)
            if isinstance(one, BreakEntry):
                fits = layout.pause(one, origin, soft)
            else:
                fits = layout.programme(one.programme_id, origin, soft)
            if not fits:
                self._left_out(number, index)
                return False
        return True

    def _limits(self, number: int) -> tuple[int | None, int | None]:
        """Where everything is cut, and where nothing more of a block begins that is not over by then."""
        blocks, end = self.what.blocks, self.what.end
        cuts = [at for at, one in zip(self.starts, blocks, strict=True) if one.start is Begin.CUT]
        ends = [at for at in cuts if at > self.starts[number]] + ([] if end is None else [end])
        hard = min(ends, default=None)
        following = self.starts[number + 1] if number + 1 < len(blocks) else end
        until = blocks[number].until
        if until is None or self.what.day is None:
            return hard, following
        told = position_of(self.what.day, end_of(until) or time.max, self.zone)
        return hard, told if following is None or not blocks[number].repeat else min(told, following)

    def _floor(self) -> int:
        first = self.layout.pieces[0]
        return first.start if first.start is not None else self.layout.cursor

    def _ordinal(self, number: int) -> int:
        day = self.what.day.toordinal() if self.what.day else 0
        return self.loop.first_programme(day * 7 + number)

    def _title(self, number: int, index: int) -> str:
        entries = self.what.blocks[number].entries
        one = entries[index] if index < len(entries) else None
        facts = (
            None if one is None or isinstance(one, BreakEntry) else self.setting.facts.get(one.programme_id)
        )
        return facts.title if facts else ""

    def _left_out(self, number: int, index: int) -> None:
        for left in range(index, len(self.what.blocks[number].entries)):
            if not isinstance(self.what.blocks[number].entries[left], BreakEntry):
                title, origin = self._title(number, left), Origin(Source.BLOCK, number, left)
                self.layout.find(FindingCode.LEFT_OUT, 0, title, origin)

    def _told_of_clock(self, number: int) -> None:
        """Where the wall clock shows something else when the block is due."""
        moment = time_of_day(self.what.blocks[number].at)
        if self.what.day is None or moment is None:
            return
        due = instant_of(self.what.day, moment, self.zone)
        shown, again = due.astimezone(self.zone), due.astimezone(self.zone).replace(fold=1)
        if shown.time() != moment or to_ms(again) != to_ms(due):
            self.layout.find(FindingCode.CLOCK, 0, at=Origin(Source.BLOCK, number))


def compile_day(
    setting: Setting, loop: Turns, zone: ZoneInfo, what: BroadcastDay, resumed: Resumption | None = None
) -> Compiled:
    """The slots of a day, and findings.

    Args:
        setting: channel, rules and facts.
        loop: the plan's loop.
        zone: the plan's timezone.
        what: the day.
        resumed: where its version begins in the middle of it: what stands before is as if it always had been.
    """
    writer = _Writer(setting, loop, zone, what, _layout(setting, what, resumed), _starts(what, zone))
    writer.write(resumed)
    pieces, origins = list(writer.layout.pieces), list(writer.layout.origins)
    if resumed is not None and what.start is not None:
        head = compile_day(setting, loop, zone, what)
        kept = _before(head, resumed.at)
        pieces[:0] = [piece for piece, _ in kept]
        origins[:0] = [origin for _, origin in kept]
    elif what.start is None and pieces[0].start is not None:
        pieces.insert(0, _slate(setting, pieces[0].start, None, pieces[0].start))
        origins.insert(0, _SLATE.origin)
    starts = tuple(what.end or 0 if piece.start is None else piece.start for piece in pieces)
    findings = writer.layout.findings
    untold = max(0, len(findings) - FINDINGS_LIMIT)
    return Compiled(
        what.start, what.end, tuple(pieces), starts, tuple(origins), _told(findings, what.field), untold
    )


def _told(findings: list[Finding], field: str) -> tuple[Finding, ...]:
    """The worst, in order of time. Foremost what a save of these blocks is refused for."""

    def mildness(one: Finding) -> int:
        refused = one.code is FindingCode.RIGHTS and one.field.startswith(f"{field}[")
        return -1 if refused else _MILDNESS[one.severity]

    worst = sorted(findings, key=lambda one: (mildness(one), one.at_ms))[:FINDINGS_LIMIT]
    return tuple(sorted(worst, key=lambda one: one.at_ms))


def _layout(setting: Setting, what: BroadcastDay, resumed: Resumption | None) -> Layout:
    """Where it begins; before the first date there is no beginning, and one is as good as another."""
    ledger = BreakLedger(setting.outline.breaks, what.start, what.end)
    if resumed is not None:
        ledger.taken = list(resumed.taken)
        return Layout(setting, resumed.at, ledger, resumed.children, prefix=what.field)
    if what.start is None:
        return Layout(setting, (what.end or 0) - _FIRST_DAY_SEGMENTS, ledger, prefix=what.field)
    return Layout(setting, what.start, ledger, last_children=True, prefix=what.field)


def _starts(what: BroadcastDay, zone: ZoneInfo) -> list[int]:
    if what.day is None:
        return []
    return [position_of(what.day, time_of_day(block.at) or time.min, zone) for block in what.blocks]


def _before(head: Compiled, at: int) -> list[tuple[Piece, Origin]]:
    """The pieces that begin before ``at``, the last one only until there."""
    kept: list[tuple[Piece, Origin]] = []
    for piece, origin in zip(head.pieces, head.origins, strict=True):
        if piece.start is not None and piece.start >= at:
            break
        if isinstance(piece, Slot):
            kept.append((shortened(piece, piece.start, at), origin))
        else:
            end = at if piece.end is None else min(piece.end, at)
            kept.append((replace(piece, end=end), origin))
    return kept


def _slate(setting: Setting, anchor: int, start: int | None, end: int | None) -> Run:
    cycle = Cycle(setting.channel_id, (_SLATE,), ((0, 0),), {}, setting.stand_in)
    return Run(cycle, anchor, start, end)
