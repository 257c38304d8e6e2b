"""One day at a time: what stands where, and what the editor is told."""

from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec
import pytest

from content.channels.compile_day import FINDINGS_LIMIT
from content.channels.facts import MISSING, Facts
from content.channels.plan import BreakRules, FillRule, FindingCode, Plan, Severity
from content.library.rights import Rights, RightsWindow, Territories
from kernel.clock import to_ms
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from tests.content.planned import block, day_of, entries, known, on, schedule

DAY = date(2026, 6, 2)  # a Tuesday
# Segments that make up 30 minutes, 20 minutes, 5 minutes and 32 s (rounded down).
FACTS = known(show=937, short=625, film=1875, clip=156, ident=16, spot=10)


def plan(*blocks, **more):
    return Plan(timezone="UTC", days={"2026-06-02": blocks, "2026-06-03": (block("06:00", "ident"),)}, **more)


def findings(one, day=DAY):
    compiled = one.compiled_at(one.days.start(day))
    return [(finding.code, finding.field) for finding in compiled.findings]


def test_a_block_begins_at_the_first_position_not_before_its_time():
    one = schedule(plan(block("06:00", "show"), block("06:30", "short")), FACTS)
    shown = day_of(one, DAY)
    assert [name for _, name, _ in shown[:3]] == ["show", ".", "short"]
    assert "06:00:00" <= shown[0][0] <= "06:00:01"
    assert "06:30:00" <= shown[2][0] <= "06:30:01"


def test_a_late_programme_is_waited_for_and_told_of():
    one = schedule(plan(block("06:00", "film"), block("06:30", "short")), FACTS)
    shown = day_of(one, DAY)
    assert shown[0][1:] == ("film", 1875)
    assert shown[1][:2] == ("07:00:00", "short")
    assert (FindingCode.LATE, "days.2026-06-02[1]") in findings(one)
    late = next(f for f in one.compiled_at(one.days.start(DAY)).findings if f.code is FindingCode.LATE)
    assert late.seconds == pytest.approx(1800, abs=2)


def test_a_block_that_cuts_begins_on_time():
    one = schedule(plan(block("06:00", "film"), block("06:30", "short", cut=True)), FACTS)
    shown = day_of(one, DAY)
    assert shown[0][1:] == ("film", 938)
    assert shown[1][1:] == ("short", 625)
    assert (FindingCode.CUT, "days.2026-06-02[0].entries[0]") in findings(one)


def test_a_block_may_end_with_its_day():
    one = schedule(plan(block("22:30", "show short show film", until="24:00")), FACTS)
    shown = [name for _, name, _ in day_of(one, DAY)]
    assert shown[:3] == ["show", "short", "show"]
    assert "film" not in shown
    assert (FindingCode.LEFT_OUT, "days.2026-06-02[0].entries[3]") in findings(one)


def test_what_does_not_fit_until_its_end_is_left_out():
    one = schedule(plan(block("06:00", "show short film", until="07:00")), FACTS)
    assert [name for _, name, _ in day_of(one, DAY)] == ["show", "short", "."]
    assert (FindingCode.LEFT_OUT, "days.2026-06-02[0].entries[2]") in findings(one)


def test_a_block_repeats_until_the_next():
    one = schedule(plan(block("06:00", "short", repeat=True), block("07:30", "show")), FACTS)
    shown = day_of(one, DAY)
    assert [name for _, name, _ in shown[:6]] == ["short"] * 4 + [".", "show"]
    assert shown[5][0].startswith("07:30:0")


