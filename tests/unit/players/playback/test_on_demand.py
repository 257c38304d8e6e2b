"""How much of what is on air may be listed."""

from dataclasses import replace
from itertools import pairwise

import pytest

from media.house_format import starts_at_ms
from players.playback.on_demand import PREROLL, AdPlace, Airing, Film, Kind, places, preroll_segments

BEGIN = 10_000_000


def film(*reached: tuple[int, int]) -> Film:
    at = tuple((BEGIN + position, segments) for position, segments in reached)
    segments = at[-1][1] if at else 50
    return Film(Airing("ch1-1"), "prg", "", "", Kind.PROGRAMME, "film", segments, 0, reached=at)


def shown(one: Film, position: int) -> int:
    return one.shown(starts_at_ms(BEGIN + position) + 500)


@pytest.mark.parametrize(
    ("segments", "longest"), [(1, 0), (6, 0), (7, 7), (10, 10), (16, 16), (17, 16), (2_000, 16)]
)
def test_ads_before_something_are_never_longer_than_it_is(segments, longest):
    one = replace(film(), segments=segments)
    assert preroll_segments(one) == longest
    assert places(one, 0, preroll=True) == ((AdPlace(PREROLL, 0, longest),) if longest else ())


def test_an_item_is_listed_whole():
    assert (film().shown(0), film().on_air(0)) == (50, False)


def test_without_breaks_all_that_is_on_and_a_few_to_begin_with():
    one = film((0, 0), (100, 100))
    assert [shown(one, at) for at in (0, 3, 4, 50, 99, 100, 500)] == [4, 4, 5, 51, 100, 100, 100]


@pytest.mark.parametrize(
    "reached",
    [
        ((0, 0), (160, 100), (460, 400)),
        ((0, 0), (300, 250), (500, 420), (900, 800)),
        ((0, 0), (120, 100), (400, 370), (520, 420)),
    ],
)
def test_it_grows_through_breaks_and_never_passes_the_channel(reached):
    one = film(*reached)
    found = [shown(one, position) for position in range(reached[-1][0] + 1)]
    aired = [_aired(reached, position + 1) for position in range(reached[-1][0] + 1)]
    assert all(given <= max(true, 4) for given, true in zip(found, aired, strict=True))
    assert found == sorted(found)
    assert found[-1] == reached[-1][1]
    # A new segment within three seconds: of two positions that follow one another, one brings it.
    assert all(after > before for before, after in zip(found[8:], found[10:], strict=False))


def test_a_list_that_was_ahead_goes_on_evenly_to_the_end_of_the_break():
    one = film((0, 0), (290, 260), (710, 680))  # 30 of break before the segment 260
    at = [starts_at_ms(BEGIN + position) for position in range(220, 291)]
    found = [one.slowed(now_ms, at[0], 221) for now_ms in at]
    assert (found[0], found[-1]) == (221, 261)
    assert found == sorted(found)
    assert all(after > before for before, after in zip(found, found[2:], strict=False))
    assert all(listed <= _aired(one_reached(one), 221 + n) for n, listed in enumerate(found))


def one_reached(one: Film) -> tuple[tuple[int, int], ...]:
    return tuple((position - BEGIN, segments) for position, segments in one.reached)


def _aired(reached, at: int) -> int:
    """Content shown before position ``at``: of each part the content comes first, then its break."""
    for (begin, low), (end, high) in pairwise(reached):
        if at <= end:
            return min(high, low + at - begin)
    return reached[-1][1]
