"""What can be booked, to the edge, and the code of what cannot."""

from datetime import datetime, timedelta

import pytest

from adserver.booking.cap import FrequencyCap, Per
from adserver.booking.order import check, problems
from kernel.errors import Forbidden, Invalid

UNIT = 1_000_000
NOON = datetime.fromisoformat("2026-06-15T12:00:00+00:00")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "campaign-name-missing"),
        ({"name": "x" * 121}, "campaign-name-too-long"),
        ({"starts_at": NOON, "ends_at": NOON}, "campaign-ends-before-start"),
        ({"starts_at": NOON, "ends_at": NOON - timedelta(hours=1)}, "campaign-ends-before-start"),
        ({"starts_at": datetime(2026, 6, 1), "ends_at": NOON}, "campaign-time-naive"),  # noqa: DTZ001
        (
            {"starts_at": NOON - timedelta(days=9), "ends_at": NOON - timedelta(days=5)},
            "campaign-already-over",
        ),
        ({"ends_at": NOON + timedelta(days=740)}, "flight-too-long"),
        ({"currency": "eur"}, "currency-unknown"),
        ({"budget_micros": 0}, "budget-missing"),
        ({"budget_micros": UNIT - 1}, "budget-too-small"),
        ({"budget_micros": -5 * UNIT}, "budget-too-small"),
        ({"budget_micros": 10**12 + 1}, "budget-too-large"),
        ({"cpm_micros": 0}, "price-missing"),
        ({"cpm_micros": 99_999}, "price-out-of-range"),
        ({"cpm_micros": 1000 * UNIT + 1}, "price-out-of-range"),
        ({"cpm_micros": -UNIT}, "price-out-of-range"),
        ({"place_ids": ()}, "places-missing"),
        ({"place_ids": ("p",) * 20_001}, "places-too-many"),
        ({"radius_m": 49}, "radius-out-of-range"),
        ({"radius_m": 200_001}, "radius-out-of-range"),
        ({"cap": FrequencyCap(0, 60)}, "cap-out-of-range"),
        ({"cap": FrequencyCap(1, 59)}, "cap-out-of-range"),
        ({"cap": FrequencyCap(1001, 60)}, "cap-out-of-range"),
        ({"caps": (FrequencyCap(1, 60), FrequencyCap(1, 90 * 86_400 + 1))}, "cap-out-of-range"),
        ({"caps": (FrequencyCap(1, 60, Per.DRIVE),)}, "cap-out-of-range"),
        ({"caps": (FrequencyCap(1), FrequencyCap(1))}, "cap-out-of-range"),
        ({"caps": (FrequencyCap(1, 60), FrequencyCap(2, 60))}, "caps-alike"),
        ({"campaign_caps": (FrequencyCap(1, per=Per.LIFE), FrequencyCap(2, per=Per.LIFE))}, "caps-alike"),
        ({"caps": tuple(FrequencyCap(1, 60 + n) for n in range(7))}, "caps-too-many"),
    ],
)
async def test_what_cannot_be_booked(house, changes, code):
    order = house.order(**changes)
    with pytest.raises(Invalid) as caught:
        await house.book(house.register("Garage").advertiser_id, order)
    assert caught.value.code == code
    assert caught.value.fix
    assert caught.value.fields
    assert house.read(None) == []
    assert house.announced == []


@pytest.mark.parametrize(
    "changes",
    [
        {"radius_m": 50},
        {"radius_m": 200_000},
        {"budget_micros": UNIT},
        {"budget_micros": 10**12},
        {"cpm_micros": 100_000},
        {"cpm_micros": 1000 * UNIT, "budget_micros": UNIT},
        {"cap": FrequencyCap(1000, 90 * 86_400)},
        {"caps": (FrequencyCap(1, 60), FrequencyCap(2, per=Per.DRIVE), FrequencyCap(9, per=Per.LIFE))},
        {"name": "x" * 120},
    ],
)
async def test_what_just_can(house, changes):
    campaign = await house.book(house.register("Garage").advertiser_id, house.order(**changes))
    item_id = campaign.line_item.line_item_id
    balance = (await house.budgets.balances([item_id]))[item_id]
    assert balance.remaining_micros == campaign.line_item.budget_micros
    assert balance.balanced


async def test_everything_that_is_wrong_is_said_at_once(house):
    order = house.order(name="", budget_micros=0, cpm_micros=0, place_ids=(), radius_m=0)
    with pytest.raises(Invalid) as caught:
        check(order, house.clock.now(), house.exchange)
    assert set(caught.value.fields) == {"name", "budget", "cpm", "place_ids", "radius"}
    assert caught.value.code == "campaign-name-missing"


async def test_places_must_be_known_and_count_once(house):
    advertiser_id = house.register("Garage").advertiser_id
    order = house.order()
    known = house.places[0].place_id
    twice = await house.book(advertiser_id, house.order(place_ids=(known, known)))
    assert twice.line_item.place_ids == (known,)
    with pytest.raises(Invalid) as caught:
        await house.book(advertiser_id, house.order(place_ids=(known, "plc_nowhere")))
    assert caught.value.code == "place-unknown"
    assert list(problems(order, house.clock.now(), house.exchange)) == []


async def test_an_account_of_no_advertiser_books_nothing(house):
    with pytest.raises(Forbidden) as caught:
        await house.book("", house.order())
    assert caught.value.code == "advertiser-missing"
