"""Frequency caps over HTTP: of line items, campaigns and advertisers; by forms and by programs."""

import re
from html import unescape

import pytest

from adserver.booking.cap import FrequencyCap, Per
from adserver.web import caps_form
from tests.adserver.house import avail, place
from tests.adserver.web import as_advertiser, browser
from tests.unit.adserver.test_booking import NEW, error_beside, typed

DAY = {"count": 3, "window_s": 86_400}
SEVERAL = [{"count": 1, "window_s": 60}, {"count": 3, "window_s": 3600}, {"count": 40, "per": "life"}]


@pytest.fixture
async def web(house):
    house.places = [place("Garage du Nord")]
    async with browser(house) as client:
        yield client


@pytest.fixture
def me(house):
    return as_advertiser(house.register("Garage").advertiser_id)


def order(house, **changes):
    return {
        "name": "x",
        "starts_at": house.clock.now().isoformat(),
        "ends_at": "2199-01-01T00:00:00Z",
        "budget_micros": 10_000_000,
        "cpm_micros": 1_000_000,
        "place_ids": [house.places[0].place_id],
    } | changes


async def book(house, web, me, **changes):
    """Of a program, for a year."""
    ends = house.clock.now().replace(year=house.clock.now().year + 1).isoformat()
    return await web.post("/v1/campaigns", headers=me, json=order(house, ends_at=ends, **changes))


async def test_a_program_books_several_caps_and_changes_them(house, web, me):
    booked = await book(house, web, me, caps=SEVERAL, campaign_caps=[DAY])
    assert booked.status_code == 201, booked.text
    campaign = booked.json()
    assert campaign["line_item"]["caps"] == SEVERAL
    assert campaign["caps"] == [DAY]
    at = f"/v1/campaigns/{campaign['campaign_id']}"
    change = {"revision": 1, "caps": [{"count": 2, "per": "drive"}], "campaign_caps": []}
    changed = await web.patch(at, headers=me, json=change)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["line_item"]["caps"], changed.json()["caps"]) == (change["caps"], [])
    assert (await web.get(at, headers=me)).json()["line_item"]["caps"] == change["caps"]
    usual = await web.patch(at, headers=me, json={"revision": 2, "caps": []})
    assert usual.json()["line_item"]["caps"] == [{"count": 6, "window_s": 3600}]


async def test_one_cap_is_booked_as_before(house, web, me):
    booked = await book(house, web, me, cap={"count": 2, "window_s": 600})
    assert booked.json()["line_item"]["caps"] == [{"count": 2, "window_s": 600}]
    none = await book(house, web, me)
    assert none.json()["line_item"]["caps"] == [{"count": 6, "window_s": 3600}]


