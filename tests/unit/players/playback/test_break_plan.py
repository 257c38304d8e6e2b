"""A break's plan: what fits, and when each fill plays."""

import pytest

from adserver.serving.avail import ServedBreak, ServedFill
from media.house_format import starts_at_ms
from media.timeline import Slot, SlotKind
from players.playback.break_plan import decode, joined_midway, planned, spans
from tests.players.house import CARD

SLOT = Slot(1000, 8, "slate", 1, SlotKind.BREAK, "ch1-1000")


def fill(n: int, segments: int) -> ServedFill:
    return ServedFill(f"f{n}", f"li{n}", f"cr{n}", f"ad{n}", segments, f"b{n}", CARD, 1, "EUR")


@pytest.mark.parametrize(
    ("sizes", "kept"), [((), 0), ((8,), 1), ((3, 5), 2), ((3, 6), 1), ((9,), 0), ((4, 0, 4), 1), ((9, 1), 0)]
)
def test_what_does_not_fit_is_cut_from_the_end(sizes, kept):
    served = ServedBreak("a", tuple(fill(n, size) for n, size in enumerate(sizes)), (), "cell")
    plan = planned(SLOT, served)
    assert len(plan.fills) == kept
    assert sum(insert.segments for insert in plan.plan.inserts) <= 8
    assert decode(plan.encode()) == plan


def test_without_an_answer_all_is_filler():
    plan = planned(SLOT, None)
    assert (plan.break_id, plan.fills, plan.plan.inserts) == ("ch1-1000", (), ())


def test_spans_follow_the_grid():
    plan = planned(SLOT, ServedBreak("a", (fill(1, 3), fill(2, 4))))
    assert [(one.starts_at_ms, one.ends_at_ms) for one in spans(plan)] == [
        (starts_at_ms(1000), starts_at_ms(1003)),
        (starts_at_ms(1003), starts_at_ms(1007)),
    ]


def test_joined_midway():
    assert not joined_midway(SLOT, 1000)
    assert joined_midway(SLOT, 1001)
