"""The order of those that are weighed, against the same told of tuples; and what is not told beforehand."""

import random

import msgspec
import numpy as np
import pytest

from adserver.booking.campaign import Approach, Priority
from adserver.serving.lot import Draw, lot
from adserver.serving.ranking import NO_PLACE, Ranking, entries
from adserver.serving.standings import Standings
from adserver.serving.value import VALUE_LIMIT
from geotarget.place import Category, Place
from tests.unit.adserver.serving.test_starving import BREAK, SLOT, offer

OPEN = Place("p", "t", "1", "P", "", Category.DEALER, 48.0, -1.0, attributes={"opening_hours": "24/7"})


def ranking(offers, places=()):
    numbers = {one.line_item.line_item_id: row for row, one in enumerate(offers)}
    return Ranking(offers, [places] * len(offers), Standings(offers, numbers))


def test_it_is_class_by_class_then_the_nearest_then_the_dearest_and_then_by_lot():
    chance = random.Random(4)
    prices = [0, 1, 5_000_000, VALUE_LIMIT, VALUE_LIMIT + 5]
    offers = [
        offer(n, cpm_micros=chance.choice(prices), priority=chance.choice(list(Priority))) for n in range(200)
    ]
    made = ranking(offers)
    for _ in range(20):
        rows = np.array(chance.sample(range(200), 40), dtype=np.intp)
        steps = np.array([chance.choice([0, 1, 5_010, NO_PLACE]) for _ in rows], dtype=np.intp)
        roll = chance.random()
        keys = [
            (one.rank, step, -one.value_micros, lot(one.key, roll, Draw.TIE))
            for one, step in zip([offers[row] for row in rows], steps.tolist(), strict=True)
        ]
        assert made.order(rows, made.numbers(rows), steps, roll).tolist() == sorted(
            range(40), key=keys.__getitem__
        )


def test_what_one_brings_is_its_only_spot_or_a_card():
    one = offer(0, segments=7)
    rows, able = np.array([0]), np.array([True])
    (spot,), (card,) = (entries(ranking([one]).numbers(rows), able, avail) for avail in (BREAK, SLOT))
    assert (spot.lengths, card.lengths) == ((7,), (0,))
    assert (spot.owner, spot.rank, spot.marks, spot.bars) == (one.owner, one.rank, one.competes, one.bars)
    assert one.owner == offer(0, segments=9).owner != offer(1).owner


@pytest.mark.parametrize(
    ("changes", "places", "avail", "known"),
    [
        ({}, [], BREAK, True),
        ({"approach": Approach(detour_max_min=5)}, [], BREAK, False),
        ({}, [OPEN], BREAK, False),
        ({"approach": Approach(open_on_arrival=False)}, [OPEN], BREAK, True),
        # How far it gets is told in columns.
        ({}, [], msgspec.structs.replace(BREAK, range_m=9_000), True),
    ],
)
def test_what_is_to_be_asked_of_the_way_is_not_known_beforehand(changes, places, avail, known):
    numbers = ranking([offer(0, **changes)], places).numbers(np.array([0]))
    (entry,) = entries(numbers, np.array([True]), avail)
    assert (entry is not None) == known
    assert entries(numbers, np.array([False]), avail) == [None]


def test_of_several_spots_it_is_asked_which():
    one = offer(0)
    (film, text) = one.creatives
    several = msgspec.structs.replace(
        one, creatives=(film, msgspec.structs.replace(film, creative_id="b"), text)
    )
    numbers, able = ranking([several]).numbers(np.array([0])), np.array([True])
    assert entries(numbers, able, BREAK) == [None]
    assert entries(numbers, able, SLOT) != [None]
