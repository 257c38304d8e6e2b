"""The buttons and the API that change what is booked."""

from tests.adserver.house import UNIT
from tests.adserver.web import as_advertiser, browser


async def test_the_page_and_the_api_edit_withdraw_and_remove(house):
    campaign = await house.running(spot=False)
    me, at = as_advertiser(campaign.advertiser_id), f"/advertiser/campaigns/{campaign.campaign_id}"
    async with browser(house) as web:
        page = (await web.get(at, headers=me)).text
        assert 'data-zone="Europe/Paris"' in page
        assert 'name="budget" type="text" value="100.00"' in page
        typed = {
            "name": "Nights",
            "ends": "2026-06-20T18:30",
            "budget": "80",
            "price": "10",
            "radius_km": "5",
        }
        sent = typed | {"revision": "1", "zone": "Europe/Paris"}
        wrong = await web.post(f"{at}/edit", headers=me, data=sent | {"budget": "1000000000"})
        assert wrong.status_code == 422
        assert "at most 1,000,000" in wrong.text
        assert 'value="1000000000"' in wrong.text
        assert (await web.post(f"{at}/edit", headers=me, data=sent)).status_code == 303
        stale = await web.post(f"{at}/edit", headers=me, data=sent | {"budget": "70"})
        assert "was changed meanwhile" in stale.text
        after = house.read.one(None, campaign.campaign_id)
        assert (after.name, after.line_item.budget_micros) == ("Nights", 80 * UNIT)
        assert after.line_item.flight.end.isoformat() == "2026-06-20T16:30:00+00:00"
        api = f"/v1/campaigns/{campaign.campaign_id}"
        assert (await web.patch(api, headers=me, json={"revision": 1})).status_code == 409
        patched = await web.patch(api, headers=me, json={"revision": 2, "radius_m": 700})
        assert patched.json()["line_item"]["radius_m"] == 700
        off = f"{at}/creatives/{campaign.creatives[0].creative_id}/withdraw"
        assert (await web.post(off, headers=me)).status_code == 303
        assert (await web.post(off, headers=me)).status_code == 422
        assert (await web.post(f"{at}/remove", headers=me)).status_code == 303
        assert (await web.delete(api, headers=me)).status_code == 404


async def test_amounts_stand_in_the_form_as_the_reader_writes_them_and_unchanged_they_change_nothing(house):
    campaign = await house.running(spot=False, budget_micros=33_990_000)
    me, at = as_advertiser(campaign.advertiser_id), f"/advertiser/campaigns/{campaign.campaign_id}"
    async with browser(house) as web:
        page = (await web.get(at, headers=me | {"Accept-Language": "fr"})).text
        assert 'name="budget" type="text" value="33,99"' in page
        page = (await web.get(at, headers=me | {"Accept-Language": "en"})).text
        assert 'name="budget" type="text" value="33.99"' in page
        typed = {"name": campaign.name, "budget": "33,99", "price": "25,0", "radius_km": "5", "revision": "1"}
        ends = page.partition('name="ends" type="datetime-local" value="')[2].partition('"')[0]
        zone = page.partition('name="zone" value="')[2].partition('"')[0]
        answer = await web.post(f"{at}/edit", headers=me, data=typed | {"ends": ends, "zone": zone})
        assert answer.status_code == 303
    item, before = house.read.one(None, campaign.campaign_id).line_item, campaign.line_item
    assert (item.budget_micros, item.ends_ms) == (33_990_000, before.ends_ms)


async def test_what_cannot_be_read_and_a_zone_that_is_none_are_told_beside_their_fields(house):
    campaign = await house.running(spot=False)
    me, at = as_advertiser(campaign.advertiser_id), f"/advertiser/campaigns/{campaign.campaign_id}"
    typed = {"name": "A", "ends": "soon", "budget": "80", "price": "10", "radius_km": "5", "revision": "1"}
    async with browser(house) as web:
        answer = await web.post(f"{at}/edit", headers=me, data=typed | {"zone": "Mars/Olympus"})
        assert answer.status_code == 422
        assert "Type a date and a time." in answer.text
        for name, text, said in (
            ("ends", "9999-12-31T00:00", "too late"),
            ("budget", "9" * 21, "too large"),
            ("price", "9" * 21, "out of range"),
        ):
            sent = typed | {"ends": "2026-06-20T18:30", "zone": "Europe/Paris", name: text}
            answer = await web.post(f"{at}/edit", headers=me, data=sent)
            assert (answer.status_code, said in answer.text) == (422, True), name
    assert house.read.one(None, campaign.campaign_id) == campaign