def test_a_gap_is_filled_with_whole_items_of_the_loop_then_fillers_then_the_slate():
    blocks = block("06:00", "show"), block("07:00", "show")
    looped = schedule(plan(*blocks, loop=entries("short"), fill=FillRule(("clip", "spot"))), FACTS)
    shown = day_of(looped, DAY)
    assert [name for _, name, _ in shown[:3]] == ["show", "short", "clip"]
    assert shown[2:][[name for _, name, _ in shown[2:]].index("show")][0].startswith("07:00:0")
    assert FindingCode.SLATE in {code for code, _ in findings(schedule(plan(*blocks), FACTS))}
    filled = day_of(schedule(plan(*blocks, fill=FillRule(("clip",))), FACTS), DAY)
    assert [name for _, name, _ in filled[:8]] == ["show"] + ["clip"] * 7
    assert filled[7][2] == 2  # cut where the next block begins


def test_no_filler_comes_twice_running_where_there_are_two():
    one = schedule(plan(block("06:00", "show"), fill=FillRule(("clip", "spot"))), FACTS)
    shown = [name for _, name, _ in on(one, one.days.start(DAY) + 937, one.days.start(DAY) + 3000)]
    assert {"clip", "spot"} == set(shown)
    assert all(a != b for a, b in pairwise(shown))


def test_bumpers_stand_around_a_break():
    fill = FillRule(opener="ident", closer="spot")
    one = schedule(plan(block("06:00", "show - show"), fill=fill), FACTS)
    assert [name for _, name, _ in day_of(one, DAY)[:5]] == ["show", "ident", "-", "spot", "show"]


def test_a_programme_with_cues_is_parted_by_breaks_and_stays_one_airing():
    facts = FACTS | {"film": msgspec.structs.replace(FACTS["film"], cues=(500, 1200))}
    one = schedule(plan(block("06:00", "film"), breaks=BreakRules(length_s=60)), facts)
    start = one.days.start(DAY)
    slots = one.slots(start, start + 1900)
    parts = [slot for slot in slots if slot.programme_id == "film"]
    assert [(p.first_index, p.segments) for p in parts] == [(0, 500), (500, 700), (1200, 675)]
    assert {p.airing_id for p in parts} == {parts[0].slot_id}
    assert [s.segments for s in slots if s.programme_id == ""][:2] == [31, 31]
    assert parts[1].position(parts[1].start).index == 500
    whole = schedule(plan(block("06:00", "film"), breaks=BreakRules(at_cues=False)), facts)
    assert day_of(whole, DAY)[0][1:] == ("film", 1875)


def test_an_hour_has_no_more_breaks_than_its_rules_allow():
    rules = BreakRules(max_s_per_hour=120, min_spacing_s=600, length_s=60, between=True)
    facts = FACTS | {"film": msgspec.structs.replace(FACTS["film"], cues=tuple(range(100, 1800, 100)))}
    one = schedule(plan(block("06:00", "film film film"), breaks=rules), facts)
    breaks = [at for at, name, _ in day_of(one, DAY) if name == "-"]
    assert 4 <= len(breaks) <= 7
    one = schedule(plan(block("06:00", "film - film"), breaks=BreakRules(max_s_per_hour=10)), facts)
    assert (FindingCode.BREAK_RULE, "days.2026-06-02[0].entries[1]") in findings(one)


@pytest.mark.parametrize("text", ["kids - show", "show - kids", "kids - kids"])
def test_no_break_stands_in_or_next_to_a_programme_for_children(text):
    facts = FACTS | {"kids": Facts("ast_kids", 300, "Kids", (100, 200), children=True)}
    one = schedule(plan(block("06:00", text)), facts)
    assert "-" not in [name for _, name, _ in day_of(one, DAY)]
    assert FindingCode.CHILDREN in {code for code, _ in findings(one)}


