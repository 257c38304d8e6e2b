"""How often cars come back: exact marks, sketches of them, and what a cap leaves by it."""

from datetime import timedelta

import pytest

from adserver.serving.returning import (
    SIDES_KM,
    TIMES_S,
    Came,
    Returns,
    Scale,
    Visit,
    kept_share,
    marking_key,
    marks_of,
    week_of,
)
from geotarget.coarsen import cell
from tests.adserver.house import BESIDE, RENNES, avail, card_avail

KEY = b"k" * 32
HOUR_MS = 3_600_000
MONDAY_MS = 1_781_481_600_000
FOUR_KM_NORTH = (RENNES[0] + 0.036, RENNES[1])


def marks(*visits: Visit) -> dict[Scale, int]:
    found: dict[Scale, set[bytes]] = {}
    for visit in visits:
        for scale, mark in marks_of(visit, KEY):
            found.setdefault(scale, set()).add(mark)
    return {scale: len(some) for scale, some in found.items()}


def test_a_car_is_counted_once_in_a_square_and_a_time():
    first = Visit("car", cell(*RENNES), MONDAY_MS, card=True)
    later = Visit("car", cell(*RENNES), MONDAY_MS + 2 * HOUR_MS, card=True)
    farther = Visit("car", cell(*FOUR_KM_NORTH), MONDAY_MS, card=True)
    another = Visit("other", cell(*RENNES), MONDAY_MS, card=True)
    assert set(marks(first, first).values()) == {1}
    assert marks(first, later)[Scale(True, 2, 3_600)] == 2
    assert marks(first, later)[Scale(True, 2, 86_400)] == 1
    assert marks(first, farther)[Scale(True, 2, 3_600)] == 2
    assert marks(first, farther)[Scale(True, 512, 3_600)] == 1
    assert set(marks(first, another).values()) == {2}
    assert len(marks(first)) == len(SIDES_KM) * len(TIMES_S)


def test_marks_tell_nothing_without_the_key():
    visit = Visit("car", cell(*RENNES), MONDAY_MS, card=False)
    (_, mark), (_, other) = next(iter(marks_of(visit, KEY))), next(iter(marks_of(visit, b"x" * 32)))
    assert mark != other
    assert len(mark) == 8


def test_between_scales_it_is_taken_along_lines_and_beyond_them_no_faster_than_time():
    """Half as often for a quarter of the side, twice as often a day as an hour, and four times a week."""
    factor = {3_600: 1.0, 86_400: 2.0, 7 * 86_400: 4.0}
    known = Returns({Scale(True, side, s): (side**0.5) * f for side in SIDES_KM for s, f in factor.items()})
    assert known.often(card=True, side_km=8, time_s=86_400) == pytest.approx(2 * 8**0.5)
    assert known.often(card=True, side_km=16, time_s=86_400) == pytest.approx(2 * 4)
    assert known.often(card=True, side_km=0.1, time_s=60) == pytest.approx(2**0.5)
    assert known.often(card=True, side_km=9_999, time_s=60) == pytest.approx(512**0.5)
    beyond = known.often(card=True, side_km=8, time_s=28 * 86_400)
    assert 4 * 8**0.5 < beyond < 16 * 8**0.5
    assert known.often(card=False, side_km=8, time_s=60) is None


def test_the_week_that_goes_on_counts_only_where_there_is_no_other():
    scale = Scale(False, 8, 3_600)
    weeks = {7: {scale: Came(40, 10)}, 8: {scale: Came(5, 5)}}
    assert Returns.of(weeks, 8).means == {scale: 4.0}
    assert Returns.of({8: {scale: Came(5, 5)}}, 8).means == {scale: 1.0}
    # A sketch may be a little too high: nobody comes less than once.
    assert Returns.of({7: {scale: Came(99, 100)}}, 8).means == {scale: 1.0}


@pytest.mark.parametrize(("count", "often", "share"), [(1, 1, 1), (1, 4, 0.25), (4, 4, 0.684), (99, 4, 1)])
def test_what_a_cap_lets_through(count, often, share):
    assert kept_share(count, often) == pytest.approx(share, abs=0.001)


async def test_decisions_are_noted_in_sketches_and_kept_as_numbers(house, clock, aredis, database):
    await house.running()
    for n in range(60):
        subject = f"car-of-somebody-{n % 20}"
        await house.decide(card_avail(f"c{n}", clock.now(), subject=subject, location=BESIDE))
    await house.decide(avail("s", clock.now(), subject="car-of-somebody-1"))
    # Whose place is not known cannot be near anything.
    await house.decide(card_avail("nowhere", clock.now(), location=None))
    await house.note_returns.flush()
    await house.keep_returns()
    hour = clock.now_ms() // HOUR_MS + 1
    means = house.supply.returns(hour).means
    assert means[Scale(True, 8, 3_600)] == pytest.approx(3, rel=0.05)
    assert means[Scale(False, 8, 3_600)] == 1
    # Of no car anything is kept, in whatever form.
    for key in [key async for key in aredis.scan_iter("{returning}*")]:
        assert b"somebody" not in key + (await aredis.dump(key))
        assert 0 < await aredis.pttl(key) <= 22 * 86_400_000
    with database.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM avail_returns").all()
    assert {row[0] for row in rows} == {week_of(clock.now_ms())}
    assert len(rows) == 2 * len(SIDES_KM) * len(TIMES_S)


async def test_what_comes_after_a_week_has_ended_is_still_kept(house, clock):
    await house.running(ends_at=clock.now() + timedelta(days=10))
    await house.decide(card_avail("a", clock.now()))
    await house.note_returns.flush()
    before = week_of(clock.now_ms())
    clock.advance(7 * 86_400)
    await house.keep_returns()
    assert house.supply.returns((before + 1) * 168).means != {}


async def test_every_process_has_the_same_key(house):
    assert marking_key(house.sealer) == marking_key(house.sealer)
    assert len(marking_key(house.sealer)) == 32
