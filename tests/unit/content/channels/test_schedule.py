import pytest

from content.channels.schedule import (
    BREAK_SEGMENTS_LIMIT,
    BreakEntry,
    PlacedEntry,
    ProgrammeEntry,
    ScheduleVersion,
    Start,
    appended,
    begin_position,
    effective,
    place,
    superseding,
    worth_keeping,
)
from content.library.programme import Category, Programme
from kernel.errors import Conflict, Invalid, RoadcastError
from media.asset import Asset, AssetState
from media.house_format import SEGMENT_MS, starts_at_ms
from media.manifest import AssetManifest
from media.timeline import SlotKind

PROGRAMMES = {
    name: Programme(name, f"ast_{name}", name, "", Category.NEWS, "fr", 0)
    for name in ("ready", "queued", "gone")
}
ASSETS = {
    "ast_ready": Asset(
        "ast_ready", "", "", "", AssetState.READY, 1000, (), AssetManifest("ast_ready", 40, 76_000, {}, ""), 0
    ),
    "ast_queued": Asset("ast_queued", "", "", "", AssetState.QUEUED, 0, (), None, 0),
}
READY, BREAK = ProgrammeEntry("ready"), BreakEntry(16)


@pytest.mark.parametrize(
    ("entries", "kind", "code", "field"),
    [
        ([], Invalid, "schedule-empty", None),
        ([BREAK], Invalid, "schedule-empty", None),
        ([READY] * 501, Invalid, "schedule-too-long", None),
        ([READY, BREAK, BREAK], Invalid, "breaks-adjacent", "entries[1]"),
        ([BREAK, READY, BREAK], Invalid, "breaks-adjacent", "entries[2]"),
        ([READY, BreakEntry(0)], Invalid, "break-too-short", "entries[1]"),
        ([READY, BreakEntry(-4)], Invalid, "break-too-short", "entries[1]"),
        ([READY, BreakEntry(BREAK_SEGMENTS_LIMIT + 1)], Invalid, "break-too-long", "entries[1]"),
        ([ProgrammeEntry("nobody")], Invalid, "programme-unknown", "entries[0]"),
        ([READY, ProgrammeEntry("queued")], Conflict, "asset-not-ready", "entries[1]"),
        ([READY, ProgrammeEntry("gone")], Conflict, "asset-not-ready", "entries[1]"),
    ],
)
def test_what_cannot_play_is_refused_by_name(entries, kind, code, field):
    with pytest.raises(RoadcastError) as refused:
        place(entries, PROGRAMMES, ASSETS)
    assert type(refused.value) is kind
    assert refused.value.code == code
    assert refused.value.fix
    assert list(refused.value.fields) == ([field] if field else [])


def test_placed_entries_keep_what_they_need_to_play():
    programme, pause = place([READY, BREAK], PROGRAMMES, ASSETS)
    assert programme == PlacedEntry(SlotKind.PROGRAMME, "ast_ready", 40, 40, "ready")
    assert pause == PlacedEntry(SlotKind.BREAK, "slate", 16, 1)
    assert (programme.as_entry(), pause.as_entry()) == (READY, BREAK)


def version(number: int, start: int, *entries) -> ScheduleVersion:
    return ScheduleVersion(number, start, place(entries, PROGRAMMES, ASSETS) if entries else (), "acc_1", 0)


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
    schedule = effective("chn", [version(1, 1000, READY, BREAK)])
    assert begin_position(schedule, now_at(now), start) == begins
    assert starts_at_ms(begins) >= now_at(now) + 30_000 - SEGMENT_MS


def test_slate_is_not_waited_for():
    assert begin_position(effective("chn", [version(1, 0)]), now_at(1000), Start.AFTER_CURRENT) == 1016


def test_a_version_that_has_not_begun_gives_way_to_an_earlier_one():
    first, pending, new = version(1, 100, READY), version(2, 500, READY), version(3, 400, BREAK, READY)
    assert superseding([first, pending], new) == (first, new)
    assert superseding([first, pending], version(3, 600, READY))[:2] == (first, pending)


def test_versions_are_kept_ten_minutes_after_their_end():
    versions = [version(1, 0, READY), version(2, 1000, READY), version(3, 2000, READY)]
    ended_ms = starts_at_ms(1000)
    assert worth_keeping(versions, ended_ms + 599_000) == tuple(versions)
    assert worth_keeping(versions, ended_ms + 601_000) == tuple(versions[1:])
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