def test_what_may_not_be_shown_then_is_filled_and_told_of():
    over = Rights(RightsWindow(None, starts_at_ms(0)))
    away = Rights(territories=Territories(("BE",)))
    facts = FACTS | {
        "over": Facts("ast_over", 100, "Over", rights=over),
        "away": Facts("ast_away", 100, "Away", rights=away),
        "gone": Facts("", 100, "Gone"),
    }
    one = schedule(plan(block("06:00", "over away gone show"), territories=("FR",)), facts)
    assert [(name, segments) for _, name, segments in day_of(one, DAY)[:4]] == [
        (".", 100),
        (".", 100),
        (".", 100),
        ("show", 937),
    ]
    told = one.compiled_at(one.days.start(DAY)).findings
    assert [(f.code, f.reason) for f in told[:3]] == [
        (FindingCode.RIGHTS, "rights-ended"),
        (FindingCode.TERRITORY, "rights-territory-excluded"),
        (FindingCode.MISSING, MISSING),
    ]


def test_elsewhere_a_filler_stands_in_for_what_may_not_be_seen_there():
    facts = FACTS | {"away": Facts("ast_away", 100, "Away", rights=Rights(territories=Territories(("BE",))))}
    one = schedule(plan(block("06:00", "away"), fill=FillRule(("clip",)), territories=("BE", "FR")), facts)
    slot = one.slots(one.days.start(DAY), one.days.start(DAY))[0]
    assert (slot.territories, slot.substitute, slot.substitute_segments) == (("BE",), "ast_clip", 156)


def test_a_loop_stops_playing_what_its_rights_no_longer_allow():
    ends = Rights(RightsWindow(None, starts_at_ms(10_000)))
    facts = known(a=40, b=40) | {"b": Facts("ast_b", 40, "B", rights=ends)}
    one = schedule(Plan(timezone="UTC", loop=entries("a b")), facts)
    shown = {name for _, name, _ in on(one, 9_000, 9_500)}, {name for _, name, _ in on(one, 10_000, 11_000)}
    assert shown == ({"a", "b"}, {"a", "."})


def test_an_empty_plan_plays_the_slate():
    one = schedule(Plan(), {})
    assert {(slot.asset_id, slot.programme_id) for slot in one.slots(0, 100_000)} == {("slate", "")}


# What the issue asks to be shown.
def test_the_night_of_23_hours_is_whole_and_a_time_that_is_left_out_is_the_first_that_exists():
    days = {key: (block("02:30", "show"), block("06:00", "show")) for key in ("2026-03-28", "2026-03-29")}
    one = schedule(Plan(timezone="Europe/Paris", days=days), FACTS)
    day = date(2026, 3, 29)
    assert one.days.start(day) - one.days.start(date(2026, 3, 28)) == pytest.approx(23.5 * 1875, abs=1)
    assert day_of_open(one, day)[0] == ("03:00:00", "show", 937)
    assert (FindingCode.CLOCK, "days.2026-03-29[0]") in findings(one, day)


def test_in_the_night_of_25_hours_a_time_that_comes_twice_is_its_first():
    days = {key: (block("02:30", "show"),) for key in ("2026-10-25", "2026-10-26")}
    one = schedule(Plan(timezone="Europe/Paris", days=days), FACTS)
    start = one.days.start(date(2026, 10, 25))
    assert starts_at_ms(start) == pytest.approx(1_792_888_200_000, abs=1920)  # 00:30 UTC: summer time still
    assert one.days.start(date(2026, 10, 26)) - start == 25 * 1875
    assert (FindingCode.CLOCK, "days.2026-10-25[0]") in findings(one, date(2026, 10, 25))


def test_the_leap_day_has_a_template_and_a_plan_like_any_other():
    weekly = {"tue": (block("00:00", "show"),), "wed": (block("00:00", "short"),)}
    one = schedule(Plan(timezone="UTC", week=weekly), FACTS)
    assert day_of(one, date(2028, 2, 29))[0] == ("00:00:00", "show", 937)
    assert one.days.start(date(2028, 3, 1)) - one.days.start(date(2028, 2, 29)) == 24 * 1875
    dated = Plan(timezone="UTC", week=weekly, days={"2028-02-29": (block("10:00", "film"),)})
    assert day_of(schedule(dated, FACTS), date(2028, 2, 29))[0][1] == "film"


def day_of_open(one, day):
    """As day_of, where nothing follows."""
    start = one.days.start(day)
    return on(one, start, start + 2_000)


