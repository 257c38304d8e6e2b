"""What a thousand showings are expected to bring: own history, smoothed by what is usual."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adserver.booking.campaign import LineItem
from adserver.booking.terms import Action, Delivered, GoalUnit
from adserver.serving.value import compared_micros, rate_ppm, value_micros

ITEM = LineItem("li_1", "cmp", "adv", "n", 0, 1, 10**9, 12_000_000, "EUR", 5000, ("p",))
VIEWS = msgspec.structs.replace(ITEM, cpm_micros=0, cpv_micros=20_000)
TAPS = msgspec.structs.replace(ITEM, cpm_micros=0, cpa_micros=500_000)
REDEEMED = msgspec.structs.replace(TAPS, action=Action.REDEMPTION)


def test_a_price_of_impressions_is_what_it_is():
    assert value_micros(ITEM, Delivered(impressions=10**6)) == 12_000_000


def test_prices_are_compared_by_what_they_are_worth():
    assert compared_micros(ITEM, Delivered(), 40_500) == 486_000
    assert compared_micros(VIEWS, Delivered(), 1_000_000_000) == 14_000_000_000
    # Down to the micro; of what has no rate nothing is known.
    assert compared_micros(msgspec.structs.replace(ITEM, cpm_micros=100_001), Delivered(), 999_999) == 100_000
    assert compared_micros(ITEM, Delivered(), 0) == 0


def test_new_ones_are_worth_what_is_usual():
    assert value_micros(VIEWS, Delivered()) == 14_000_000
    assert value_micros(TAPS, Delivered()) == 5_000_000
    assert value_micros(REDEEMED, Delivered()) == 1_000_000


def test_history_takes_over_from_what_is_usual():
    seen = [Delivered(impressions=n, completes=n // 5) for n in (0, 10, 100, 1000, 10**6)]
    rates = [rate_ppm(GoalUnit.VIEWS, one) for one in seen]
    assert rates == sorted(rates, reverse=True)
    assert abs(rates[-1] - 200_000) < 100


def test_cards_are_no_spots_that_could_be_played_to_their_end():
    half = Delivered(impressions=1000, completes=500)
    assert rate_ppm(GoalUnit.VIEWS, half) == rate_ppm(
        GoalUnit.VIEWS, msgspec.structs.replace(half, cards=10**6)
    )


@given(shown=st.integers(0, 10**9), came=st.integers(0, 10**9), unit=st.sampled_from(GoalUnit))
def test_a_rate_is_a_rate_whatever_was_counted(shown, came, unit):
    assert 0 < rate_ppm(unit, Delivered(0, shown, 0, came, came, came)) <= 1_000_000
