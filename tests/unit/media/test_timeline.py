from media.house_format import EPOCH_MS, SEGMENT_MS
from media.timeline import WINDOW_SEGMENTS, SlotKind, span, window
from tests.media.loop import Loop, LoopItem

FILM = LoopItem(5, "film", 5, SlotKind.PROGRAMME, "prg_1")
BREAK = LoopItem(4, "slate", 1, SlotKind.BREAK)
LOOP = Loop("ch", 100, (FILM, BREAK))


def test_positions_count_within_each_slot_and_fillers_repeat():
    shown = [(p.asset_id, p.index) for p in span(LOOP, 103, 110).positions]
    assert shown == [
        *(("film", 3), ("film", 4), ("slate", 0), ("slate", 0)),
        *(("slate", 0), ("slate", 0), ("film", 0), ("film", 1)),
    ]


def test_slots_bear_the_same_name_whatever_is_asked():
    assert LOOP.slots(105, 105) == LOOP.slots(103, 108)[1:]
    assert [slot.slot_id for slot in LOOP.slots(100, 118)] == [
        "ch-100",
        "ch-105",
        "ch-109",
        "ch-114",
        "ch-118",
    ]


def test_it_reaches_back_before_its_anchor():
    assert [slot.start for slot in LOOP.slots(90, 99)] == [87, 91, 96]


def test_the_window_ends_with_the_last_position_that_is_over():
    now = EPOCH_MS + 1000 * SEGMENT_MS
    shown = window(LOOP, now)
    assert len(shown.positions) == WINDOW_SEGMENTS
    assert shown.positions[-1].k == 999
    assert window(LOOP, now - 1).positions[-1].k == 998
    assert shown.head == 988
    assert all(slot.kind is SlotKind.BREAK for slot in shown.breaks)
