"""What others take of the same opportunities: what they still want, and the higher priority first."""

import pytest

from adserver.booking.contention import Rival, Room, room_for, taken
from adserver.serving.supply import Kind


def rival(share: float, *, kind: Kind = Kind.CARD, before: bool = False, **changes) -> Rival:
    return Rival("li", before, {kind: share}, **changes)


def test_nobody_wants_more_than_is_left_of_its_budget_nor_than_suits_it():
    assert taken(50, 200) == 0.25
    assert taken(500, 200) == 1
    assert taken(500, 200, most=0.1) == 0.1
    assert taken(5, 0) == 1


@pytest.mark.parametrize(
    ("rivals", "wanted", "left"),
    [
        ([], 0, 1),
        # With enough for all, those who are there keep theirs.
        ([rival(0.3)], 0.3, 0.7),
        ([rival(0.3), rival(0.2)], 0.44, 0.5),
        # Else everybody has an equal part.
        ([rival(1.0)], 1, 0.5),
        ([rival(0.8), rival(0.7)], 0.94, 1 / 3),
        # A higher priority gives nothing away.
        ([rival(0.9, before=True)], 0.9, 0.1),
        ([rival(1.0, before=True), rival(0.5)], 1, 0),
        ([rival(0.5, before=True), rival(1.0)], 1, 0.25),
        # What runs for a half of the days takes something of that half.
        ([rival(1.0, runs=0.5)], 0.5, 0.75),
        ([rival(1.0, runs=0.5), rival(0.4)], 0.7, (0.6 + 1 / 3) / 2),
        ([rival(1.0, runs=0.0)], 0, 1),
        # Who has films alone takes no card.
        ([rival(1.0, kind=Kind.AUDIO)], 0, 1),
    ],
)
def test_what_is_left_of_cards(rivals, wanted, left):
    room = room_for(rivals, Kind.CARD)
    assert (room.wanted, room.left) == (pytest.approx(wanted), pytest.approx(left))


def test_a_break_has_room_for_several_films():
    one = rival(1.0, kind=Kind.AUDIO)
    assert room_for([one], Kind.AUDIO, 16.0) == Room(1.0, 1.0)
    assert room_for([one], Kind.AUDIO, 12.0).left == pytest.approx(0.75)
    assert room_for([one], Kind.AUDIO).left == pytest.approx(0.5)
    short = [rival(1.0, kind=Kind.AUDIO, segments=4.0) for _ in range(2)]
    assert room_for(short, Kind.AUDIO, 16.0).left == 1.0
