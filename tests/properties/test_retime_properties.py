"""Retimed segments follow each other without a gap, wherever they were stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from media.boxes import children, decode_time, top_level
from media.retime import retime
from tests.unit.media.test_retime import TICKS, segment


def time_of(data: bytes) -> int:
    moof = next(top_level(data))
    (traf,) = children(data, moof, b"traf")
    (tfdt,) = children(data, traf, b"tfdt")
    return decode_time(data, tfdt)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 2**40))
def test_neighbours_of_any_two_assets_meet_exactly(one, other, k):
    first, second = retime(segment(1, one * TICKS), TICKS, k), retime(segment(1, other * TICKS), TICKS, k + 1)
    assert time_of(second) - time_of(first) == TICKS
    assert len(first) == len(second)


@given(st.binary(max_size=200))
def test_garbage_is_refused_by_name(data):
    with pytest.raises(Invalid, match="segment-malformed"):
        retime(data, TICKS, 1)
