import pytest

from content.guide.airing import airings
from media.house_format import starts_at_ms
from tests.unit.content.guide.conftest import BASE, written

FILM = (
    ("news1", 30),
    ("film1", 100),
    ("", 16),
    ("film1", 80),
    ("", 16),
    ("film1", 20),
    ("", 16),
    ("news2", 30),
)


def told(lineup, first, last):
    """The airings that touch positions ``BASE + first`` to ``BASE + last``: (programme, start, end)."""
    found = airings(lineup.schedule, starts_at_ms(BASE + first), starts_at_ms(BASE + last + 1))
    return [(a.programme_id, a.start - BASE, a.end - BASE) for a in found]


def test_an_airing_is_one_with_its_breaks_and_none_with_those_around_it():
    assert told(written(*FILM), 0, 400) == [("news", 0, 30), ("film", 30, 262), ("news", 278, 308)]


@pytest.mark.parametrize("at", [30, 129, 130, 145, 146, 226, 241, 242, 261])
def test_it_is_whole_wherever_one_looks_from(at):
    assert told(written(*FILM), at, at) == [("film", 30, 262)]


@pytest.mark.parametrize("at", [262, 277])
def test_a_break_between_two_airings_belongs_to_neither(at):
    assert told(written(*FILM), at, at) == []


def test_the_same_programme_twice_in_a_row_is_two_airings():
    assert told(written(("a1", 10), ("a2", 10), ("", 4), ("a3", 10)), 0, 50) == [
        ("a", 0, 10),
        ("a", 10, 20),
        ("a", 24, 34),
    ]


def test_slate_is_no_airing():
    assert told(written(), 0, 5_000) == []
    assert told(written(("a1", 10)), -100, 100) == [("a", 0, 10)]


def test_breaks_without_an_end_end_the_search():
    assert told(written(("a1", 10), *[("", 1)] * 3_000), 5, 5) == [("a", 0, 10)]


def test_what_it_costs_does_not_grow_with_the_schedule():
    asked = []
    for airings_ in (10, 2_000):
        lineup = written(*[(f"a{n}", 10) for n in range(airings_)])
        told(lineup, 20, 60)
        asked.append(lineup.schedule.asked)
    assert asked[0] == asked[1] < 12


def test_a_film_with_bumpers_around_its_breaks_is_one_airing():
    lineup = written(
        ("film1", 100), ("ident1", 2, True), ("", 16), ("ident2", 2, True), ("film1", 80), ("news1", 30)
    )  # fmt: skip
    for at in (0, 50, 100, 101, 110, 118, 119, 150):
        assert told(lineup, at, at) == [("film", 0, 200)]
    assert told(lineup, 0, 300) == [("film", 0, 200), ("news", 200, 230)]


def test_what_fills_a_gap_is_no_airing_whatever_it_shows():
    lineup = written(("news1", 30), *[(f"film{n}", 20, True) for n in range(30)], ("news2", 30))
    assert told(lineup, 0, 700) == [("news", 0, 30), ("news", 630, 660)]
    for at in (30, 200, 629):
        assert told(lineup, at, at) == []


def test_a_long_gap_is_not_searched_to_its_end():
    lineup = written(("a1", 10), *[(f"b{n}", 1, True) for n in range(3_000)])
    assert told(lineup, 5, 1_500) == [("a", 0, 10)]
    lineup.schedule.asked = 0
    assert told(lineup, 1_500, 1_500) == []
    assert lineup.schedule.asked < 40
