"""Whoever cannot serve takes nobody's room, however near it is and however many of them there are."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from adserver.billing.budget import Standing
from adserver.booking.campaign import Approach, CampaignState, Creative, CreativeState, LineItem, Priority
from adserver.booking.targeting import Targeting
from adserver.booking.terms import PPM, Goal, GoalUnit
from adserver.serving.arrival import closed
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.decision import fill
from adserver.serving.demand import CANDIDATE_LIMIT, DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.reason import Reason
from adserver.serving.shortlist import HOURS_LIMIT, OTHERS_LIMIT
from geotarget.course import Course
from geotarget.place import Category, Place
from kernel.clock import to_ms

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NOW_MS = to_ms(NOW)
SPOT, CARD = frozenset({Format.VIDEO, Format.AUDIO}), frozenset({Format.CARD})
HERE = Location(48.0, -1.0)
BREAK = Avail("a", "car", 16, SPOT, NOW, HERE)
SLOT = msgspec.structs.replace(BREAK, segments=0, formats=CARD)
ENGLISH = Targeting(languages=("en",))
NEAR = 40
FAR = f"li_{NEAR}"
"""Forty line items are nearer than this one."""


def place(n, north=1):
    return Place(f"p{n}", "t", str(n), f"P{n}", "", Category.DEALER, 48.0 + north * n * 0.0005, -1.0)


def offer(n, segments=8, card=True, **changes):
    """Whose place lies the farther away the higher ``n`` is; 20 km around it."""
    item = LineItem(
        f"li_{n}", f"cmp_{n}", f"adv_{n}", "x", NOW_MS - 1, NOW_MS + 10**9, 10**12, 12_000_000, "EUR",
        20_000, (f"p{n}",),
    )  # fmt: skip
    film = Creative(
        f"film_{n}", f"li_{n}", f"cmp_{n}", f"adv_{n}", "S", SPOT, CreativeState.APPROVED, "H", "", 0,
        asset_id="ast", segments=segments,
    )  # fmt: skip
    text = msgspec.structs.replace(film, formats=CARD, asset_id="", segments=0)
    made = (film, text) if card else (film,)
    return Offer(msgspec.structs.replace(item, **changes), CampaignState.ACTIVE, "A", made)


def index_of(offers, places=None):
    index = DemandIndex(offers, {one.place_id: one for one in places or map(place, range(100))})
    plenty = {item.line_item_id: 10**12 for item in index.standings.items}
    index.standings.take(index.standings.items, Standing(plenty))
    return index


def decide(index, avail=BREAK, roll=0.5, full=()):
    """The decision, and how many were weighed."""
    found = index.weigh(avail.location, NOW_MS, avail.course, avail, roll, full)
    usage = index.standings.usage(found.rows)
    return fill(avail, found.candidates, usage, roll, found.entries), len(found.candidates)


def names(decision):
    return [one.line_item.line_item_id for one in decision.fills]


def test_of_many_that_are_paced_the_farthest_come_to_their_share_and_breaks_are_filled():
    """Sixty in reach, of which each lets a fiftieth of its chances through."""
    index = index_of([offer(n) for n in range(60)])
    items = index.standings.items
    passes = Standing(
        {item.line_item_id: 10**12 for item in items}, {}, {f"li_{n}": 20_000 for n in range(60)}
    )
    index.standings.take(items, passes)
    chance, chosen, empty = random.Random(1), Counter(), 0
    for _ in range(2_000):
        decision, _ = decide(index, roll=chance.random())
        chosen.update(names(decision))
        empty += not decision.fills
    # Nobody is let through in 0.98 ** 60 of them; each should come to some 35 to 40.
    assert abs(empty / 2_000 - 0.98**60) < 0.05
    near, far = (sum(chosen[f"li_{n}"] for n in some) for some in (range(28), range(32, 60)))
    assert far > 0.7 * near
    assert min(chosen[f"li_{n}"] for n in range(60)) >= 10


SPENT = Standing({FAR: 10**12})
REACHED = Standing({f"li_{n}": 10**12 for n in range(NEAR + 1)}, {f"li_{n}": 5 for n in range(NEAR)})
HELD = Standing({f"li_{n}": 10**12 for n in range(NEAR + 1)}, {}, {f"li_{n}": 0 for n in range(NEAR)})


@pytest.mark.parametrize(
    ("told", "reason"),
    [(SPENT, Reason.NO_BUDGET), (REACHED, Reason.GOAL_REACHED), (HELD, Reason.PACED)],
    ids=["spent", "reached", "held back"],
)
@pytest.mark.parametrize("avail", [BREAK, SLOT], ids=["break", "card"])
def test_who_is_spent_has_had_enough_or_is_held_back_starves_nobody(told, reason, avail):
    goal = Goal(GoalUnit.IMPRESSIONS, 5)
    index = index_of([offer(n, goal=goal) for n in range(NEAR + 1)])
    index.standings.take(index.standings.items, told)
    decision, weighed = decide(index, avail)
    assert names(decision) == [FAR]
    assert {one.reason for one in decision.refusals} == {reason}
    # Some of those that cannot, the nearest, are told why.
    nearest = {one.line_item.line_item_id for one in decision.refusals}
    assert nearest == {f"li_{n}" for n in range(CANDIDATE_LIMIT - 1)}
    assert weighed == CANDIDATE_LIMIT


@pytest.mark.parametrize("full", ["li", "cmp", "adv"])
def test_what_a_vehicle_has_seen_enough_of_takes_nobodys_room(full):
    """By line item, campaign or advertiser; that they are full is for the caps to say."""
    index = index_of([offer(n) for n in range(NEAR + 1)])
    seen = {f"{full}_{n}" for n in range(NEAR)} | {f"{full}_unknown"}
    found = index.candidates(HERE, NOW_MS, None, BREAK, 0.5, seen)
    assert FAR in {one.offer.line_item.line_item_id for one in found}
    assert len(found) == CANDIDATE_LIMIT


@pytest.mark.parametrize(
    ("near", "avail", "reason"),
    [
        ({"card": False}, SLOT, Reason.FORMAT_NOT_OFFERED),
        ({"segments": 17}, BREAK, Reason.TOO_LONG),
        ({"markets": ("DE",)}, BREAK, Reason.MARKET_NOT_BOOKED),
    ],
)
def test_who_has_nothing_that_fits_starves_nobody(near, avail, reason):
    decision, _ = decide(index_of([*(offer(n, **near) for n in range(NEAR)), offer(NEAR)]), avail)
    assert names(decision) == [FAR]
    assert {one.reason for one in decision.refusals} == {reason}


def test_what_lies_behind_starves_nothing_that_lies_ahead():
    places = [*(place(n, north=-1) for n in range(1, NEAR)), place(NEAR)]
    offers = [offer(n) for n in range(1, NEAR + 1)]
    north = msgspec.structs.replace(BREAK, course=Course(0.0))
    decision, _ = decide(index_of(offers, places), north)
    assert names(decision) == [FAR]
    assert {one.reason for one in decision.refusals} == {Reason.BEHIND_THE_CAR}
    anywhere = [offer(n, approach=Approach(ahead=False)) for n in range(1, NEAR + 1)]
    assert FAR not in names(decide(index_of(anywhere, places), north)[0])


def test_what_costs_too_long_a_detour_starves_nobody():
    """Ahead and near, but off the road, beside one that is farther away on it."""
    aside = [Place(f"p{n}", "t", str(n), f"P{n}", "", Category.DEALER, 48.001, -0.98) for n in range(NEAR)]
    brief = Approach(detour_max_min=2)
    offers = [offer(n, approach=brief) for n in range(NEAR + 1)]
    index = index_of(offers, [*aside, place(NEAR)])
    decision, _ = decide(index, msgspec.structs.replace(BREAK, course=Course(0.0)))
    assert names(decision) == [FAR]
    assert {one.reason for one in decision.refusals} == {Reason.DETOUR_TOO_LONG}


def test_what_the_charge_does_not_last_for_starves_nobody():
    """Contracts come first, however far they are: these are too far."""
    sponsors = [offer(n, priority=Priority.SPONSORSHIP) for n in range(60, 60 + NEAR)]
    index = index_of([*sponsors, offer(10)])
    decision, _ = decide(index, msgspec.structs.replace(BREAK, range_m=2_000))
    assert names(decision) == ["li_10"]
    assert {one.reason for one in decision.refusals} == {Reason.BEYOND_RANGE}


def timed(n, hours):
    return replace(place(n), attributes={"opening_hours": hours})


@pytest.mark.parametrize("avail", [BREAK, SLOT], ids=["break", "card"])
def test_what_is_closed_on_arrival_starves_nobody(avail):
    places = [*(timed(n, "Mo-Su 18:00-20:00") for n in range(NEAR)), timed(NEAR, "24/7")]
    decision, weighed = decide(index_of([offer(n) for n in range(NEAR + 1)], places), avail)
    assert names(decision) == [FAR]
    assert {one.reason for one in decision.refusals} == {Reason.CLOSED_ON_ARRIVAL}
    assert weighed == CANDIDATE_LIMIT


@pytest.mark.parametrize("open_too", [0, 10, 60])
def test_of_so_many_is_asked_whether_they_are_open_and_the_others_come_last(monkeypatch, open_too):
    """What tells no hours is not hidden by a town that is closed; the rest is asked while there is room."""
    asked = []
    monkeypatch.setattr(
        "adserver.serving.approaches.closed", lambda *some: asked.append(some) or closed(*some)
    )
    many = 2 * HOURS_LIMIT
    places = [timed(n, "24/7" if n >= HOURS_LIMIT + 1 else "Su[2] 08:00-09:00") for n in range(many)]
    free = [place(n) for n in range(many, many + open_too)]
    index = index_of([offer(n) for n in range(many + open_too)], places + free)
    decision, weighed = decide(index)
    assert len(asked) == HOURS_LIMIT
    found = set(names(decision))
    # Of whom nobody asked, he comes only where there is room; one is closed, as the checklist says.
    first = many if open_too == 60 else HOURS_LIMIT + 1
    assert found == {f"li_{first}", f"li_{first + 1}"}
    assert weighed == CANDIDATE_LIMIT + OTHERS_LIMIT


@pytest.mark.parametrize("nearby", [{}, {"targeting": ENGLISH}], ids=["in columns", "one by one"])
def test_what_one_advertiser_has_nearby_starves_no_other(nearby):
    """Of two spots of eight segments one is its, and one another's."""
    crowd = [offer(n, advertiser_id="adv", **nearby) for n in range(NEAR)]
    index = index_of([*crowd, offer(NEAR)])
    avail = msgspec.structs.replace(BREAK, language="en")
    decision, weighed = decide(index, avail)
    assert names(decision) == ["li_0", FAR]
    # Where nobody else waits, it has all the room that there is.
    assert weighed == CANDIDATE_LIMIT


