"""The terms of a line item: each goal is counted in its own unit, and each price is of one event."""

import msgspec
import pytest

from adserver.billing.impression import EventKind, pays
from adserver.booking.campaign import LineItem
from adserver.booking.terms import Action, Delivered, Goal, GoalUnit, Pricing, usual_ppm

HAD = Delivered(spent_micros=9, impressions=5, cards=3, completes=4, taps=2, redemptions=1)


def item(**changes) -> LineItem:
    booked = LineItem("li_1", "cmp", "adv", "n", 0, 1, 10**9, 0, "EUR", 5000, ("p",))
    return msgspec.structs.replace(booked, **changes)


@pytest.mark.parametrize(
    ("unit", "number"),
    [
        (GoalUnit.SPEND, 9),
        (GoalUnit.IMPRESSIONS, 8),
        (GoalUnit.VIEWS, 4),
        (GoalUnit.TAPS, 2),
        (GoalUnit.REDEMPTIONS, 1),
    ],
)
def test_what_was_had_in_the_unit_of_a_goal(unit, number):
    assert HAD.of(unit) == number


@pytest.mark.parametrize(
    ("changes", "pricing", "price", "event"),
    [
        ({"cpm_micros": 12_000_000}, Pricing.CPM, 12_000, ""),
        ({"cpv_micros": 20_000}, Pricing.CPV, 20_000, EventKind.COMPLETE),
        ({"cpa_micros": 500_000}, Pricing.CPA, 500_000, EventKind.TAP),
        ({"cpa_micros": 500_000, "action": Action.REDEMPTION}, Pricing.CPA, 500_000, EventKind.REDEEMED),
    ],
)
def test_a_price_is_of_one_event(changes, pricing, price, event):
    booked = item(**changes)
    assert (booked.pricing, booked.price_micros) == (pricing, price)
    assert pays(booked.pricing, booked.action) == event


def test_a_goal_is_exact_where_what_is_counted_is_what_is_paid_for():
    seen, views = Goal(GoalUnit.IMPRESSIONS, 70), Goal(GoalUnit.VIEWS, 70)
    assert item(cpm_micros=10**6, goal=seen).exact_goal == 70
    assert item(cpv_micros=10**4, goal=views).exact_goal == 70
    assert item(cpv_micros=10**4, goal=seen).exact_goal == 0
    assert item(cpa_micros=10**4, goal=Goal(GoalUnit.TAPS, 70)).exact_goal == 0
    assert item(goal=seen).exact_goal == 0  # the house's own


def test_cards_are_worth_nothing_where_films_are_to_be_played_to_their_end():
    assert item(cpv_micros=10**4).films_only
    assert item(cpm_micros=10**6, goal=Goal(GoalUnit.VIEWS, 70)).films_only
    assert not item(cpa_micros=10**6).films_only


def test_what_usually_comes_of_a_showing():
    assert usual_ppm(GoalUnit.IMPRESSIONS) == usual_ppm(GoalUnit.SPEND) == 1_000_000
    assert usual_ppm(GoalUnit.VIEWS) > usual_ppm(GoalUnit.TAPS) > usual_ppm(GoalUnit.REDEMPTIONS) > 0
