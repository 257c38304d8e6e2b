from datetime import UTC, datetime, timedelta

import pytest

from kernel.errors import Invalid
from kernel.span import Span

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_half_open():
    span = Span(NOON, NOON + timedelta(hours=1))
    assert NOON in span
    assert NOON + timedelta(hours=1) not in span


@pytest.mark.parametrize("end", [NOON, NOON - timedelta(seconds=1)])
def test_reversed(end):
    with pytest.raises(Invalid, match="span-reversed"):
        Span(NOON, end)


def test_naive():
    with pytest.raises(Invalid, match="span-naive"):
        Span(NOON.replace(tzinfo=None), NOON)
