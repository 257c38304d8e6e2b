import struct

import pytest

from kernel.errors import Invalid
from media.house_format import VIDEO_TICKS_PER_SEGMENT as TICKS
from media.retime import retime
from tests.unit.media.test_boxes import box


def segment(sequence: int, ticks: int) -> bytes:
    tfdt = box(b"tfdt", b"\1\0\0\0" + struct.pack(">Q", ticks))
    mfhd = box(b"mfhd", bytes(4) + struct.pack(">I", sequence))
    return box(b"moof", mfhd + box(b"traf", box(b"tfhd", bytes(8)) + tfdt)) + box(b"mdat", b"tfdt mfhd" * 9)


def test_only_number_and_time_change():
    assert retime(segment(4, 3 * TICKS), TICKS, 10_000_000) == segment(10_000_001, 10_000_000 * TICKS)


def test_it_depends_on_the_position_alone():
    stored = segment(1, 0)
    assert retime(retime(stored, TICKS, 5), TICKS, 9) == retime(stored, TICKS, 9)
    assert retime(stored, TICKS, 0) == stored


def test_an_offset_inside_the_segment_stays():
    assert retime(segment(1, 2 * TICKS + 77), TICKS, 3) == segment(4, 3 * TICKS + 77)


def test_the_number_wraps_at_32_bits():
    assert retime(segment(1, 0), TICKS, 2**32) == segment(1, 2**32 * TICKS)


@pytest.mark.parametrize("data", [b"", box(b"mdat", b"abc"), box(b"moof", box(b"traf")), segment(1, 0)[:-1]])
def test_what_is_no_segment_is_refused(data):
    with pytest.raises(Invalid, match="segment-malformed"):
        retime(data, TICKS, 1)
