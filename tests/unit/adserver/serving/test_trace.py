"""A trace makes the same decision again, and tells neither where the car was nor whose it is."""

from operator import itemgetter

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from adserver.booking.campaign import CampaignState, Creative, CreativeState, LineItem
from adserver.booking.targeting import Bounds, Targeting
from adserver.serving import trace
from adserver.serving.avail import Car, Format, Location
from adserver.serving.decision import fill
from adserver.serving.demand import Candidate
from adserver.serving.offer import Offer
from adserver.serving.pod import POD_LIMIT
from adserver.serving.trace import Trace, replay, seen_by, trace_id_of, trace_of
from adserver.serving.usage import Usage
from geotarget.coarsen import cell, coarse_m, middle
from geotarget.course import Course, Fix, Side
from geotarget.distance import earth_fixed, geodesic_m
from tests.adserver.house import avail, place

HERE = Location(48.117266, -1.677793, 271.25)
ITEM = LineItem("li", "cmp", "adv", "n", 0, 2**53, 10**9, 10**7, "EUR", 5_000, ("plc",))
CREATIVE = Creative(
    "crv",
    "li",
    "cmp",
    "adv",
    "n",
    frozenset({Format.VIDEO, Format.AUDIO}),
    CreativeState.APPROVED,
    "h",
    "",
    0,
    "ast",
    8,
)
TRIALS = 15
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
    assert [(one.name, one.reason) for one in found.verdicts] == [("Open days", "")]
    assert found.untold == {"out-of-reach": 1}
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


@pytest.fixture
def town():
    """Line items of one place each, some km around; who may see the table of places knows where each lies."""
    rng = np.random.default_rng(5)
    found = []
    for number in range(64):
        latitude, longitude = (
            HERE.latitude + rng.uniform(-0.04, 0.04),
            HERE.longitude + rng.uniform(-0.06, 0.06),
        )
        item = msgspec.structs.replace(
            ITEM,
            line_item_id=f"li_{rng.integers(10**9)}",
            advertiser_id=f"adv_{number}",
            radius_m=int(rng.choice([800, 3_000, 6_000])),
        )
        found.append((item, place(f"P{number}", latitude, longitude)))
    return found


def ahead(here: Location, its) -> bool:
    """Of a car that drives north."""
    return its.latitude >= here.latitude


