"""Lots: one by one and all at once they are the same, and they are fair."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adserver.serving.lot import Draw, key_of, lot, lots

ROLLS = st.floats(0, 1, exclude_max=True)


@given(names=st.lists(st.text(max_size=30), max_size=40), roll=ROLLS, draw=st.sampled_from(Draw))
def test_all_at_once_draw_what_each_draws(names, roll, draw):
    keys = [key_of(name) for name in names]
    assert lots(np.array(keys, dtype=np.uint64), roll, draw).tolist() == [
        lot(key, roll, draw) for key in keys
    ]


def test_every_line_item_and_every_roll_comes_to_its_share():
    """Within five standard deviations of the mean; a roll lets neither all through nor the same ones."""
    keys = np.array([key_of(f"li_{n}") for n in range(400)], dtype=np.uint64)
    rolls = [n / 400 for n in range(400)]
    let = np.array([lots(keys, roll, Draw.PACE) % np.uint64(1000) < 300 for roll in rolls])
    for shares in (let.mean(axis=0), let.mean(axis=1)):
        assert np.abs(shares - 0.3).max() < 5 * (0.3 * 0.7 / 400) ** 0.5
    both = np.corrcoef(let[:, 0], let[:, 1])[0, 1]
    assert abs(both) < 5 / 400**0.5


def test_one_draw_says_nothing_of_another():
    keys = np.array([key_of(f"li_{n}") for n in range(2_000)], dtype=np.uint64)
    paced, tied = (lots(keys, 0.5, draw) / 2**64 for draw in (Draw.PACE, Draw.TIE))
    assert abs(np.corrcoef(paced, tied)[0, 1]) < 5 / 2_000**0.5
