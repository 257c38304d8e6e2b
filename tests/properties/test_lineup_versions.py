"""However often editors save, a channel is one endless stream that no save disturbs."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from content.channels.plan import BreakEntry, ProgrammeEntry
from content.channels.schedule import (
    ScheduleVersion,
    Start,
    effective,
    superseding,
    worth_keeping,
)
from content.channels.takeover import take_over
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.timeline import SlotKind, span
from tests.content.planned import known, loop_plan, loop_version

FACTS = known(**{f"prg_{n}": n for n in range(1, 61)}, prg_new=9)
programme = st.integers(1, 60).map(lambda n: ProgrammeEntry(f"prg_{n}"))
pause = st.integers(1, 40).map(BreakEntry)
loops = st.lists(programme | pause, min_size=1, max_size=6).map(tuple)
saves = st.lists(st.tuples(st.integers(0, 300_000), loops, st.sampled_from(Start)), max_size=8)
ORIGIN = 10_000


def plan(entries):
    return loop_plan(tuple(entries), FACTS)


def save(versions, entries, now_ms, start):
    """The version that a save would keep, and where it begins."""
    taken = take_over("chn", effective("chn", versions), plan(entries), now_ms, start)
    number = versions[-1].number + 1
    return ScheduleVersion(number, taken.position, plan(entries), "", now_ms, taken.resumption)


def saved(history, also=lambda *_: None):
    """The versions after each save of ``history``; ``also`` sees (before, after, now_ms) of each."""
    versions = (loop_version(1, ORIGIN, (), FACTS),)
    now_ms = starts_at_ms(ORIGIN)
    for wait_ms, entries, start in history:
        now_ms += wait_ms
        new = save(versions, entries, now_ms, start)
        after = worth_keeping(superseding(versions, new), now_ms)
        also(effective("chn", versions), effective("chn", after), new.from_position, now_ms)
        versions = after
    return effective("chn", versions), now_ms


@given(saves, st.integers(-200, 400), st.integers(1, 300))
def test_the_slots_are_contiguous_and_their_ids_unique(history, offset, length):
    schedule, now_ms = saved(history)
    first = position_at(now_ms) + offset
    slots = schedule.slots(first, first + length - 1)
    assert slots[0].start <= first < slots[0].end
    assert slots[-1].start <= first + length - 1 < slots[-1].end
    assert all(a.end == b.start and a.segments > 0 for a, b in pairwise(slots))
    assert len({slot.slot_id for slot in slots}) == len(slots)
    positions = span(schedule, first, first + length - 1).positions
    assert [p.k for p in positions] == list(range(first, first + length))


@given(saves)
def test_a_save_leaves_ten_minutes_and_the_next_thirty_seconds_as_they_were(history):
    def check(before, after, begin, now_ms):
        assert starts_at_ms(begin) >= now_ms + 30_000 - SEGMENT_MS
        held = position_at(now_ms - 590_000), begin - 1
        assert span(before, *held).positions == span(after, *held).positions

    saved(history, check)


@given(saves)
def test_no_save_cuts_a_break(history):
    def check(before, after, begin, now_ms):
        for slot in before.slots(begin - 1, begin - 1):
            assert slot.kind is not SlotKind.BREAK or slot.end == begin

    saved(history, check)


@given(saves, st.integers(-100, 200), st.integers(1, 40), st.integers(0, 39))
def test_any_part_of_the_window_reads_the_same_alone(history, offset, length, at):
    schedule, now_ms = saved(history)
    first = position_at(now_ms) + offset
    whole = {p.k: p for p in span(schedule, first, first + length - 1).positions}
    k = first + at % length
    assert span(schedule, k, k).positions == (whole[k],)


@given(st.lists(programme, min_size=1, max_size=6, unique=True), st.integers(0, 10**6))
def test_an_unchanged_save_changes_nothing_and_an_addition_only_what_follows_it(entries, wait_ms):
    now_ms = starts_at_ms(ORIGIN) + wait_ms
    before = (loop_version(1, ORIGIN, tuple(entries), FACTS),)

    def after(loop):
        new = save(before, loop, now_ms, Start.AFTER_CURRENT)
        begin = new.from_position
        return effective("chn", (*before, new)).slots(begin, begin + 400), begin

    same, begin = after(entries)
    plain = effective("chn", before).slots(begin, begin + 400)
    assert same == plain
    longer, begin = after([*entries, ProgrammeEntry("prg_new")])
    assert longer[0].programme_id in {
        effective("chn", before).slots(begin, begin)[0].programme_id,
        "prg_new",
    }
