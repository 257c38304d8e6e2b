"""Visits wait in memory, bounded, and a failure to write them down stops nothing."""

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


async def test_what_waits_is_bounded_and_what_failed_is_gone(monkeypatch):
    monkeypatch.setattr(note_returns, "WAITING_LIMIT", 3)
    kept = Kept()
    note = NoteReturns(kept, lambda: b"k" * 32)
    for n in range(9):
        note(card_avail(f"a{n}", NOW, subject=f"car{n}"), SERVED)
    with pytest.raises(ConnectionError):
        await note.flush()
    note(card_avail("b", NOW), SERVED)
    note(card_avail("c", NOW), ServedBreak("c", ()))
    await note.flush()
    assert list(kept.seen.values()) == [1]
