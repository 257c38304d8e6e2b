"""Visits wait in memory, bounded, and a failure to write them down stops nothing."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from adserver.serving import note_returns
from adserver.serving.avail import ServedBreak
from adserver.serving.note_returns import NoteReturns
from tests.adserver.house import card_avail

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
SERVED = ServedBreak("a", (), (), "48.12,-1.68")


class Kept:
    def __init__(self) -> None:
        self.seen = {}

    async def add(self, marks, seen) -> None:
        if not self.seen:
            self.seen = {(0, True): 0}
            raise ConnectionError
        self.seen = dict(seen)


class Taking:
    async def add(self, marks, seen) -> None:
        """As much as there is."""


async def test_where_there_are_too_many_the_same_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(note_returns, "WAITING_LIMIT", 30)
    note = NoteReturns(Kept(), lambda: b"k" * 32)
    for n in range(400):
        note(card_avail(f"a{n}", NOW, subject=f"car{n % 200}"), SERVED)
    visits = Counter(visit.subject for visit in note._waiting)
    assert 5 <= len(note._waiting) <= 30
    # Whoever is looked at is so each time, or what comes back would not be seen to.
    again = [f"car{n}" for n in range(200) if f"car{n}" in note._sample]
    assert set(visits) <= set(again)
    assert len(again) < 60


async def test_all_are_looked_at_again_once_there_are_few(monkeypatch):
    monkeypatch.setattr(note_returns, "WAITING_LIMIT", 40)
    note = NoteReturns(Taking(), lambda: b"k" * 32)
    for n in range(400):
        note(card_avail(f"a{n}", NOW, subject=f"car{n}"), SERVED)
    thinned = note._sample.one_in
    assert thinned > 1
    note._waiting[:] = note._waiting[:10]
    await note.flush()
    assert note._sample.one_in == thinned, "a quarter is no few"
    for _ in range(thinned):
        await note.flush()
    for n in range(9):
        note(card_avail(f"b{n}", NOW, subject=f"car{n}"), SERVED)
    assert len(note._waiting) == 9


async def test_what_failed_is_gone():
    kept = Kept()
    note = NoteReturns(kept, lambda: b"k" * 32)
    note(card_avail("a", NOW), SERVED)
    with pytest.raises(ConnectionError):
        await note.flush()
    note(card_avail("b", NOW), SERVED)
    note(card_avail("c", NOW), ServedBreak("c", ()))
    await note.flush()
    assert list(kept.seen.values()) == [1]
