"""What never changes, kept while there is room."""

from players.adapters.remembered import Remembered


def test_the_oldest_gives_way():
    kept: Remembered[int] = Remembered(2)
    assert kept.get("a") is None
    assert [kept.put(key, n) for n, key in enumerate("abc")] == [0, 1, 2]
    assert [kept.get(key) for key in "abc"] == [None, 1, 2]


def test_the_same_key_takes_one_place():
    kept: Remembered[int] = Remembered(2)
    for n in range(5):
        kept.put("a", n)
    kept.put("b", 9)
    assert (kept.get("a"), kept.get("b")) == (4, 9)