RIGHTS_END = starts_at_ms(13_000_000)
ENDED = msgspec.structs.replace(FACTS["spot"], rights=Rights(RightsWindow(until_ms=RIGHTS_END)))
AWAY = msgspec.structs.replace(FACTS["spot"], rights=Rights(territories=Territories(("BE",))))
LATER = 13_100_000


def played(fillers, facts, **plan):
    """Asset, countries and substitute of everything that plays long after the rights have ended."""
    one = schedule(Plan(fill=FillRule(fillers), **plan), FACTS | facts)
    return {
        (slot.kind.value, slot.asset_id, slot.territories, slot.substitute)
        for slot in one.slots(LATER, LATER + 5_000)
    }


@pytest.mark.parametrize("rules", [BreakRules(), BreakRules(max_s_per_hour=600)])
def test_no_filler_plays_in_a_break_of_the_loop_beyond_its_rights(rules):
    loop = {"loop": entries("short -"), "breaks": rules}
    short = ("programme", "ast_short", (), "")
    assert played(("old",), {"old": ENDED}, **loop) == {short, ("break", "slate", (), "")}
    assert played(("old", "ident"), {"old": ENDED}, **loop) == {short, ("break", "ast_ident", (), "")}
    assert played(("away",), {"away": AWAY}, **loop) == {short, ("break", "slate", (), "")}


def test_no_filler_stands_in_for_itself_once_its_rights_have_ended():
    assert played(("old",), {"old": ENDED}) == {("programme", "slate", (), "")}
    assert played(("old", "ident"), {"old": ENDED}) == {("programme", "ast_ident", (), "")}


def test_a_filler_that_stands_in_keeps_its_countries():
    shown = played(("away", "ident"), {"away": AWAY, "gone": ENDED}, loop=entries("gone"))
    assert shown <= {("programme", "ast_spot", ("BE",), "ast_ident"), ("programme", "ast_ident", (), "")}
    only = played(("away",), {"away": AWAY, "gone": ENDED}, loop=entries("gone"))
    assert only == {("programme", "ast_spot", ("BE",), "slate")}


def test_the_bumper_after_a_break_is_asked_for_its_rights_when_it_plays():
    begin = position_at(to_ms(datetime(2026, 6, 2, 6, tzinfo=UTC)))
    closer = Rights(RightsWindow(until_ms=starts_at_ms(begin + 980)))
    facts = FACTS | {"close": msgspec.structs.replace(FACTS["ident"], rights=closer)}
    one = schedule(plan(block("06:00", "show -50 short"), fill=FillRule(closer="close")), facts)
    assert [name for _, name, _ in day_of(one, DAY)[:3]] == ["show", "-", "short"]


def test_the_countries_of_a_channel_bind_its_programmes():
    both = msgspec.structs.replace(FACTS["spot"], rights=Rights(territories=Territories(("BE", "DE", "FR"))))
    here = {"loop": entries("short both -"), "territories": ("BE", "FR")}
    assert played(("ident",), {"both": both}, **here) == {
        ("programme", "ast_short", ("BE", "FR"), "ast_ident"),
        ("programme", "ast_spot", ("BE", "FR"), "ast_ident"),
        ("break", "ast_ident", (), ""),
    }
    one = schedule(Plan(loop=entries("away"), territories=("BE", "FR")), FACTS | {"away": AWAY})
    assert {slot.territories for slot in one.slots(LATER, LATER)} == {("BE",)}


def test_a_block_that_the_clocks_leave_no_time_is_told_of():
    blocks = (
        block("02:00", "short short"),
        block("02:30", "show", cut=True),
        block("03:00", "clip", cut=True),
    )
    days = {"2026-03-29": blocks, "2026-03-30": (block("06:00", "ident"),)}
    one = schedule(Plan(timezone="Europe/Paris", days=days), FACTS)
    spring = date(2026, 3, 29)
    assert day_of(one, spring)[0] == ("03:00:00", "clip", 156)
    left_out = [field for code, field in findings(one, spring) if code is FindingCode.LEFT_OUT]
    assert left_out == [f"days.2026-03-29[{n}].entries[{m}]" for n, m in ((0, 0), (0, 1), (1, 0))]


