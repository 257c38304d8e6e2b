"""How much an advertiser may have booked at once."""

from datetime import timedelta

import pytest

from adserver.booking import room, submit_creative
from adserver.booking.campaign import CampaignAction
from adserver.booking.edit_campaign import Edit
from adserver.booking.submit_creative import Submission
from kernel.errors import Conflict
from tests.adserver.house import place


async def test_campaigns_are_limited_until_they_are_over_or_ended(house, monkeypatch):
    monkeypatch.setattr(room, "CAMPAIGNS_LIMIT", 2)
    mine, other = (house.register(name).advertiser_id for name in ("Garage", "Café"))
    order = house.order()
    first, second = [await house.book(mine, order) for _ in range(2)]
    with pytest.raises(Conflict, match="campaigns-too-many"):
        await house.book(mine, order)
    await house.book(other, order)
    await house.change(mine, second.campaign_id, CampaignAction.END)
    third = await house.book(mine, order)
    # What stands can be edited, and what was over counts anew where it is prolonged.
    edit = Edit(revision=1, ends_at=order.ends_at + timedelta(days=1))
    await house.edit(mine, third.campaign_id, edit, actor="acc")
    house.clock.moment = order.ends_at + timedelta(minutes=1)
    later = house.order(ends_at=house.clock.now() + timedelta(days=5))
    await house.book(mine, later)
    with pytest.raises(Conflict, match="campaigns-too-many"):
        await house.edit(mine, first.campaign_id, Edit(revision=1, ends_at=later.ends_at), actor="acc")


async def test_so_are_the_places_of_all_of_them(house, monkeypatch):
    monkeypatch.setattr(room, "PLACES_BOOKED_LIMIT", 5)
    house.places = [place(f"P{n}") for n in range(4)]
    ids, mine = tuple(one.place_id for one in house.places), house.register("Garage").advertiser_id
    campaign = await house.book(mine, house.order(place_ids=ids[:3]))
    with pytest.raises(Conflict, match="places-booked-too-many"):
        await house.book(mine, house.order(place_ids=ids[:3]))
    await house.book(mine, house.order(place_ids=ids[:2]))
    with pytest.raises(Conflict, match="places-booked-too-many"):
        await house.edit(mine, campaign.campaign_id, Edit(revision=1, place_ids=ids), actor="acc")
    # Where the limit was lowered, or passed before there was one, less can be taken.
    monkeypatch.setattr(room, "PLACES_BOOKED_LIMIT", 1)
    after = await house.edit(mine, campaign.campaign_id, Edit(revision=1, place_ids=ids[:2]), actor="acc")
    assert after.line_item.place_ids == ids[:2]


async def test_withdrawn_creatives_are_counted(house, monkeypatch):
    monkeypatch.setattr(submit_creative, "CREATIVES_EVER_LIMIT", 3)
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    for _ in range(2):
        creative = await house.submit(*mine, Submission("More"), owner="acc")
        await house.withdraw(*mine, creative.creative_id)
    with pytest.raises(Conflict, match="creatives-too-many"):
        await house.submit(*mine, Submission("More"), owner="acc")
