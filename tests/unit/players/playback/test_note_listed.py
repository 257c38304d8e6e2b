"""What a playlist listed is told once, fill by fill, and costs a pull next to nothing."""

from adserver.serving.avail import Card, ServedFill
from players.playback import note_listed
from players.playback.break_plan import PlannedBreak
from players.playback.note_listed import NoteListed


def fill(name: str, segments: int) -> ServedFill:
    return ServedFill(name, "li", "cr", "ast", segments, "b", Card("h", "b", "a"), 1, "EUR")


PLAN = PlannedBreak("brk", 100, 10, (fill("one", 3), fill("two", 4)))


def listing() -> tuple[NoteListed, list[list[str]]]:
    told: list[list[str]] = []
    return NoteListed(lambda fills, kind: told.append([f"{kind} {one.fill_id}" for one in fills])), told


def test_a_fill_counts_when_its_first_segment_is_listed():
    note, told = listing()
    for last in (99, 100, 101, 102):
        note("ses", PLAN, last)
    assert told == [["stitched one"]]
    for last in (103, 104, 120):
        note("ses", PLAN, last)
    assert told[1:] == [["stitched one", "stitched two"]]


def test_each_session_is_told_of_by_itself_and_an_empty_break_never():
    note, told = listing()
    for session_id in ("a", "b", "a", "b"):
        note(session_id, PLAN, 100)
    assert told == [["stitched one"]] * 2
    note("a", PlannedBreak("empty", 100, 10, ()), 105)
    assert len(told) == 2


def test_what_is_remembered_is_bounded_and_what_is_forgotten_is_told_again(monkeypatch):
    monkeypatch.setattr(note_listed, "REMEMBERED", 4)
    note, told = listing()
    for n in range(20):
        note(f"ses{n}", PLAN, 100)
        note(f"ses{n}", PLAN, 100)
    assert len(told) == 20
    note("ses0", PLAN, 100)
    assert len(told) == 21
    assert len(note._told) + len(note._before) <= 8
