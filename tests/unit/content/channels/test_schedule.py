import msgspec
import pytest

from content.channels.check_plan import BREAK_SEGMENTS_LIMIT, check_loop
from content.channels.kept_plan import kept
from content.channels.plan import BreakEntry, BreakRules, FillRule, Plan, ProgrammeEntry
from content.channels.schedule import (
    ScheduleVersion,
    Start,
    appended,
    begin_position,
    effective,
    superseding,
    worth_keeping,
)
from kernel.errors import Invalid
from media.house_format import SEGMENT_MS, starts_at_ms
from media.timeline import SlotKind
from tests.content.planned import entries, known, loop_version

READY, BREAK = ProgrammeEntry("ready"), BreakEntry(16)
FACTS = known(ready=40)


@pytest.mark.parametrize(
    ("loop", "code", "field"),
    [
        ([], "schedule-empty", None),
        ([BREAK], "schedule-empty", None),
        ([READY] * 501, "schedule-too-long", None),
        ([READY, BREAK, BREAK], "breaks-adjacent", "loop[1]"),
        ([BREAK, READY, BREAK], "breaks-adjacent", "loop[2]"),
        ([READY, BreakEntry(0)], "break-too-short", "loop[1]"),
        ([READY, BreakEntry(-4)], "break-too-short", "loop[1]"),
        ([READY, BreakEntry(BREAK_SEGMENTS_LIMIT + 1)], "break-too-long", "loop[1]"),
    ],
)
def test_what_cannot_repeat_is_refused_by_name(loop, code, field):
    with pytest.raises(Invalid) as refused:
        check_loop(loop)
    assert refused.value.code == code
    assert refused.value.fix
    assert list(refused.value.fields) == ([field] if field else [])


def version(number: int, start: int, text: str):
    return loop_version(number, start, entries(text), FACTS)


def now_at(position: int) -> int:
    return starts_at_ms(position) + 100


# Lead: 30 s reach from position k to the 15th after it; the next boundary is k + 16.
@pytest.mark.parametrize(
    ("now", "start", "begins"),
    [
        (1000, Start.AFTER_CURRENT, 1040),  # within a programme 1000..1040: at its end
        (1000, Start.SOON, 1016),  # cuts it, but nothing that is in a window
        (1030, Start.AFTER_CURRENT, 1056),  # within the break 1040..1056: never inside it
        (1030, Start.SOON, 1056),
        (1024, Start.AFTER_CURRENT, 1040),  # the boundary falls on a slot's start
        (1040, Start.AFTER_CURRENT, 1056),
    ],
)
def test_a_new_version_begins_after_the_lead_and_never_inside_a_break(now, start, begins):
    schedule = effective("chn", [version(1, 1000, "ready -")])
    assert begin_position(schedule, now_at(now), start) == begins
    assert starts_at_ms(begins) >= now_at(now) + 30_000 - SEGMENT_MS


def test_slate_is_not_waited_for():
    assert begin_position(effective("chn", [version(1, 0, "")]), now_at(1000), Start.AFTER_CURRENT) == 1016


def test_a_version_that_has_not_begun_gives_way_to_an_earlier_one():
    first, pending, new = version(1, 100, "ready"), version(2, 500, "ready"), version(3, 400, "- ready")
    assert superseding([first, pending], new) == (first, new)
    assert superseding([first, pending], version(3, 600, "ready"))[:2] == (first, pending)


def test_versions_are_kept_eight_days_after_their_end():
    versions = [version(1, 0, "ready"), version(2, 1000, "ready"), version(3, 2000, "ready")]
    ended_ms, kept_ms = starts_at_ms(1000), 8 * 86_400_000
    assert worth_keeping(versions, ended_ms + kept_ms - 1000) == tuple(versions)
    assert worth_keeping(versions, ended_ms + kept_ms + 1000) == tuple(versions[1:])
    assert worth_keeping(versions, ended_ms + 10**10) == (versions[2],)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), (ProgrammeEntry("new"), BreakEntry(16))),
        ((READY,), (READY, ProgrammeEntry("new"))),
        ((READY, BreakEntry(8)), (READY, BreakEntry(8), ProgrammeEntry("new"), BreakEntry(8))),
        ((BreakEntry(8), READY), (BreakEntry(8), READY, BreakEntry(8), ProgrammeEntry("new"))),
    ],
)
def test_appending_keeps_the_rhythm_of_breaks(before, after):
    assert appended(before, "new") == after


@pytest.mark.parametrize("bumper", ["", "ident"])
@pytest.mark.parametrize("into", [-1, 0, 1, 8, 15, 16, 17])
def test_a_film_is_played_to_its_end_though_it_is_in_a_break_when_the_new_version_could_begin(bumper, into):
    facts = known(film=1000, news=300, ident=4)
    facts["film"] = msgspec.structs.replace(facts["film"], cues=(400, 700))
    rules = BreakRules(min_spacing_s=0)
    plan = Plan(loop=entries("film news"), breaks=rules, fill=FillRule(opener=bumper, closer=bumper))
    schedule = effective("chn", [ScheduleVersion(1, 0, kept(plan, facts), "acc_1", 0)])
    slots = schedule.slots(5_000_000, 5_003_000)
    film = next(one for one in slots if one.programme_id == "film" and not one.first_index)
    end = max(one.end for one in slots if one.airing_id == film.airing_id)
    first = next(one for one in slots if one.kind is SlotKind.BREAK and one.start > film.start)
    now_ms = starts_at_ms(first.start + into - 1) - 30_000 + 100
    assert begin_position(schedule, now_ms, Start.AFTER_CURRENT) == end
    # As soon as viewers allow: not within the break.
    soon = begin_position(schedule, now_ms, Start.SOON)
    assert soon == (first.end if 0 < into < 16 else first.start + into)
