from content.channels.break_ledger import HOUR_SEGMENTS, BreakLedger
from content.channels.compiled import Run
from content.channels.day_view import Source
from content.channels.facts import Facts
from content.channels.lay_turns import Turns
from content.channels.layout import Layout
from content.channels.plan import BreakRules, Outline
from content.channels.setting import Setting
from media.timeline import SlotKind
from tests.content.planned import entries, known

FACTS = known(a=40, b=25)


def laid(text, first, until, facts=FACTS, rules=BreakRules()):  # noqa: B008
    setting = Setting("chn", Outline(breaks=rules), facts)
    layout = Layout(setting, 0, BreakLedger(rules))
    Turns(setting, entries(text), Source.LOOP).lay(layout, first, until)
    return layout


def test_whole_entries_from_where_it_is_told_and_never_a_break_last():
    layout = laid("a - b", 2, 100)
    assert [(s.programme_id, s.segments) for s in layout.pieces] == [("b", 25), ("a", 40)]
    assert layout.cursor == 65
    layout = laid("a - b", 2, 110)
    assert [s.programme_id for s in layout.pieces] == ["b", "a", "", "b"]


def test_a_long_stretch_is_one_piece_however_long():
    layout = laid("a - b", 0, 10_000_000)
    assert isinstance(layout.pieces[0], Run)
    assert len(layout.pieces) <= 3
    assert 10_000_000 - 81 < layout.cursor <= 10_000_000


def test_a_long_stretch_is_one_piece_when_the_rules_never_admit_its_breaks():
    layout = laid("a -50", 0, 10_000_000, rules=BreakRules(max_s_per_hour=0))
    assert len(layout.pieces) < 1000
    assert 10_000_000 - 40 < layout.cursor <= 10_000_000


def test_what_has_no_length_is_not_laid_for_ever():
    assert laid("x -", 0, 1000, {"x": Facts("", 0)}).pieces == []


def test_a_cycle_keeps_the_rules_over_its_seam():
    rules = BreakRules(max_s_per_hour=300, min_spacing_s=300)
    layout = laid("a - b", 0, 1_000_000, rules=rules)
    slots = [
        s
        for piece in layout.pieces
        for s in ([piece] if not isinstance(piece, Run) else piece.slots(0, 10**6))
    ]
    breaks = [s for s in slots if s.kind is SlotKind.BREAK]
    assert len(breaks) > 1000
    for number, last in enumerate(breaks):
        hour = [s for s in breaks[max(0, number - 40) : number + 1] if s.end > last.end - HOUR_SEGMENTS]
        assert sum(s.segments for s in hour[1:]) + min(16, hour[0].segments) <= 300 / 1.92 + 16
        assert number == 0 or last.start - breaks[number - 1].end >= 300 / 1.92
