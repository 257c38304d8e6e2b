"""A day of the simulated week at a small scale: what is promised of every week holds; naively it does not.

The same day came before, so that its plans are right; one decision is made after the other, so that the day
is the same whenever it is run.
"""

from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from adserver.booking.terms import Pacing
from benchmarks.simulation.outcome import Outcome, Week
from benchmarks.simulation.traffic import Scale
from benchmarks.week import plot, simulate

SCALE = Scale(
    cars=500, campaigns=6, days=1, seed=7, break_every_min=5, card_every_min=6, radius_m=60_000, at_once=1
)


@pytest.fixture(scope="module")
def served() -> tuple[Week, Outcome, Outcome]:
    """The day, as it was served; that the books were sound in the end is seen to where it is simulated."""
    week, (ours, naive) = simulate(SCALE, None, foreseen=True)
    return week, ours, naive


def test_it_was_a_day(served):
    week, ours, naive = served
    assert ours.decisions > 1_500
    assert sum(week.demand.goal(item) for item in week.demand.items) > 1_000
    assert {item.pacing for item in week.demand.items} >= {Pacing.EVEN, Pacing.FAST}
    # A naive server sees the same; what falls on the last moment is the next day's.
    assert 0 <= naive.decisions - ours.decisions < 10


def test_nothing_is_spent_beyond_a_budget(served):
    week, ours, _ = served
    delivered = week.delivered(ours)
    for item in week.demand.items:
        assert delivered[item.line_item_id] <= week.demand.goal(item)


def test_no_window_ever_holds_more_than_its_cap(served):
    week, ours, naive = served
    assert sum(week.beyond_cap(ours).values()) == 0
    assert sum(week.beyond_cap(naive).values()) > 0


def test_every_line_item_keeps_to_its_plan(served):
    """Within a twentieth after the warm-up, the small goals too."""
    week, ours, naive = served
    worst = {name: np.nanmax(np.abs(off)) for name, off in week.paces(ours).items()}
    assert len(worst) >= 4
    assert {name: off for name, off in worst.items() if off > 0.05} == {}
    naively = {name: np.nanmax(np.abs(off)) for name, off in week.paces(naive).items()}
    assert np.median(list(naively.values())) > 0.25


def test_who_could_have_had_a_fifth_more_is_delivered(served):
    week, ours, _ = served
    delivered, enough = week.delivered(ours), week.well_supplied(ours)
    assert len(enough) >= 4
    short = [one for one in enough if delivered[one.line_item_id] < 0.99 * week.demand.goal(one)]
    assert short == []


def test_it_is_plotted(served, tmp_path: Path):
    week, ours, naive = served
    plot(week, [ours, naive], tmp_path)
    names = ["week-caps.svg", "week-delivery.svg", "week-pace.svg", "week-revenue.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        drawn = etree.parse(tmp_path / name).getroot()
        lines = drawn.findall("{http://www.w3.org/2000/svg}path[@fill='none']")
        assert len(lines) == 2
        assert all(line.get("d").startswith("M") for line in lines), name