def test_an_advertiser_s_closed_places_do_not_count_against_its_open_ones():
    places = [*(timed(n, "Mo-Su 18:00-20:00") for n in range(20)), *(timed(n, "24/7") for n in range(20, 90))]
    crowd = [offer(n, advertiser_id="adv") for n in range(21)]
    decision, _ = decide(index_of([*crowd, *(offer(n) for n in range(21, 90))], places))
    assert names(decision) == ["li_20", "li_21"]


def test_those_without_a_place_make_room_for_each_other_too():
    index = index_of([offer(n, place_ids=()) for n in range(NEAR + 1)])
    index.standings.take(index.standings.items, SPENT)
    assert names(decide(index)[0]) == [FAR]
    assert names(decide(index, msgspec.structs.replace(BREAK, location=None))[0]) == [FAR]


def test_however_many_can_serve_some_of_the_others_are_told_why():
    index = index_of([offer(n) for n in range(2 * NEAR)])
    held = {f"li_{n}": 0 for n in range(0, 2 * NEAR, 2)}
    plenty = {item.line_item_id: 10**12 for item in index.standings.items}
    index.standings.take(index.standings.items, Standing(plenty, {}, held))
    decision, weighed = decide(index)
    assert weighed == CANDIDATE_LIMIT + OTHERS_LIMIT
    paced = {one.line_item.line_item_id for one in decision.refusals if one.reason is Reason.PACED}
    assert paced == {f"li_{2 * n}" for n in range(OTHERS_LIMIT)}


def test_who_lets_everything_through_is_never_held_back():
    index = index_of([offer(n) for n in range(3)])
    some = Standing({f"li_{n}": 10**12 for n in range(3)}, {}, {"li_0": 0, "li_1": PPM})
    index.standings.take(index.standings.items, some)
    rolls = random.Random(2)
    assert {tuple(names(decide(index, roll=rolls.random())[0])) for _ in range(50)} == {("li_1", "li_2")}
