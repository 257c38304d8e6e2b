from datetime import timedelta

import pytest

from adserver.booking.submit_creative import Submission
from adserver.coupons.coupon import CouponOrder
from tests.adserver.house import House, card_avail


@pytest.fixture
def house(aredis, database, clock, new_id) -> House:
    return House(database, aredis, clock, new_id)


@pytest.fixture
def offered(house, clock):
    """A campaign whose card has a coupon; what changes is of that."""

    async def offer(order=None, **changes):
        campaign = await house.running(spot=False, card=False, **(order or {}))
        values = {"title": "Free coffee", "valid_until": clock.now() + timedelta(days=30), "limit": 3}
        mine = campaign.advertiser_id, campaign.campaign_id
        submission = Submission("Come by", coupon=CouponOrder(**(values | changes)))
        await house.submit(*mine, submission, owner="acc")
        return house.read.one(*mine)

    return offer


@pytest.fixture
def shown(house, clock):
    """The beacon of a card as a vehicle was shown it."""

    async def show(vehicle_id="veh_1", told=True):
        served = await house.serve(
            card_avail(f"{vehicle_id}-{clock.now_ms()}", clock.now(), subject=vehicle_id)
        )
        (fill,) = served.fills
        if told:
            await house.record(fill.beacon, "card-shown")
        return fill.beacon

    return show
