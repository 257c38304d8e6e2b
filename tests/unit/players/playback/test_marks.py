"""Marks of breaks: where they stand, how long they stay, and what they say."""

import pytest

from kernel.clock import from_ms, iso_z
from media.house_format import starts_at_ms
from media.timeline import Slot, SlotKind
from players.playback.marks import listed

SLOT = Slot(1000, 8, "filler", 1, SlotKind.BREAK, "ch1-1000")
OTHER = Slot(1010, 2, "filler", 1, SlotKind.BREAK, "ch1-1010")


@pytest.mark.parametrize(
    ("head", "last", "places"),
    [
        (980, 999, []),
        (989, 1000, [1000]),
        (996, 1007, [1000]),
        (997, 1008, [1000, 1008]),
        (1004, 1015, [1004, 1008]),
        (1007, 1018, [1007, 1008]),
        (1008, 1019, []),
    ],
)
def test_it_stands_while_anything_of_its_break_is_listed(head, last, places):
    assert [mark.k for mark in listed([SLOT], head, last)] == places


def test_it_opens_with_out_and_closes_with_in_under_one_id():
    out, back = (mark.text for mark in listed([SLOT], 1000, 1011))
    begins = iso_z(from_ms(starts_at_ms(1000)))
    both = f'#EXT-X-DATERANGE:ID="ch1-1000",START-DATE="{begins}",'
    assert out.startswith(f"{both}PLANNED-DURATION=15.360,SCTE35-OUT=0xFC30")
    assert back.startswith(f"{both}DURATION=15.360,SCTE35-IN=0xFC30")
    assert out.count("\n") == back.count("\n") == 1


def test_breaks_keep_their_order():
    assert [mark.k for mark in listed([SLOT, OTHER], 1002, 1013)] == [1002, 1008, 1010, 1012]
