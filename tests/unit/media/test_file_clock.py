import pytest

from media.file_clock import PLAIN, FileClock, numbered, parts_of, shifts


def parts(*packets: tuple[int, float | None]) -> list[int]:
    """The part of each packet, in the order of the packets of its track."""
    found = list(numbered(packets, lambda packet: packet[0], lambda packet: packet[1]))
    return [part for track in (0, 1) for packet, part in found if packet[0] == track]


def of_one(*moments: float | None) -> list[int]:
    return parts(*((0, moment) for moment in moments))


def test_a_clock_that_jumps_back_begins_a_part():
    assert of_one(5, 6, 7, 0, 1, 2, 0, 1) == [0, 0, 0, 1, 1, 1, 2, 2]


def test_each_track_is_judged_by_itself():
    assert parts((0, 5), (1, 5), (1, 6), (1, 0), (0, 6), (1, 1), (0, 0), (0, 1)) == [0, 0, 1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "moments",
    [
        (5, 6, 5.5, 6.5),  # an overlap
        (50, 51, 3, 52, 53),  # a damaged time, too early
        (5, 6, 900, 7, 8),  # too late
        (5, None, 6, None),
        (5, 4000, 4001),  # a leap ahead
    ],
)
def test_what_begins_none(moments):
    assert set(of_one(*moments)) == {0}


def test_the_last_packet_may_be_a_part_of_its_own():
    assert of_one(5, 6, 0) == [0, 0, 1]
    assert of_one() == []


def test_parts_follow_each_other_without_a_hole():
    spans = {
        (0, 0): (0.0, 20.0),
        (1, 0): (0.1, 20.5),
        (0, 1): (-3.0, 7.0),
        (1, 1): (-2.9, 6.9),
        (0, 2): (1.0, 2.0),
    }
    assert parts_of(spans) is None  # the third has no sound
    assert parts_of(spans | {(1, 2): (1.0, 2.0)}) == ((0.0, 20.5), (-3.0, 7.0), (1.0, 2.0))
    moved = shifts(((0.0, 20.5), (-3.0, 7.0), (1.0, 2.0)))
    assert moved == (23.5, 29.5)
    clock = FileClock(shifts_s=moved)
    assert [clock.shift_s(part) for part in range(4)] == [0, 23.5, 29.5, 29.5]
    assert PLAIN.shift_s(3) == 0
    assert parts_of({}) == ()
