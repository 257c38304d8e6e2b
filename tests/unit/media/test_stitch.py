from dataclasses import replace

from media.stitch import BreakPlan, Insert, Run, laid, overlaid, substituted
from media.timeline import Window, span
from tests.unit.media.test_timeline import LOOP

PLAN = BreakPlan("ch-105", (Insert("ad-1", 2, "r1"), Insert("ad-2", 1)))


def shown(positions) -> list[tuple[int, str, int]]:
    return [(p.k, p.asset_id, p.index) for p in positions]


def runs_of(window, plans):
    return [run for slot in window.breaks if slot.slot_id in plans for run in laid(slot, plans[slot.slot_id])]


def place(window, plans):
    return overlaid(window, runs_of(window, plans))


def test_inserts_stand_where_the_filler_stood_and_the_rest_stays_filler():
    assert shown(place(span(LOOP, 104, 109), {"ch-105": PLAN})) == [
        (104, "film", 4),
        (105, "ad-1", 0),
        (106, "ad-1", 1),
        (107, "ad-2", 0),
        (108, "slate", 0),
        (109, "film", 0),
    ]


def test_what_inserts_leave_over_can_be_something_else_again_and_again():
    rest = BreakPlan("ch-105", (Insert("ad", 1),), Insert("slate", 2))
    assert shown(place(span(LOOP, 104, 109), {"ch-105": rest}))[1:5] == [
        (105, "ad", 0),
        (106, "slate", 0),
        (107, "slate", 1),
        (108, "slate", 0),
    ]
    assert shown(place(span(LOOP, 108, 109), {"ch-105": rest})) == [(108, "slate", 0), (109, "film", 0)]


def test_a_window_that_begins_within_the_break():
    assert shown(place(span(LOOP, 106, 108), {"ch-105": PLAN})) == [
        (106, "ad-1", 1),
        (107, "ad-2", 0),
        (108, "slate", 0),
    ]


def test_a_plan_longer_than_its_break_ends_with_it():
    long = BreakPlan("ch-105", (Insert("ad", 99),))
    assert shown(place(span(LOOP, 108, 110), {"ch-105": long}))[1:] == [(109, "film", 0), (110, "film", 1)]


def test_a_plan_never_touches_a_programme_or_another_break():
    window = span(LOOP, 100, 120)
    assert place(window, {"ch-100": BreakPlan("ch-100", (Insert("ad", 5),))}) == window.positions
    assert place(window, {"ch-7": PLAN}) == window.positions


def test_what_may_not_be_seen_gives_way_to_its_substitute_in_the_same_place():
    film, after = LOOP.slots(100, 120)[:2]
    barred = replace(film, territories=("FR", "BE"), substitute="test-card", substitute_segments=2)
    for first in (film.start, film.start + 1):
        window = Window(tuple(barred.position(k) for k in range(first, first + 4)), (barred, after))
        assert list(substituted(window, "BE")) == []
        assert shown(overlaid(window, substituted(window, "DE"))) == [
            (k, "test-card", (k - film.start) % 2) for k in range(first, first + 4)
        ]


def test_a_run_is_the_same_in_every_window_that_it_touches():
    plans = {"ch-105": PLAN}
    (first, second) = runs_of(span(LOOP, 100, 107), plans)
    assert (first.k, first.end, second.end) == (105, 107, 108)
    assert runs_of(span(LOOP, 106, 117), plans) == [first, second]


def test_a_round_of_what_stands_in_is_the_same_in_every_window_that_it_touches():
    film, after = LOOP.slots(100, 120)[:2]
    barred = replace(film, territories=("FR",), substitute="test-card", substitute_segments=3)
    for last in (film.start, film.start + 1, film.start + 2):
        window = Window(tuple(barred.position(k) for k in range(film.start, last + 1)), (barred, after))
        assert list(substituted(window, "DE")) == [Run(film.start, "test-card", 3)]
    rest = BreakPlan("ch-105", (Insert("ad", 1),), Insert("slate", 2))
    runs = runs_of(span(LOOP, 100, 106), {"ch-105": rest})[1:]
    assert runs == [Run(106, "slate", 2), Run(108, "slate", 1)]  # its slot ends there
