"""Where more is booked than there is, priority by priority."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.serving.oversold import Cell, Want, scales, shorted, supply_of

IDS = [f"li_{n}" for n in range(6)]


def test_all_have_their_plan_where_there_is_enough():
    assert scales([Want("a", 1, 30), Want("b", 1, 60)], [Cell(100, ("a", "b"))]) == {"a": 1.0, "b": 1.0}


def test_those_of_a_class_share_what_there_is_by_what_they_want():
    found = scales([Want("a", 1, 100), Want("b", 1, 300)], [Cell(200, ("a", "b"))])
    assert found == pytest.approx({"a": 0.5, "b": 0.5})


def test_a_class_has_what_the_one_before_it_left():
    wants = [Want("house", 2, 50), Want("standard", 1, 80), Want("contract", 0, 60)]
    found = scales(wants, [Cell(100, ("contract", "standard", "house"))])
    assert found == pytest.approx({"contract": 1.0, "standard": 0.5, "house": 0.0})


def test_who_has_opportunities_of_its_own_is_less_short():
    cells = [Cell(100, ("a", "b")), Cell(100, ("b",))]
    found = scales([Want("a", 1, 100), Want("b", 1, 100)], cells)
    assert found["a"] < found["b"] < 1.0


def test_of_those_that_reach_nothing_known_nothing_is_said():
    assert scales([Want("a", 1, 100), Want("far", 1, 100)], [Cell(100, ("a",))]) == {"a": 1.0}


def test_supply_is_all_that_is_reached():
    assert supply_of([Cell(10, ("a", "b")), Cell(5, ("b",))]) == {"a": 10, "b": 15}


def test_only_those_are_held_back_who_want_the_same_as_one_of_their_class_that_goes_short():
    cells = [Cell(1, ("short", "neighbour", "contract")), Cell(1, ("elsewhere",))]
    ranks = {"short": 1, "neighbour": 1, "contract": 0, "elsewhere": 1}
    assert shorted({"short"}, ranks, cells) == {"short", "neighbour"}
    assert shorted(set(), ranks, cells) == set()


@given(
    wants=st.lists(
        st.tuples(st.sampled_from(IDS), st.integers(0, 2), st.floats(0, 1000)), unique_by=lambda w: w[0]
    ),
    cells=st.lists(st.tuples(st.floats(0, 1000), st.sets(st.sampled_from(IDS))), max_size=6),
)
def test_no_more_is_given_than_there_is_and_a_lower_class_takes_nothing_from_a_higher(wants, cells):
    asked = [Want(*want) for want in wants]
    at = [Cell(number, tuple(sorted(ids))) for number, ids in cells]
    found = scales(asked, at)
    assert all(0.0 <= share <= 1.0 for share in found.values())
    given_ = sum(want.showings * found.get(want.line_item_id, 0.0) for want in asked)
    assert given_ <= sum(cell.opportunities for cell in at) + 1e-6
    for lowest in range(3):
        above = scales([want for want in asked if want.rank <= lowest], at)
        assert above == {one: found[one] for one in above}
