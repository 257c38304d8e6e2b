"""Whatever editors plan, and however often they change it: one endless stream that keeps its rules."""

import os
import subprocess
import sys
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from content.channels.break_ledger import HOUR_SEGMENTS, overlap
from content.channels.day_schedule import DaySchedule
from content.channels.facts import Facts
from content.channels.first_difference import first_difference
from content.channels.kept_plan import kept
from content.channels.local_time import position_of
from content.channels.plan import (
    WEEKDAYS,
    Begin,
    Block,
    BreakEntry,
    BreakRules,
    FillRule,
    Plan,
    ProgrammeEntry,
)
from content.channels.schedule import ScheduleVersion, Start, earliest_position, effective, superseding
from content.channels.takeover import first_change, take_over
from content.guide import airing as guide
from content.library.rights import Rights, RightsWindow, Territories
from media.asset import SLATE_ID
from media.house_format import SEGMENT_MS, starts_at_ms
from media.timeline import SlotKind

ROOT = Path(__file__).parents[2]
PATHS = (str(ROOT), str(ROOT / "tests" / "content"))  # some libraries bring a package called tests
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
# Clock changes both ways in each of them, a leap day, a new year.
DATES = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2028, 2, 29),
    date(2026, 12, 31),
)
LENGTHS = {"a": 3, "b": 40, "c": 700, "d": 1900, "kids": 300, "cut": 1200, "dated": 500, "away": 200}
NAMES = tuple(LENGTHS)

programmes = st.sampled_from(NAMES).map(ProgrammeEntry)
entries = st.lists(programmes | st.integers(1, 100).map(BreakEntry), min_size=1, max_size=5).map(tuple)
times = st.tuples(st.integers(0, 23), st.sampled_from((0, 7, 15, 30, 59))).map(
    lambda t: f"{t[0]:02}:{t[1]:02}"
)
begins = st.sampled_from(Begin)
blocks = st.builds(Block, times, entries, st.none(), st.booleans(), begins)
ended = st.tuples(times, times, entries, st.booleans(), begins).map(
    lambda t: Block(min(t[:2]), t[2], max(t[:2]) if t[0] != t[1] else None, t[3], t[4])
)
days = st.lists(blocks | ended, max_size=5, unique_by=lambda b: b.at).map(
    lambda found: tuple(sorted(found, key=lambda b: b.at))
)
fills = st.builds(
    FillRule,
    st.lists(st.sampled_from(("a", "b", "c", "dated", "away")), max_size=3, unique=True).map(tuple),
    st.sampled_from(("", "a", "dated", "away")),
    st.sampled_from(("", "a", "dated", "away")),
)
rules = st.builds(
    BreakRules,
    st.sampled_from((0, 240, 720, 3600)),
    st.sampled_from((0, 300, 900)),
    st.sampled_from((30, 120)),
    st.booleans(),
    st.booleans(),
)


@st.composite
def plans(draw, zones=ZONES):
    near = st.sampled_from(DATES).flatmap(lambda d: st.integers(-1, 1).map(lambda n: d + timedelta(n)))
    return Plan(
        timezone=draw(st.sampled_from(zones)),
        loop=draw(st.just(()) | entries),
        week=draw(st.dictionaries(st.sampled_from(WEEKDAYS), days, max_size=7)),
        days={day.isoformat(): found for day, found in draw(st.dictionaries(near, days, max_size=4)).items()},
        fill=draw(fills),
        breaks=draw(rules),
        territories=draw(st.sampled_from(((), ("FR",), ("BE", "FR")))),
    )


@st.composite
def libraries(draw):
    """Facts: something is for children, something has cues, something may be shown for some days only."""
    found = {name: Facts(f"ast_{name}", length, name) for name, length in LENGTHS.items()}
    change = msgspec.structs.replace
    found["kids"] = change(found["kids"], children=True, cues=(100,))
    found["cut"] = change(found["cut"], cues=(100, 400, 900))
    noon_ms = starts_at_ms(position_of(draw(st.sampled_from(DATES)), ZERO, UTC)) + 43_200_000
    found["dated"] = change(found["dated"], rights=Rights(RightsWindow(noon_ms, noon_ms + 36_000_000)))
    found["away"] = change(found["away"], rights=Rights(territories=Territories(("BE",))))
    if draw(st.booleans()):
        found["c"] = change(found["c"], asset_id="")
    return found


