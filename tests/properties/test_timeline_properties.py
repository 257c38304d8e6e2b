"""A schedule has no gap and no overlap, and every process sees the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.house_format import SEGMENT_MS
from media.timeline import SlotKind, advanced, span, window
from tests.media.loop import Loop, LoopItem

ITEMS = st.lists(
    st.builds(
        LoopItem,
        segments=st.integers(1, 40),
        asset_id=st.sampled_from(["a", "b", "c"]),
        asset_segments=st.integers(1, 40),
        kind=st.sampled_from(SlotKind),
    ),
    min_size=1,
    max_size=8,
).map(tuple)
LOOPS = st.builds(Loop, st.just("ch"), st.integers(-1000, 10**7), ITEMS)
PLACES = st.integers(-2000, 2 * 10**7)


@given(LOOPS, PLACES, st.integers(0, 200))
def test_slots_follow_each_other_and_cover_what_was_asked(loop, first, length):
    slots = loop.slots(first, first + length)
    assert slots[0].start <= first < slots[0].end
    assert slots[-1].start <= first + length < slots[-1].end
    assert all(one.end == after.start for one, after in pairwise(slots))


@given(LOOPS, PLACES, st.integers(1, 60))
def test_positions_are_consecutive_and_within_their_assets(loop, first, length):
    shown = span(loop, first, first + length - 1)
    assert [p.k for p in shown.positions] == list(range(first, first + length))
    lengths = {slot.start: slot for slot in shown.slots}
    for position in shown.positions:
        slot = lengths[max(start for start in lengths if start <= position.k)]
        assert position.asset_id == slot.asset_id
        assert 0 <= position.index < slot.asset_segments


@given(LOOPS, PLACES)
def test_what_stands_at_a_position_does_not_depend_on_the_window(loop, k):
    (alone,) = span(loop, k, k).positions
    assert alone in span(loop, k - 11, k).positions
    assert alone in span(loop, k, k + 11).positions
    assert span(loop, k + loop.length, k + loop.length).positions[0].index == alone.index


@given(LOOPS, st.integers(0, 4 * 10**13), st.integers(0, 100_000))
def test_the_head_never_falls_and_rises_with_the_clock(loop, now_ms, later_ms):
    first, second = window(loop, now_ms), window(loop, now_ms + later_ms)
    assert 0 <= second.head - first.head - later_ms // SEGMENT_MS <= 1
    shared = {p.k: p for p in first.positions}
    assert all(shared.get(p.k, p) == p for p in second.positions)


@given(LOOPS, PLACES, st.integers(1, 30), st.lists(st.integers(-40, 40), max_size=12))
def test_what_is_known_of_a_schedule_spares_asking_and_changes_nothing(loop, first, length, steps):
    known = ()
    for step in (0, *steps):
        first += step
        known = advanced(loop, known, first, first + length)
        assert known == loop.slots(first, first + length)
