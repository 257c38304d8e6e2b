"""Stitching conserves: numbers, programmes and lengths stay what they were."""

from hypothesis import given
from hypothesis import strategies as st

from media.stitch import BreakPlan, Insert
from media.timeline import SlotKind, span
from tests.properties.test_timeline_properties import LOOPS, PLACES
from tests.unit.media.test_stitch import place

PODS = st.lists(st.builds(Insert, st.sampled_from(["x", "y"]), st.integers(1, 20)), max_size=5).map(tuple)


@given(LOOPS, PLACES, st.integers(1, 60), PODS, st.data())
def test_only_breaks_change_and_nothing_moves(loop, first, length, pod, data):
    before = span(loop, first, first + length - 1)
    ids = [slot.slot_id for slot in before.slots]
    planned = data.draw(st.sets(st.sampled_from(ids)))
    after = place(before, {slot_id: BreakPlan(slot_id, pod) for slot_id in planned})
    assert [p.k for p in after] == [p.k for p in before.positions]
    for slot in before.slots:
        inside = [
            (a, b) for a, b in zip(before.positions, after, strict=True) if slot.start <= a.k < slot.end
        ]
        if slot.kind is SlotKind.PROGRAMME or slot.slot_id not in planned:
            assert all(a == b for a, b in inside)
        else:
            spoken_for = sum(insert.segments for insert in pod)
            assert all((b.asset_id in "xy") == (a.k - slot.start < spoken_for) for a, b in inside)


@given(LOOPS, PLACES, PODS)
def test_what_stands_in_a_break_does_not_depend_on_the_window(loop, k, pod):
    plans = {slot.slot_id: BreakPlan(slot.slot_id, pod) for slot in loop.slots(k - 11, k + 11)}
    (alone,) = place(span(loop, k, k), plans)
    assert alone in place(span(loop, k - 11, k), plans)
    assert alone in place(span(loop, k, k + 11), plans)