ZERO, UTC = time.min, ZoneInfo("UTC")
SLOW = settings(max_examples=10)
QUICK = settings(max_examples=25)


def around(plan, day):
    """Two local dates, from midnight to midnight."""
    zone = ZoneInfo(plan.timezone)
    return position_of(day, ZERO, zone), position_of(day + timedelta(2), ZERO, zone) - 1


def airings(slots):
    found = {}
    for slot in slots:
        if slot.kind is SlotKind.PROGRAMME:
            found.setdefault(slot.airing_id, []).append(slot)
    return list(found.values())


@QUICK
@given(plans(), libraries(), st.sampled_from(DATES))
def test_slots_follow_one_another_and_any_part_reads_the_same(plan, facts, day):
    first, last = around(plan, day)
    slots = DaySchedule("chn", kept(plan, facts)).slots(first, last)
    assert slots[0].start <= first < slots[0].end
    assert slots[-1].start <= last < slots[-1].end
    assert all(a.end == b.start for a, b in pairwise(slots))
    assert all(slot.segments > 0 and slot.asset_segments > 0 and slot.first_index >= 0 for slot in slots)
    assert len({slot.slot_id for slot in slots}) == len(slots)
    again = DaySchedule("chn", kept(plan, facts))
    for k in (last, first, (first + last) // 2, first + 1):  # in another order
        assert again.slots(k, k) == tuple(slot for slot in slots if slot.start <= k < slot.end)


@QUICK
@given(plans(), libraries(), st.sampled_from(DATES))
def test_the_guide_has_each_airing_once_and_whole_and_no_fill(plan, facts, day):
    first, last = around(plan, day)
    one = DaySchedule("chn", kept(plan, facts))
    found = list(guide.airings(one, starts_at_ms(first), starts_at_ms(last + 1)))
    assert all(a.end <= b.start for a, b in pairwise(found))
    told = {airing.airing_id: airing for airing in found}
    assert len(told) == len(found)
    planned = [slot for slot in one.slots(first, last) if slot.programme_id and not slot.aside]
    assert {slot.airing_id for slot in planned} == told.keys()
    assert all(told[s.airing_id].start <= s.start and s.end <= told[s.airing_id].end for s in planned)
    assert all(
        slot.fill or slot.programme_id for slot in one.slots(first, last) if slot.kind is not SlotKind.BREAK
    )


@settings(max_examples=60)
@given(plans(), libraries(), st.sampled_from(DATES))
def test_rights_are_kept(plan, facts, day):
    slots = DaySchedule("chn", kept(plan, facts)).slots(*around(plan, day))
    anywhere = {SLATE_ID, *(one.asset_id for one in facts.values() if one.unlimited)}
    assert all(slot.asset_id in anywhere for slot in slots if slot.kind is SlotKind.BREAK)
    assert all(slot.substitute in anywhere for slot in slots if slot.territories)
    for parts in airings(slots):
        name = parts[0].programme_id
        if name:
            begin, end = starts_at_ms(parts[0].start), starts_at_ms(parts[-1].end)
            assert not facts[name].refusal(begin, end, plan.territories)
            assert parts[0].asset_id == facts[name].asset_id
            both = [set(codes) for codes in (plan.territories, facts[name].rights.territories.codes) if codes]
            shown_in = set.intersection(*both) if both else set()
            assert all(set(part.territories) == shown_in for part in parts)


def assert_rules_hold(slots, limits, facts):
    breaks = [(slot.start, slot.end) for slot in slots if slot.kind is SlotKind.BREAK]
    allowance = min(limits.max_s_per_hour * 1000 // SEGMENT_MS, HOUR_SEGMENTS)
    for _, end in breaks:
        assert sum(overlap(end - HOUR_SEGMENTS, end, *one) for one in breaks) <= allowance
    for (_, end), (start, _) in pairwise(breaks):
        assert (start - end) * SEGMENT_MS >= limits.min_spacing_s * 1000
    for before, after in pairwise(slots):
        one, other = (facts.get(slot.programme_id) for slot in (before, after))
        if SlotKind.BREAK in (before.kind, after.kind):
            assert not (one and one.children)
            assert not (other and other.children)


@settings(max_examples=40)
@given(plans(), libraries(), st.sampled_from(DATES))
def test_the_rules_of_breaks_hold(plan, facts, day):
    first, last = around(plan, day)
    slots = DaySchedule("chn", kept(plan, facts)).slots(first - HOUR_SEGMENTS, last)
    assert_rules_hold(slots, plan.breaks, facts)


edits = st.lists(
    st.tuples(st.integers(0, 20_000_000), plans(zones=("Europe/Paris",)), st.sampled_from(Start)),
    min_size=1,
    max_size=4,
)


@SLOW
@given(edits, libraries(), st.sampled_from(DATES), st.integers(0, 86_400_000))
def test_edits_leave_alone_what_is_held_and_never_cut_a_break(history, facts, day, offset_ms):
    now_ms = starts_at_ms(position_of(day, ZERO, UTC)) + offset_ms
    begin = position_of(day, ZERO, UTC) - 10_000
    versions = (ScheduleVersion(1, begin, kept(history[0][1], facts), "", 0),)
    for number, (wait_ms, plan, start) in enumerate(history, 2):
        now_ms += wait_ms
        old = effective("chn", versions)
        taken = take_over("chn", old, kept(plan, facts), now_ms, start)
        new = ScheduleVersion(number, taken.position, kept(plan, facts), "", now_ms, taken.resumption)
        versions = superseding(versions, new)
        after = effective("chn", versions)
        at = taken.position
        assert starts_at_ms(at) >= now_ms + 30_000 - SEGMENT_MS
        held = old.slots(at - 5_000, at - 1)
        assert all(slot.kind is not SlotKind.BREAK or slot.end <= at for slot in held)
        unchanged = after.slots(at - 5_000, at - 1)
        assert [(s.slot_id, s.start, s.asset_id) for s in unchanged] == [
            (s.slot_id, s.start, s.asset_id) for s in held
        ]
        slots = after.slots(at - 5_000, at + 50_000)
        assert all(a.end == b.start for a, b in pairwise(slots))
        assert len({slot.slot_id for slot in slots}) == len(slots)


@SLOW
@given(plans(zones=("Europe/Paris",)), libraries(), st.sampled_from(DATES), st.integers(0, 86_400_000))
def test_a_save_that_changes_nothing_is_not_seen(plan, facts, day, offset_ms):
    now_ms = starts_at_ms(position_of(day, ZERO, UTC)) + offset_ms
    begin = position_of(day, ZERO, UTC) - 10_000
    first = ScheduleVersion(1, begin, kept(plan, facts), "", 0)
    old = effective("chn", (first,))
    taken = take_over("chn", old, kept(plan, facts), now_ms)
    assume(any(plan.week.values()))  # without a day to begin with, a loop with limits may shift its breaks
    new = ScheduleVersion(2, taken.position, kept(plan, facts), "", now_ms, taken.resumption)
    after = effective("chn", (first, new))
    assert after.slots(begin, begin + 100_000) == old.slots(begin, begin + 100_000)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DATES)
def test_a_day_ends_where_the_next_begins_when_clocks_change(zone, day):
    weekly = {key: (Block("02:30", (ProgrammeEntry("b"),), repeat=True),) for key in WEEKDAYS}
    facts = {name: Facts(f"ast_{name}", n, name) for name, n in LENGTHS.items()}
    schedule = DaySchedule("chn", kept(Plan(timezone=zone, week=weekly), facts))
    for n in range(-2, 3):
        one = schedule.compiled_at(schedule.days.start(day + timedelta(n)))
        other = schedule.compiled_at(schedule.days.start(day + timedelta(n + 1)))
        assert one.end == other.start == schedule.days.start(day + timedelta(n + 1))


def test_two_processes_say_the_same():
    """Neither the order of hashes nor that of questions matters."""
    script = (
        "from planned import *\n"
        "facts = known(a=40, b=700, c=1200)\n"
        "days = {'2026-10-25': (block('02:30', 'a - b', repeat=True), block('09:00', 'c c'))}\n"
        "plan = Plan(loop=entries('b - c -8'), days=days, fill=FillRule(('a', 'b')))\n"
        "print([repr(s) for s in schedule(plan, facts).slots(13_000_000, 13_100_000)])\n"
    )
    script = "from content.channels.plan import FillRule\n" + script
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(PATHS)},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@SLOW
@given(rules, edits, libraries(), st.sampled_from(DATES), st.integers(0, 86_400_000))
def test_the_rules_of_breaks_hold_over_edits(limits, history, facts, day, offset_ms):
    now_ms = starts_at_ms(position_of(day, ZERO, UTC)) + offset_ms
    begin = position_of(day, ZERO, UTC) - 10_000
    first = msgspec.structs.replace(history[0][1], breaks=limits)
    versions = (ScheduleVersion(1, begin, kept(first, facts), "", 0),)
    for number, (wait_ms, plan, _) in enumerate(history, 2):
        now_ms += wait_ms
        keeping = kept(msgspec.structs.replace(plan, breaks=limits), facts)
        taken = take_over("chn", effective("chn", versions), keeping, now_ms)
        new = ScheduleVersion(number, taken.position, keeping, "", now_ms, taken.resumption)
        versions = superseding(versions, new)
        slots = effective("chn", versions).slots(taken.position - 2_500, taken.position + 5_000)
        assert_rules_hold(slots, limits, facts)


