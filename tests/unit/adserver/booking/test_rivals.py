"""What of others is booked where a plan reaches, and how much of that they take."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adserver.booking.campaign import CampaignState, Creative, CreativeState, LineItem, Priority
from adserver.booking.forecast import Past
from adserver.booking.history import History
from adserver.booking.known import Known
from adserver.booking.plan import Plan
from adserver.booking.rivals import Booked, competes, rival_of, still_wants
from adserver.booking.targeting import Powertrain, Targeting
from adserver.booking.terms import NOTHING, Delivered, Goal, GoalUnit
from adserver.serving.avail import Format
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.supply import HOUR_MS, Kind, Trait
from geotarget.coarsen import cell
from kernel.clock import to_ms
from tests.adserver.house import RENNES, place

NOW = datetime(2026, 6, 15, tzinfo=UTC)
NOW_H = to_ms(NOW) // HOUR_MS
HERE, DEALER = cell(*RENNES), place("Rennes")
PLAN = Plan(NOW, NOW + timedelta(days=10), (DEALER.place_id,))
CARD = Creative(
    "crv", "li", "cmp", "adv", "Card", frozenset({Format.CARD}), CreativeState.APPROVED, "Come by", "", 0
)


def offer(delivered: Delivered = NOTHING, state: CampaignState = CampaignState.ACTIVE, **changes) -> Offer:
    ends_ms = to_ms(NOW + timedelta(days=10))
    item = LineItem(
        "li", "cmp", "adv", "n", to_ms(NOW), ends_ms, 10**6, 10**7, "EUR", 5_000, (DEALER.place_id,)
    )
    return Offer(msgspec.structs.replace(item, **changes), state, "", (CARD,), delivered=delivered)


def known(*, far: int = 0) -> Known:
    """Ten an hour here, and in a cell further north, for a day."""
    rows = [(NOW_H - h, HERE, "FR", "card", 10) for h in range(1, 25)]
    rows += [(NOW_H - h, cell(48.13, RENNES[1]), "FR", "card", far) for h in range(1, 25) if far]
    return Known.of(Past(History.of(rows, NOW_H)), to_ms(NOW))


def test_the_busiest_cells_come_first_and_no_place_is_none_of_them():
    rows = [(1, "48.00,1.00", "FR", "card", 1), (1, "48.01,1.00", "FR", "card", 3), (1, "", "FR", "card", 9)]
    found = Known.of(Past(History.of(rows, 2)), 0)
    assert found.busiest == ("48.01,1.00", "48.00,1.00")
    assert found.middles == ((48.01, 1.0), (48.0, 1.0))


@pytest.mark.parametrize(
    ("booked", "wanted"),
    [
        (offer(), 100),
        (offer(Delivered(spent_micros=250_000)), 75),
        (offer(goal=Goal(GoalUnit.IMPRESSIONS, 30), delivered=Delivered(100_000, cards=10)), 20),
        (offer(goal=Goal(GoalUnit.TAPS, 30)), 100),
        (offer(Delivered(spent_micros=2 * 10**6)), 0),
    ],
)
def test_what_is_left_to_be_shown(booked, wanted):
    assert still_wants(booked) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("booked", "so"),
    [
        (offer(), True),
        (offer(priority=Priority.SPONSORSHIP), True),
        (offer(priority=Priority.HOUSE), False),
        (offer(state=CampaignState.PAUSED), False),
        (offer(starts_ms=to_ms(NOW + timedelta(days=10))), False),
        (offer(ends_ms=to_ms(NOW)), False),
    ],
)
def test_who_competes(booked, so):
    assert competes(PLAN, booked) is so
    assert competes(msgspec.structs.replace(PLAN, priority=Priority.SPONSORSHIP), booked) is (
        so and booked.line_item.priority is Priority.SPONSORSHIP
    )


def test_it_takes_what_it_wants_of_all_that_it_reaches():
    """2,400 here in ten days, and as many in the other cell that it reaches: 100 of 4,800."""
    index = DemandIndex([offer()], {DEALER.place_id: DEALER})
    for far, share in ((0, 100 / 2_400), (10, 100 / 4_800)):
        ((rival,),) = Booked(index, known(far=far)).rivals(PLAN, [HERE], to_ms(NOW)).values()
        assert rival.taken == {Kind.CARD: pytest.approx(share)}
        assert (rival.before, rival.runs) == (False, 1.0)


def test_of_what_is_over_soon_the_rest_is_spread_over_less_and_runs_for_a_part_of_the_plan():
    half = offer(starts_ms=to_ms(NOW - timedelta(days=5)), ends_ms=to_ms(NOW + timedelta(days=5)))
    rival = rival_of(PLAN, half, {Kind.CARD: 10.0}, known().past, to_ms(NOW))
    assert (rival.runs, rival.taken[Kind.CARD]) == (0.5, pytest.approx(100 / 1_200))


def test_nobody_takes_what_does_not_suit_it():
    traits = {("FR", Kind.CARD): {Trait.POWERTRAIN: {"electric": 1, "combustion": 99}}}
    past = Past(known().history, traits)
    choosy = offer(targeting=Targeting(powertrains=(Powertrain.ELECTRIC,)))
    assert rival_of(PLAN, choosy, {Kind.CARD: 10.0}, past, to_ms(NOW)).taken == {Kind.CARD: 0.01}
