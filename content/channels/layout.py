"""Lays programmes, breaks and fill one after another, as the channel's rules allow."""

from dataclasses import dataclass, field
from typing import NamedTuple

from content.channels.break_ledger import HOUR_SEGMENTS, BreakLedger
from content.channels.compiled import Origin, Piece, Run, field_of, shortened
from content.channels.day_view import Source
from content.channels.facts import MISSING, Facts
from content.channels.plan import SEVERITIES, BreakEntry, Entry, Finding, FindingCode
from content.channels.setting import NO_FACTS, Setting
from content.library.rights import RightsRefusal
from media.house_format import SEGMENT_MS, starts_at_ms
from media.timeline import Slot, SlotKind

NOTED_SEGMENTS = 60_000 // SEGMENT_MS
"""A gap of up to a minute is what fillers are for; nobody needs to hear of it."""
_NOWHERE = Origin(Source.FILL)
_ASIDE = frozenset({Source.FILL, Source.RULE})
"""What nobody planned as a programme: fillers, the slate, bumpers."""


class Mark(NamedTuple):
    """How far a layout had come."""

    pieces: int
    cursor: int
    findings: int
    taken: int
    last_break: int | None
    last_children: bool
    last_filler: str


@dataclass(slots=True)
class Layout:
    """One stretch in the making.

    Args:
        cursor: the first position not laid yet.
        last_children: what stands before is made for children, or unknown: no break follows it.
        prefix: where the blocks stand in the plan, for findings.
        breaks: whether any may be laid.
        last_break: the piece that is a break and stands just before the cursor, but for its bumper.
    """

    setting: Setting
    cursor: int
    ledger: BreakLedger
    last_children: bool = False
    prefix: str = ""
    pieces: list[Piece] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    breaks: bool = True
    last_break: int | None = None
    last_filler: str = ""

    def mark(self) -> Mark:
        """To come back to."""
        return Mark(
            len(self.pieces),
            self.cursor,
            len(self.findings),
            len(self.ledger.taken),
            self.last_break,
            self.last_children,
            self.last_filler,
        )

    def rewind(self, mark: Mark) -> None:
        """Lay nothing of what came after ``mark``."""
        del self.pieces[mark.pieces :], self.origins[mark.pieces :]
        del self.findings[mark.findings :], self.ledger.taken[mark.taken :]
        self.cursor, self.last_break = mark.cursor, mark.last_break
        self.last_children, self.last_filler = mark.last_children, mark.last_filler

    def find(
        self,
        code: FindingCode,
        seconds: float = 0,
        title: str = "",
        at: Origin = _NOWHERE,
        reason: str = "",
    ) -> None:
        """Something that the editor should know of, here."""
        where = field_of(at, self.prefix)
        told = Finding(
            code, SEVERITIES[code], starts_at_ms(self.cursor), round(seconds), title, where, reason
        )
        self.findings.append(told)

    def programme(self, programme_id: str, origin: Origin, fit: int | None = None) -> bool:
        """A programme with breaks at its cues; False, and nothing laid, if it is not over by ``fit``."""
        facts = self.setting.facts.get(programme_id, NO_FACTS)
        if fit is not None and self.cursor + facts.segments > fit:
            return False
        mark = self.mark()
        self._parts(programme_id, facts, origin)
        if fit is not None and self.cursor > fit:
            self.rewind(mark)
            return False
        reason = self.setting.usable(programme_id, mark.cursor, self.cursor)
        if reason:
            self.rewind(mark)
            self._refused(facts, origin, reason)
            if fit is not None and self.cursor > fit:
                self.rewind(mark)
                return False
        elif facts.children:
            if mark.last_break is not None:
                self._make_fill(mark.last_break)
            self.last_children = True
        return True

    def pause(self, entry: BreakEntry, origin: Origin, fit: int | None = None) -> bool:
        """A break with bumpers, if the rules admit one; False, and nothing laid, if not over by ``fit``."""
        mark = self.mark()
        if not self._break(entry.segments, origin) and self.breaks:
            code = FindingCode.CHILDREN if self.last_children else FindingCode.BREAK_RULE
            self.find(code, entry.segments * SEGMENT_MS / 1000, at=origin)
        if fit is not None and self.cursor > fit:
            self.rewind(mark)
            return False
        return True

    def between(self, before: Entry, after: Entry, origin: Origin) -> None:
        """The break that the rules want between two entries of a block, if they want one."""
        rules = self.setting.outline.breaks
        if rules.between and not isinstance(before, BreakEntry) and not isinstance(after, BreakEntry):
            coming = self.setting.facts.get(after.programme_id, NO_FACTS)
            if not coming.children:
                self._break(rule_segments(rules.length_s), origin._replace(source=Source.RULE))

    def fill(self, until: int, origin: Origin = _NOWHERE) -> None:
        """Fillers in turn up to ``until``, the last cut there; the slate where there are none."""
        begin = self.cursor
        slate = 0
        while self.cursor < until:
            name, facts = self.setting.filler(self.cursor, until, self.last_filler, fits=True)
            length = until - self.cursor if not name else min(facts.segments, until - self.cursor)
            slate += 0 if name else length
            self._slot(facts.asset_id, name, length, facts.segments, origin)
            self.last_filler = name
        if slate:
            self._note(FindingCode.SLATE, begin, slate)
        elif self.cursor - begin > NOTED_SEGMENTS:
            self._note(FindingCode.GAP, begin, self.cursor - begin)

    def run(self, run: Run, until: int) -> None:
        """A cycle up to ``until``, which is where an entry of it ends."""
        first = run.turn_at(self.cursor).slot
        if self.last_break is not None and self.setting.facts.get(first.programme_id, NO_FACTS).children:
            self._make_fill(self.last_break)
        self.pieces.append(run)
        self.origins.append(run.turn_at(self.cursor).origin)
        for slot in run.slots(max(self.cursor, until - 2 * HOUR_SEGMENTS), until - 1):
            if slot.kind is SlotKind.BREAK:
                self.ledger.take(slot.start, slot.segments)
        last = run.turn_at(until - 1).slot
        self.cursor, self.last_break = until, None
        self.last_children = self.setting.facts.get(last.programme_id, NO_FACTS).children

    def cut(self, at: int) -> None:
        """What was laid from ``at`` on gives way."""
        lost: list[tuple[Slot, Origin]] = []
        while self.pieces and self.cursor > at:
            piece, origin = self.pieces.pop(), self.origins.pop()
            start = piece.start if piece.start is not None else at
            if isinstance(piece, Slot) and origin.source is not Source.FILL:
                lost.insert(0, (piece, origin))
            if isinstance(piece, Run) or start >= at:
                self.cursor = start
                continue
            self.cursor = at
            self.pieces.append(shortened(piece, start, at))
            self.origins.append(origin)
        self._tell_lost(lost, at)
        self.ledger.taken = [(a, min(b, at)) for a, b in self.ledger.taken if a < at]
        last = self.pieces[-1] if self.pieces else None
        breaks_off = isinstance(last, Slot) and last.kind is SlotKind.BREAK
        self.last_break = len(self.pieces) - 1 if breaks_off else None

    def _tell_lost(self, lost: list[tuple[Slot, Origin]], at: int) -> None:
        """Tell of each airing that gave way: what had not begun before ``at`` is left out whole."""
        gone: dict[str, int] = {}
        for slot, _ in lost:
            gone[slot.airing_id] = gone.get(slot.airing_id, 0) + slot.end - max(slot.start, at)
        for slot, origin in lost:
            title = self.setting.facts.get(slot.programme_id, NO_FACTS).title
            segments = gone.pop(slot.airing_id, 0)
            whole = slot.start >= at and slot.slot_id == slot.airing_id
            if title and segments and not whole:
                self.find(FindingCode.CUT, segments * SEGMENT_MS / 1000, title, origin)
            elif title and segments and origin.source is Source.BLOCK:
                self.find(FindingCode.LEFT_OUT, 0, title, origin)

    def no_break_last(self) -> None:
        """What comes next is made for children, or unknown: a break just before gives way to fill."""
        if self.last_break is not None:
            self._make_fill(self.last_break)

    def _parts(self, programme_id: str, facts: Facts, origin: Origin) -> None:
        rules = self.setting.outline.breaks
        cues = [cue for cue in facts.cues if 0 < cue < facts.segments]
        bounds = [*cues, facts.segments] if rules.at_cues and not facts.children else [facts.segments]
        airing, first = f"{self.setting.channel_id}-{self.cursor}", 0
        for bound in bounds:
            mark = self.mark()
            self._slot(facts.asset_id, programme_id, bound - first, bound - first, origin, first, airing)
            if bound == facts.segments:
                return
            if self._break(rule_segments(rules.length_s), origin._replace(source=Source.RULE)):
                first = bound
            else:
                self.rewind(mark)

    def _break(self, segments: int, origin: Origin) -> bool:
        fill = self.setting.outline.fill
        opener = self._bumper(fill.opener)
        start = self.cursor + (opener[1].segments if opener else 0)
        refused = not self.breaks or self.last_children or self.last_break is not None
        if segments < 1 or refused or not self.ledger.admits(start, segments):
            return False
        if opener:
            self._bump(opener, origin)
        filler_id, facts = self.setting.filler(start, start + segments, unlimited=True)
        index = len(self.pieces)
        self.ledger.take(start, segments)
        ids = facts.asset_id, facts.segments, SlotKind.BREAK, self._id(start)
        self._add(Slot(start, segments, *ids), origin)
        if closer := self._bumper(fill.closer):
            self._bump(closer, origin)
        self.last_break, self.last_filler = index, filler_id
        return True

    def _bumper(self, programme_id: str) -> tuple[str, Facts] | None:
        facts = self.setting.facts.get(programme_id)
        if facts is None or facts.segments < 1:
            return None
        barred = self.setting.usable(programme_id, self.cursor, self.cursor + facts.segments)
        return None if barred else (programme_id, facts)

    def _bump(self, bumper: tuple[str, Facts], origin: Origin) -> None:
        name, facts = bumper
        self._slot(facts.asset_id, name, facts.segments, facts.segments, origin._replace(source=Source.RULE))

    def _slot(
        self,
        asset_id: str,
        programme_id: str,
        segments: int,
        asset_segments: int,
        origin: Origin,
        first_index: int = 0,
        airing_id: str = "",
    ) -> None:
        if segments < 1:
            return
        slot_id = self._id(self.cursor)
        kind = SlotKind.PROGRAMME
        ids = slot_id, programme_id, first_index, airing_id or slot_id
        seen = self.setting.seen(programme_id)
        fill = origin.source in _ASIDE
        self._add(Slot(self.cursor, segments, asset_id, asset_segments, kind, *ids, *seen, fill), origin)

    def _add(self, slot: Slot, origin: Origin) -> None:
        self.pieces.append(slot)
        self.origins.append(origin)
        self.cursor = slot.end
        self.last_break, self.last_children, self.last_filler = None, False, ""

    def _refused(self, facts: Facts, origin: Origin, reason: str) -> None:
        """Fill of the same length stands in, so that what follows comes when it was announced."""
        code = FindingCode.MISSING if reason == MISSING else FindingCode.RIGHTS
        code = FindingCode.TERRITORY if reason == RightsRefusal.TERRITORY_EXCLUDED else code
        self.find(code, facts.segments * SEGMENT_MS / 1000, facts.title, origin, str(reason))
        known = len(self.findings)
        self.fill(self.cursor + facts.segments, origin._replace(source=Source.FILL))
        del self.findings[known:]

    def _make_fill(self, index: int) -> None:
        """The break laid as piece ``index`` gives way to fill of its length."""
        slot, origin = self.pieces[index], self.origins[index]
        if not isinstance(slot, Slot):
            return
        self.ledger.forget(slot.start)
        self.pieces[index] = self.setting.stand_in(slot)
        self.origins[index] = origin._replace(source=Source.FILL)
        self.find(FindingCode.CHILDREN, slot.segments * SEGMENT_MS / 1000, at=origin)
        self.last_break = None

    def _note(self, code: FindingCode, start: int, segments: int) -> None:
        seconds = round(segments * SEGMENT_MS / 1000)
        self.findings.append(Finding(code, SEVERITIES[code], starts_at_ms(start), seconds))

    def _id(self, start: int) -> str:
        return f"{self.setting.channel_id}-{start}"


def rule_segments(length_s: int) -> int:
    """The length of a break that the rules insert, on the grid."""
    return (length_s * 1000 + SEGMENT_MS // 2) // SEGMENT_MS