def weighed(town, here: Location, *, drives: bool = True) -> tuple[Candidate, ...]:
    """As the demand tells it: nearest first, in coarse steps; what does not reach, without a place."""
    found = []
    for item, its in town:
        apart_m = geodesic_m(here.latitude, here.longitude, its.latitude, its.longitude)
        offer = Offer(item, CampaignState.ACTIVE, "A", (CREATIVE,))
        side = Side.BEHIND if drives and not ahead(here, its) else Side.AHEAD
        near = Candidate(offer, its, float(coarse_m(apart_m)), side=side, detour_s=15.0 * (apart_m // 99))
        found.append((apart_m, near if apart_m <= item.radius_m else Candidate(offer)))
    return tuple(one for _, one in sorted(found, key=itemgetter(0)))


def kept_of(town, here: Location, at, *, budget: int = 10**9, drives: bool = True) -> Trace:
    seen = avail("ses_secret:7", at, segments=24, location=here)
    candidates = weighed(town, here, drives=drives)
    usage = Usage({item.line_item_id: budget for item, _ in town}, {})
    return trace_of(seen, candidates, usage, 0.25, fill(seen, candidates, usage, 0.25), 1)


def somewhere_in_the_cell(rng) -> Location:
    latitude, longitude = middle(cell(HERE.latitude, HERE.longitude))
    return Location(latitude + rng.uniform(-0.0049, 0.0049), longitude + rng.uniform(-0.0049, 0.0049))


def test_wherever_in_its_cell_the_car_is_the_same_is_kept_of_what_was_not_shown(town, clock):
    rng = np.random.default_rng(11)
    traces = [
        kept_of(town, somewhere_in_the_cell(rng), clock.now(), budget=0, drives=False) for _ in range(12)
    ]
    assert len({packed(replace(one, untold={})) for one in traces}) == 1
    assert traces[0].candidates
    assert all(sum(one.untold.values()) + len(one.verdicts) == len(town) for one in traces)


def missed_by_m(trace: Trace, town, here: Location) -> tuple[float, float]:
    """By how much somebody misses the car who knows where all places lie, and that it drives north.

    First with all that stands in the trace (rings, discs, what was ahead), then with the cell alone.
    """
    latitude, longitude = middle(trace.cell)
    north, east = (one.ravel() for one in np.meshgrid(*[np.linspace(-0.005, 0.005, 41)] * 2))
    grid = earth_fixed(latitude + north, longitude + east)
    where = {item.line_item_id: (item.radius_m, its) for item, its in town}
    wrong = np.zeros(len(grid))
    for candidate in trace.candidates:
        radius_m, its = where[candidate.offer.line_item.line_item_id]
        apart_m = np.linalg.norm(grid - earth_fixed(its.latitude, its.longitude), axis=1)
        wrong += np.maximum(0, apart_m - radius_m)
        wrong += np.maximum(0, latitude + north - its.latitude) * 111_000
        if POD_LIMIT < candidate.distance_m < np.inf:
            wrong += np.maximum(0, np.abs(apart_m - candidate.distance_m) - 50)
    best = wrong <= wrong.min() + 1e-9
    guess = latitude + north[best].mean(), longitude + east[best].mean()
    return tuple(
        geodesic_m(*point, here.latitude, here.longitude) for point in (guess, (latitude, longitude))
    )


def test_many_places_do_not_tell_where_the_car_was_any_better_than_its_cell(town, clock):
    rng = np.random.default_rng(3)
    missed, by_cell = [], []
    for _ in range(TRIALS):
        here = somewhere_in_the_cell(rng)
        trace = kept_of(town, here, clock.now())
        assert replay(trace).same
        assert any(one.creative_id for one in trace.verdicts)
        told, alone = missed_by_m(trace, town, here)
        missed.append(told)
        by_cell.append(alone)
    print(f"missed by {np.median(missed):.0f} m, with the cell alone by {np.median(by_cell):.0f} m")
    assert np.median(missed) > 0.6 * np.median(by_cell) > 120


def test_neither_order_nor_side_nor_detour_of_anything_is_kept(town, clock):
    trace = kept_of(town, HERE, clock.now())
    refused = [one.line_item_id for one in trace.verdicts if one.reason]
    assert len(refused) > 8
    assert refused == sorted(refused)
    ids = [one.offer.line_item.line_item_id for one in trace.candidates]
    assert ids == sorted(ids)
    chosen = [one.line_item_id for one in trace.verdicts if one.creative_id]
    distances = {one.offer.line_item.line_item_id: one.distance_m for one in trace.candidates}
    assert {distances[one] for one in refused} == {POD_LIMIT}
    assert [distances[one] for one in chosen] == list(range(len(chosen)))
    assert {(one.side, one.detour_s) for one in trace.candidates} == {(Side.AHEAD, 0.0)}
    assert not {its.place_id.encode() for _, its in town if its.place_id.encode() in packed(trace)}
    assert {one.place.name for one in trace.candidates if one.offer.line_item.line_item_id in refused} == {
        "untold"
    }


def test_of_a_decision_that_would_not_come_out_the_same_only_what_was_chosen_is_told(
    town, clock, monkeypatch
):
    """As where a search among very many was cut short, and would find more among fewer."""
    whole = kept_of(town, HERE, clock.now())
    monkeypatch.setattr(trace, "replay", lambda made: replace(replay(made), same=False))
    few = kept_of(town, HERE, clock.now())
    assert few.verdicts == tuple(one for one in whole.verdicts if one.creative_id)
    assert sum(few.untold.values()) + len(few.verdicts) == len(town)
    assert replay(few).same


async def test_where_the_rules_are_others_now_it_is_told_what_differs(traced):
    (first,) = traced.verdicts
    gone = replace(first, creative_id="crv_gone")
    found = replay(replace(traced, verdicts=(gone,)))
    assert not found.same
    assert [(one.then, one.now) for one in found.changes] == [(gone, first)]
    own = seen_by(first.advertiser_id, found)
    assert (own.same, own.verdicts, own.untold) == (False, (gone,), {})
    other = seen_by("adv_other", found)
    assert (other.same, other.verdicts, other.cell) == (True, (), "")


async def test_its_id_is_a_pseudonym_of_the_avails(traced):
    assert traced.trace_id == trace_id_of("ses_secret:7") != trace_id_of("ses_secret:8")
