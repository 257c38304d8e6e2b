"""A break's plan: what fits, and when each fill plays."""

from collections import Counter

import pytest

from adserver.serving.avail import ServedBreak, ServedFill
from media.house_format import SEGMENT_MS, starts_at_ms
from media.timeline import Slot, SlotKind
from players.playback.break_plan import LEAD_MIN_MS, decode, due_ms, joined_midway, missed, planned, spans
from tests.players.house import CARD

SLOT = Slot(1000, 8, "slate", 1, SlotKind.BREAK, "ch1-1000")


def fill(n: int, segments: int) -> ServedFill:
    return ServedFill(f"f{n}", f"li{n}", f"cr{n}", f"ad{n}", segments, f"b{n}", CARD, 1, "EUR")


@pytest.mark.parametrize(
    ("sizes", "kept"), [((), 0), ((8,), 1), ((3, 5), 2), ((3, 6), 1), ((9,), 0), ((4, 0, 4), 1), ((9, 1), 0)]
)
def test_ads_longer_than_their_break_are_left_out_from_the_end(sizes, kept):
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


def test_a_break_is_missed_by_who_would_join_behind_its_beginning():
    assert not missed(SLOT, 1003)
    assert missed(SLOT, 1004)


def test_each_session_decides_at_its_own_moment_within_the_horizon():
    """10,000 sessions of one channel, each of which polls every 1.92 s at a phase of its own."""
    listed_ms, horizon = starts_at_ms(SLOT.start + 1), 11
    seconds: Counter[int] = Counter()
    for n in range(10_000):
        due = due_ms(f"ses_{n}", SLOT, horizon)
        assert listed_ms - horizon * SEGMENT_MS < due <= listed_ms - LEAD_MIN_MS
        phase = n * 7919 % SEGMENT_MS
        polled = due + (phase - due) % SEGMENT_MS
        assert polled < listed_ms
        seconds[(polled - listed_ms) // 1000] += 1
    # Spread evenly over 15 s they would be 662 a second; all at the horizon, 5,200.
    assert max(seconds.values()) < 900
    assert due_ms("ses_1", SLOT, horizon) == due_ms("ses_1", SLOT, horizon)


def test_another_break_has_another_order():
    other = Slot(2000, 8, "slate", 1, SlotKind.BREAK, "ch1-2000")
    leads = [
        [starts_at_ms(slot.start) - due_ms(f"ses_{n}", slot, 11) for n in range(20)] for slot in (SLOT, other)
    ]
    assert leads[0] != leads[1]
