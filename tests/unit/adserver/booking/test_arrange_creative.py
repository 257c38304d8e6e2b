"""Weights and numbers of creatives, by the verb, the API and the page."""

import pytest

from adserver.booking.arrange_creative import Arrangement
from adserver.booking.campaign import Rotation
from kernel.errors import Conflict, Invalid, NotFound
from tests.adserver.web import as_advertiser, browser


async def test_what_is_named_changes(house):
    campaign = await house.running()
    one = campaign.creatives[0]
    after = await house.arrange(None, campaign.campaign_id, one.creative_id, Arrangement(weight=7))
    assert (after.weight, after.position) == (7, 0)
    await house.arrange(None, campaign.campaign_id, one.creative_id, Arrangement(position=3))
    kept = house.read.one(None, campaign.campaign_id).creatives[0]
    assert (kept.weight, kept.position) == (7, 3)


@pytest.mark.parametrize("wanted", [Arrangement(weight=0), Arrangement(weight=101), Arrangement(position=-1)])
async def test_what_is_out_of_range_changes_nothing(house, wanted):
    campaign = await house.running()
    with pytest.raises(Invalid):
        await house.arrange(None, campaign.campaign_id, campaign.creatives[0].creative_id, wanted)
    assert house.read.one(None, campaign.campaign_id) == campaign


async def test_neither_a_strangers_nor_one_that_is_gone(house):
    campaign = await house.running()
    one = campaign.creatives[0].creative_id
    for whose, creative_id in (("adv_other", one), (None, "crv_none")):
        with pytest.raises(NotFound):
            await house.arrange(whose, campaign.campaign_id, creative_id, Arrangement(weight=2))
    await house.withdraw(None, campaign.campaign_id, one)
    with pytest.raises(Conflict):
        await house.arrange(None, campaign.campaign_id, one, Arrangement(weight=2))


async def test_on_the_page_and_by_the_api(house):
    campaign = await house.running()
    me, one = as_advertiser(campaign.advertiser_id), campaign.creatives[0].creative_id
    page, api = f"/advertiser/campaigns/{campaign.campaign_id}", f"/v1/campaigns/{campaign.campaign_id}"
    async with browser(house) as web:
        done = await web.post(
            f"{page}/creatives/{one}/arrange", headers=me, data={"weight": "9", "position": "2"}
        )
        assert done.status_code == 303
        assert (
            'name="weight" inputmode="numeric" size="3" value="9"' in (await web.get(page, headers=me)).text
        )
        wrong = await web.post(
            f"{page}/creatives/{one}/arrange", headers=me, data={"weight": "much", "position": "1"}
        )
        assert wrong.status_code == 422
        assert "Type a whole number from 1 to 100." in wrong.text
        told = await web.patch(f"{api}/creatives/{one}", headers=me, json={"weight": 4})
        assert (told.json()["weight"], told.json()["position"]) == (4, 2)
        rival = as_advertiser(house.register("Rival").advertiser_id)
        assert (
            await web.patch(f"{api}/creatives/{one}", headers=rival, json={"weight": 1})
        ).status_code == 404
        changed = await web.patch(api, headers=me, json={"revision": 1, "rotation": "sequence"})
        assert changed.json()["line_item"]["rotation"] == Rotation.SEQUENCE
        assert "each in turn for a car, by their numbers" in (await web.get(page, headers=me)).text