@pytest.mark.parametrize(
    ("caps", "code"),
    [
        ([{"count": 0, "window_s": 60}], "cap-out-of-range"),
        ([{"count": 1}], "cap-out-of-range"),
        ([{"count": 1, "per": "drive", "window_s": 60}], "cap-out-of-range"),
        ([DAY, DAY], "caps-alike"),
        ([{"count": 1, "window_s": 60 + n} for n in range(7)], "caps-too-many"),
    ],
)
async def test_what_no_cap_is_is_refused_at_each_level(house, web, me, caps, code):
    own = f"/v1/advertisers/{me['X-Role'].split()[1]}/caps"
    answers = [
        await book(house, web, me, caps=caps),
        await book(house, web, me, campaign_caps=caps),
        await web.put(own, headers=me, json={"caps": caps}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(422, code)] * 3
    assert house.read(None) == []
    assert (await web.get(own, headers=me)).json() == {"caps": []}


async def test_an_advertisers_caps_hold_for_all_of_its_campaigns(house, web, clock):
    mine = await house.running(name="One")
    me = as_advertiser(mine.advertiser_id)
    own = f"/v1/advertisers/{mine.advertiser_id}/caps"
    written = await web.put(own, headers=me, json={"caps": [{"count": 1, "per": "drive"}]})
    assert written.json() == {"caps": [{"count": 1, "per": "drive"}]}
    assert house.announced[-1] == "demand"
    assert len((await house.serve(avail("a1", clock.now()))).fills) == 1
    (no,) = (await house.serve(avail("a2", clock.now()))).refusals
    assert (no.reason, no.detail) == ("frequency-cap", "advertiser: 1 of 1 in this drive")
    other = as_advertiser(house.register("Other").advertiser_id)
    for call in (web.get(own, headers=other), web.put(own, headers=other, json={"caps": []})):
        assert (await call).status_code == 404
    operator = {"X-Role": "operator"}
    assert (await web.put(own, headers=operator, json={"caps": []})).status_code in {200, 403}


async def test_the_booking_form_takes_several_and_shows_them(house, web, me):
    rows = {
        "cap_count": "2",
        "cap_window_s": "3600",
        "cap_count_2": "40",
        "cap_window_s_2": "life",
        "campaign_cap_count": "5",
        "campaign_cap_window_s": "drive",
    }
    booked = await web.post(NEW, headers=me, data=typed(house, **rows))
    assert booked.status_code == 303, unescape(booked.text)
    (campaign,) = house.read(None)
    assert campaign.line_item.caps == (FrequencyCap(2, 3600), FrequencyCap(40, per=Per.LIFE))
    assert campaign.caps == (FrequencyCap(5, per=Per.DRIVE),)
    page = unescape((await web.get(booked.headers["location"], headers=me)).text)
    said = " ".join(re.search(r'<dd id="caps">(.*?)</dd>', page, re.S)[1].split())
    assert said == "films and cards apart: 2 in an hour, 40 in all; together: 5 in a drive"
    french = await web.get(booked.headers["location"], headers=me | {"Accept-Language": "fr"})
    assert "2 en une heure, 40 en tout ; ensemble : 5 par trajet" in " ".join(
        unescape(french.text).replace("\u00a0", " ").replace("\u202f", " ").split()
    )


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"cap_count_2": "x"}, "cap_count", "whole number"),
        ({"cap_count": ""}, "cap_count", "whole number"),
        ({"cap_count_2": "3", "cap_window_s_2": "3600"}, "cap_count", "count within the same"),
        ({"campaign_cap_count": "0", "campaign_cap_window_s": "life"}, "campaign_cap_count", "Allow 1 to"),
        ({"campaign_cap_count": "-"}, "campaign_cap_count", "whole number"),
    ],
)
async def test_what_the_form_cannot_read_is_said_beside_it(house, web, me, changes, field, says):
    answer = await web.post(NEW, headers=me, data=typed(house, **changes))
    assert answer.status_code == 422
    assert says in error_beside(answer.text, field)
    assert house.read(None) == []


async def test_the_campaigns_page_changes_them(house, web):
    campaign = await house.running(caps=(FrequencyCap(2, 600),))
    me, at = as_advertiser(campaign.advertiser_id), f"/advertiser/campaigns/{campaign.campaign_id}"
    page = (await web.get(at, headers=me)).text
    assert '<option value="600" selected>600 s</option>' in page, "booked by a program"
    fields = {"revision": "1", "zone": "UTC", "with_caps": "1"}
    fields |= caps_form.shown(campaign.line_item.caps, "cap")
    names = re.findall(r'name="(\w+)" (?:type="[\w-]+" )?value="([^"]*)"', page[page.index("/edit") :])
    same = {name: unescape(value) for name, value in names if name in {"name", "ends", "budget", "radius_km"}}
    chosen = {"pays_for": "cpm", "price": "10", "goal_unit": "spend", "pacing": "even", "rotation": "fit"}
    wanted = same | chosen | fields | {"cap_count_2": "9", "cap_window_s_2": "life", "markets": ""}
    changed = await web.post(f"{at}/edit", headers=me, data=wanted)
    assert changed.status_code == 303, unescape(changed.text)
    after = house.read.one(None, campaign.campaign_id)
    assert after.line_item.caps == (FrequencyCap(2, 600), FrequencyCap(9, per=Per.LIFE))
    assert after.caps == ()


async def test_an_advertiser_caps_itself_on_its_page(house, web, me):
    own = me["X-Role"].split()[1]
    sent = {"advertiser_cap_count": "8", "advertiser_cap_window_s": "86400"}
    assert (await web.post("/advertiser/caps", headers=me, data=sent)).status_code == 303
    assert house.read.advertiser(own).caps == (FrequencyCap(8, 86_400),)
    page = (await web.get("/advertiser", headers=me)).text
    assert re.search(r'name="advertiser_cap_count" value="8"', page)
    wrong = await web.post("/advertiser/caps", headers=me, data=sent | {"advertiser_cap_count": "many"})
    assert wrong.status_code == 422
    assert "whole number" in error_beside(wrong.text, "advertiser_cap_count")
    assert 'value="many"' in wrong.text
    too = await web.post("/advertiser/caps", headers=me, data=sent | {"advertiser_cap_count": "1001"})
    assert "Allow 1 to 1000" in error_beside(too.text, "advertiser_cap_count")
    assert (await web.post("/advertiser/caps", headers=me, data={})).status_code == 303
    assert house.read.advertiser(own).caps == ()
