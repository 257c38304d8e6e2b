"""A trace makes the same decision again, and tells neither where the car was nor whose it is."""

import msgspec
import pytest
from msgspec.structs import replace

from adserver.booking.targeting import Bounds, Targeting
from adserver.serving.avail import Car, Location
from adserver.serving.decision import fill
from adserver.serving.trace import Trace, replay, seen_by, trace_id_of, trace_of
from adserver.serving.usage import Usage
from geotarget.coarsen import cell, middle
from geotarget.course import Course, Fix
from tests.adserver.house import avail, place

HERE = Location(48.117266, -1.677793, 271.25)
PRECISE = (48.117266, -1.677793, 271.25, 48.123457, -1.681235, 48.1161, -1.6791)


@pytest.fixture
async def traced(house):
    """A decision of two advertisers around exact places, by a car of which all is known."""
    house.places = [place("North", *PRECISE[3:5]), place("South", 48.0, -1.6)]
    ids = tuple(one.place_id for one in house.places)
    wish = Targeting(odometer_km=Bounds(least=48_213), charge_percent=Bounds(below=60))
    await house.running(place_ids=ids[:1], targeting=wish)
    await house.running(place_ids=ids[1:], radius_m=1_000)
    at = house.clock.now()
    course = Course(PRECISE[2], 13.9, (Fix(*PRECISE[5:], 0), Fix(*PRECISE[:2], 9_000)))
    car = Car(model="Zoe", shared=True, charge_percent=59.94, odometer_km=48_213.75)
    seen = avail("ses_secret:7", at, subject="veh_secret", location=HERE, course=course, car=car)
    candidates = tuple(house.demand().candidates(HERE, house.clock.now_ms(), course, seen))
    usage = Usage({one.offer.line_item.line_item_id: 10**9 for one in candidates}, {})
    return trace_of(seen, candidates, usage, 0.25, fill(seen, candidates, usage, 0.25), 1)


def packed(trace):
    return msgspec.msgpack.encode(trace)


def numbers(value):
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from numbers(one)


async def test_it_comes_out_the_same(traced):
    found = replay(msgspec.msgpack.decode(packed(traced), type=Trace))
    assert found.same
    assert [(one.name, one.reason) for one in found.verdicts] == [
        ("Open days", ""), ("Open days", "out-of-reach"),
    ]  # fmt: skip
    assert found.verdicts[0].creative_id
    assert found.verdicts[0].place == "North"


async def test_nothing_in_it_is_finer_than_the_coarsening(traced):
    kept = msgspec.msgpack.decode(packed(traced))
    assert traced.cell == cell(HERE.latitude, HERE.longitude)
    found = set(numbers(kept))
    assert set(middle(traced.cell)) <= found
    for number in found - {traced.roll}:
        assert number == round(number, 2), "two decimals, as cells have"
    assert not found & set(PRECISE)
    for secret in (b"ses_secret", b"veh_secret", b"48.117", b"271.2", b"13.9"):
        assert secret not in packed(traced)


async def test_distances_decide_only_as_finely_as_they_may_be_told(traced):
    (near,) = [one for one in traced.candidates if one.place]
    assert near.distance_m == 750.0
    assert near.detour_s % 15 == 0


async def test_where_the_rules_are_others_now_it_is_told_what_differs(traced):
    (first, second) = traced.verdicts
    gone = replace(first, creative_id="crv_gone")
    found = replay(replace(traced, verdicts=(gone, second)))
    assert not found.same
    assert [(one.then, one.now) for one in found.changes] == [(gone, first)]
    assert not seen_by(first.advertiser_id, found).same
    other = seen_by(second.advertiser_id, found)
    assert (other.same, other.verdicts, other.cell) == (True, (second,), "")


async def test_its_id_is_a_pseudonym_of_the_avails(traced):
    assert traced.trace_id == trace_id_of("ses_secret:7") != trace_id_of("ses_secret:8")