@SLOW
@given(plans(), days, libraries(), st.sampled_from(DATES), st.data())
def test_what_a_save_changes_first_is_told_without_looking_at_days_that_stay(plan, changed, facts, day, data):
    """Of a weekday, a date, or nothing: as though every position of a week had been compared."""
    first = around(plan, day)[0]
    key = data.draw(st.sampled_from([*WEEKDAYS, *((day + timedelta(n)).isoformat() for n in range(4)), ""]))
    part = "week" if key in WEEKDAYS else "days"
    after = msgspec.structs.replace(plan, **{part: {**getattr(plan, part), key: changed}}) if key else plan
    versions = (ScheduleVersion(1, 0, kept(plan, facts), "", 0),)
    now_ms = starts_at_ms(first) + data.draw(st.integers(0, 86_400_000))
    taken = take_over("chn", effective("chn", versions), kept(after, facts), now_ms)
    new = ScheduleVersion(2, taken.position, kept(after, facts), "", now_ms, taken.resumption)
    both = effective("chn", superseding(versions, new))
    told = effective("chn", versions), both, taken.position, taken.position + 7 * 45_000
    assert first_change(*told) == first_difference(*told)


@SLOW
@given(plans(), libraries(), st.sampled_from(DATES), st.integers(0, 86_400_000), st.data())
def test_what_is_withdrawn_leaves_the_air_and_all_else_stays(plan, facts, day, offset_ms, data):
    now_ms = starts_at_ms(position_of(day, ZERO, UTC)) + offset_ms
    first = ScheduleVersion(1, position_of(day, ZERO, UTC) - 10_000, kept(plan, facts), "", 0)
    old, earliest = effective("chn", (first,)), earliest_position(now_ms)
    # Mostly what is on air then.
    on_air = {slot.programme_id for slot in old.slots(earliest, earliest + 2_000)} - {""}
    gone = data.draw(st.sampled_from(sorted(on_air) or NAMES))
    known = {**facts, gone: msgspec.structs.replace(facts[gone], asset_id="", cues=())}
    taken = take_over("chn", old, kept(plan, known), now_ms, gone=gone)
    new = ScheduleVersion(2, taken.position, kept(plan, known), "", now_ms, taken.resumption)
    after = effective("chn", (first, new))
    assert taken.position >= earliest
    waits = old.slots(earliest, taken.position - 1) if taken.position > earliest else ()
    assert not [slot for slot in waits if slot.programme_id == gone and not slot.aside]
    slots = after.slots(taken.position, taken.position + 50_000)
    assert f"ast_{gone}" not in {slot.asset_id for slot in slots}
    assert all(a.end == b.start for a, b in pairwise(slots))
    assert len({slot.slot_id for slot in slots}) == len(slots)
    until = taken.resumption.fill_until if taken.resumption else None
    if until is not None:
        assert all(slot.aside for slot in after.slots(taken.position, until - 1))
        assert after.slots(until, until)[0].start == until
