import pytest

from content.channels.versioned_schedule import VersionedSchedule
from media.timeline import SlotKind
from tests.media.loop import Loop, LoopItem


def loop(anchor: int, asset_id: str, length: int) -> Loop:
    return Loop("chn", anchor, (LoopItem(length, asset_id, length, SlotKind.PROGRAMME, asset_id),))


def test_each_loop_plays_from_its_position_until_the_next():
    schedule = VersionedSchedule(((100, loop(100, "a", 10)), (125, loop(125, "b", 7))))
    runs = [(s.start, s.segments, s.asset_id) for s in schedule.slots(95, 133)]
    assert runs == [
        (90, 10, "a"),
        (100, 10, "a"),
        (110, 10, "a"),
        (120, 5, "a"),
        (125, 7, "b"),
        (132, 7, "b"),
    ]


def test_a_slot_cut_short_keeps_its_id_and_its_asset_length():
    whole = VersionedSchedule(((100, loop(100, "a", 10)),)).slots(101, 101)[0]
    cut = VersionedSchedule(((100, loop(100, "a", 10)), (105, loop(105, "b", 7)))).slots(101, 101)[0]
    assert (cut.slot_id, cut.asset_segments, cut.end) == (whole.slot_id, 10, 105)


@pytest.mark.parametrize("positions", [(), (5, 5), (7, 5)])
def test_positions_must_rise(positions):
    with pytest.raises(ValueError, match="rising"):
        VersionedSchedule(tuple((p, loop(p, "a", 1)) for p in positions))
