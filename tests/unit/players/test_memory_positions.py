"""Positions in memory: the newest, for a minute, of a bounded number of vehicles."""

from adserver.serving.avail import Location
from players.adapters import memory_positions
from players.adapters.memory_positions import MemoryPositions
from players.feed.consent import GRACE_MS


def test_a_minute_and_no_longer():
    held = MemoryPositions()
    held.put("a", Location(1, 1), 0)
    held.put("a", Location(2, 2), 1_000)
    assert held.get("a", 61_000) == Location(2, 2)
    assert held.get("a", 61_001) is None
    assert held.get("b", 0) is None


def test_the_oldest_give_way(monkeypatch):
    monkeypatch.setattr(memory_positions, "VEHICLES_LIMIT", 3)
    held = MemoryPositions()
    for n, name in enumerate("abcda"):
        held.put(name, Location(n, n), n)
    assert [held.get(name, 5) is not None for name in "abcd"] == [True, False, True, True]


def test_what_was_on_its_way_when_consent_was_taken_back_is_not_held():
    held = MemoryPositions()
    held.put("a", Location(1, 1), 0)
    held.forget("a", 1_000)
    for at_ms in (999, 1_000, 1_000 + GRACE_MS):
        held.put("a", Location(2, 2), at_ms)
        assert held.get("a", at_ms) is None
    held.put("b", Location(2, 2), 1_000)
    assert held.get("b", 1_000)
    # By a feed that asked anew.
    held.put("a", Location(3, 3), 1_001 + GRACE_MS)
    assert held.get("a", 1_001 + GRACE_MS) == Location(3, 3)


def test_what_is_too_old_is_forgotten_by_the_next():
    held = MemoryPositions()
    held.put("a", Location(1, 1), 0)
    held.put("b", Location(1, 1), 60_001)
    assert list(held._held) == ["b"]
