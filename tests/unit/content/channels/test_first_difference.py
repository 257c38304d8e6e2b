import pytest

from content.channels.first_difference import first_difference
from media.timeline import SlotKind
from tests.media.loop import Loop, LoopItem


def loop(*lengths: int, anchor: int = 0) -> Loop:
    items = (LoopItem(n, f"ast_{n}", n, SlotKind.PROGRAMME, f"prg_{n}") for n in lengths)
    return Loop("chn", anchor, tuple(items))


@pytest.mark.parametrize(
    ("old", "new", "first", "found"),
    [
        (loop(10), loop(10), 0, None),
        (loop(10, 5), loop(10, 7), 0, 10),
        (loop(10, 5), loop(10, 7), 3, 10),
        (loop(10, 5), loop(10, 7), 10, 10),
        (loop(10), loop(10, anchor=1), 4, 4),  # the same, shifted
        (loop(10, 5), loop(10, 5, 10, 6), 0, 25),
    ],
)
def test_where_two_schedules_part(old, new, first, found):
    assert first_difference(old, new, first, 1000) == found
    assert first_difference(new, old, first, 1000) == found


def test_slots_that_repeat_an_asset_are_alike_however_they_are_cut():
    slate = Loop("chn", 0, (LoopItem(64, "slate", 1, SlotKind.PROGRAMME),))
    other = Loop("chn", 7, (LoopItem(10, "slate", 1, SlotKind.PROGRAMME),))
    assert first_difference(slate, other, 0, 500) is None


def test_no_more_is_looked_at_than_until_they_part():
    asked = []

    class Watched:
        def slots(self, first: int, last: int):
            asked.append(last)
            return loop(10, 7).slots(first, last)

    assert first_difference(loop(10, 5), Watched(), 0, 1_000_000) == 10
    assert max(asked) < 10_000


def test_where_they_part_late():
    assert first_difference(loop(3_000, 5), loop(3_000, 7), 0, 10_000) == 3_000
    assert first_difference(loop(1), loop(1), 0, 10_000) is None
