import struct

import pytest

from kernel.errors import Invalid
from media.boxes import children, decode_time, header, sample_count, top_level


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


TFDT = box(b"tfdt", b"\1\0\0\0" + struct.pack(">Q", 2**40))
RUN = box(b"trun", b"\0\0\0\0" + struct.pack(">I", 48))
MOOF = box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", TFDT + RUN + RUN))


def test_boxes_follow_and_nest():
    data = MOOF + box(b"mdat", b"abc")
    outer = list(top_level(data))
    assert [one.kind for one in outer] == [b"moof", b"mdat"]
    assert outer[1].end == len(data)
    assert [one.kind for one in children(data, outer[0])] == [b"mfhd", b"traf"]
    (traf,) = children(data, outer[0], b"traf")
    (tfdt,) = children(data, traf, b"tfdt")
    assert decode_time(data, tfdt) == 2**40
    assert sample_count(data, outer[0]) == 96
    assert header(data, len(MOOF)) == (11, b"mdat")


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\7free", b"\0\0\0\x09free", b"\0\0\0\0free", MOOF[:-1]])
def test_sizes_that_do_not_add_up(data):
    with pytest.raises(Invalid, match="segment-malformed"):
        list(top_level(data))


@pytest.mark.parametrize("body", [b"\0\0\0\0" + bytes(8), b"\1\0\0\0" + bytes(7)])
def test_a_decode_time_of_32_bits_or_cut_short(body):
    data = box(b"tfdt", body)
    with pytest.raises(Invalid, match="segment-malformed"):
        decode_time(data, next(top_level(data)))