def test_a_programme_that_loses_a_whole_part_is_told_of_as_cut():
    film = {"parted": msgspec.structs.replace(FACTS["film"], cues=(930,))}
    one = schedule(plan(block("06:00", "parted"), block("06:30", "short", cut=True)), FACTS | film)
    assert [name for _, name, _ in day_of(one, DAY)[:2]] == ["parted", "-"]
    [cut] = [f for f in one.compiled_at(one.days.start(DAY)).findings if f.code is FindingCode.CUT]
    assert cut.seconds == round(945 * SEGMENT_MS / 1000)


def test_fillers_bumpers_and_what_stands_in_are_fill_and_what_was_planned_is_not():
    over = Rights(RightsWindow(None, starts_at_ms(0)))
    facts = FACTS | {"over": Facts("ast_over", 100, "Over", rights=over)}
    rule = FillRule(("clip", "spot"), opener="ident")
    one = schedule(plan(block("06:00", "show - clip over"), block("06:45", "short"), fill=rule), facts)
    shown = [
        (slot.programme_id, slot.fill) for slot in one.slots(one.days.start(DAY), one.days.start(DAY) + 1_500)
    ]
    assert shown[:4] == [("show", False), ("ident", True), ("", False), ("clip", False)]
    assert all(fill for name, fill in shown[4:] if name != "short")
    assert ("short", False) in shown
    loop = schedule(plan(block("06:00", "show"), loop=entries("show over"), fill=rule), facts)
    start = loop.days.start(DAY)
    shown = {(slot.programme_id, slot.fill) for slot in loop.slots(start, start + 40_000)}
    assert shown >= {("show", False), ("spot", True)}
    assert ("spot", False) not in shown
    assert ("show", True) not in shown


def test_of_too_many_findings_the_worst_are_told_and_the_others_counted():
    """A day of notes and late beginnings does not hide what its editor has to mend."""
    ended = Rights(RightsWindow(None, to_ms(datetime(2026, 6, 1, tzinfo=UTC))))
    gone = {"over": Facts("ast_over", 10, "Over", rights=ended), "lost": Facts("", 10, "Lost")}
    early = [block(f"{6 + n // 180:02}:{n // 3 % 60:02}:{n % 3 * 20:02}", "ident") for n in range(240)]
    one = schedule(plan(*early, block("23:00", "over"), block("23:30", "lost")), FACTS | gone)
    told = one.compiled_at(one.days.start(DAY))
    assert (len(told.findings), told.untold > 0) == (FINDINGS_LIMIT, True)
    errors = {(f.code, f.field) for f in told.findings if f.severity is Severity.ERROR}
    assert (FindingCode.RIGHTS, "days.2026-06-02[240].entries[0]") in errors
    assert (FindingCode.MISSING, "days.2026-06-02[241].entries[0]") in errors
    assert [f.at_ms for f in told.findings] == sorted(f.at_ms for f in told.findings)


def test_what_a_save_is_refused_for_is_told_before_other_errors():
    ended = Rights(RightsWindow(None, to_ms(datetime(2026, 6, 1, tzinfo=UTC))))
    gone = {"over": Facts("ast_over", 10, "Over", rights=ended), "lost": Facts("", 10, "Lost")}
    one = schedule(plan(block("06:00", "lost " * 250), block("23:30", "over")), FACTS | gone)
    told = one.compiled_at(one.days.start(DAY))
    assert len([f for f in told.findings if f.severity is Severity.ERROR]) == FINDINGS_LIMIT
    assert "days.2026-06-02[1].entries[0]" in {f.field for f in told.findings}
