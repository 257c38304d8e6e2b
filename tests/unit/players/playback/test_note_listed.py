"""What a playlist listed is told once, fill by fill, and costs a pull next to nothing."""

from adserver.serving.avail import Card, ServedFill
from players.playback.break_plan import PlannedBreak
from players.playback.note_listed import NoteListed


def fill(name: str, segments: int) -> ServedFill:
    return ServedFill(name, "li", "cr", "ast", segments, "b", Card("h", "b", "a"), 1, "EUR")


def plan() -> PlannedBreak:
    return PlannedBreak("brk", 100, 10, (fill("one", 3), fill("two", 4)))


def listing() -> tuple[NoteListed, list[list[str]]]:
    told: list[list[str]] = []
    return NoteListed(lambda fills, kind: told.append([f"{kind} {one.fill_id}" for one in fills])), told


def test_a_fill_counts_when_its_first_segment_is_listed():
    note, told = listing()
    known = plan()
    for last in (99, 100, 101, 102):
        note(known, last)
    assert told == [["stitched one"]]
    for last in (103, 104, 120):
        note(known, last)
    assert told[1:] == [["stitched one", "stitched two"]]


def test_an_empty_break_is_never_told_of():
    note, told = listing()
    note(PlannedBreak("empty", 100, 10, ()), 105)
    assert told == []


def test_what_is_forgotten_with_its_plan_is_told_again():
    note, told = listing()
    for known in (plan(), plan()):
        for last in (100, 101):
            note(known, last)
    assert told == [["stitched one"]] * 2
