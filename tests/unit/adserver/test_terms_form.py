"""Prices, goals, pacing, rotation and approach on the forms and by the API, in both languages."""

from html import unescape

import pytest

from adserver.booking.campaign import Approach, Rotation
from adserver.booking.terms import Action, Goal, GoalUnit, Pacing, Pricing
from adserver.web import terms_form
from kernel.errors import Invalid
from tests.adserver.house import place
from tests.adserver.web import as_advertiser, browser

NEW = "/advertiser/campaigns/new"


@pytest.fixture
async def web(house):
    house.places = [place("Garage du Nord", 48.12, -1.68)]
    async with browser(house) as client:
        yield client


def typed(house, **changes):
    return {
        "name": "Open days", "category": "automotive", "timezone": "Europe/Paris",
        "starts": "2026-06-15T12:00", "ends": "2026-06-20T18:30", "budget": "250", "currency": "EUR",
        "radius_km": "5", "cap_count": "4", "cap_window_s": "3600", "headline": "Coffee", "latitude": "48.1",
        "longitude": "-1.7", "within_km": "50", "place_id": house.places[0].place_id, "pays_for": "cpm",
        "price": "12", "do": "book",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "pricing", "action", "price"),
    [
        ({"pays_for": "cpm", "price": "12,50"}, Pricing.CPM, Action.TAP, 12_500),
        ({"pays_for": "cpv", "price": "0,02"}, Pricing.CPV, Action.TAP, 20_000),
        ({"pays_for": "tap", "price": "0.50"}, Pricing.CPA, Action.TAP, 500_000),
        ({"pays_for": "redemption", "price": "4"}, Pricing.CPA, Action.REDEMPTION, 4_000_000),
    ],
)
async def test_each_price_is_booked_shown_and_changed(house, web, fields, pricing, action, price):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    booked = await web.post(NEW, headers=me, data=typed(house, **fields))
    assert booked.status_code == 303, unescape(booked.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    item = campaign.line_item
    assert (item.pricing, item.action, item.price_micros) == (pricing, action, price)
    page = (await web.get(booked.headers["location"], headers=me)).text
    assert f"for {terms_form.PAYS[fields['pays_for']]}" in page
    other = "tap" if pricing is Pricing.CPM else "cpm"
    edit = {"revision": "1", "name": "Open days", "pays_for": other, "price": "5"}
    shown = {"ends": "2026-06-20T18:30", "zone": "Europe/Paris", "budget": "250", "radius_km": "5"}
    saved = await web.post(f"{booked.headers['location']}/edit", headers=me, data=edit | shown)
    assert saved.status_code == 303, unescape(saved.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert terms_form.pays_for(campaign.line_item) == other
    assert campaign.revision == 2


async def test_goal_pacing_rotation_and_approach_are_booked_and_edited(house, web):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    wish = {
        "goal_unit": "taps", "goal_amount": "1 500", "pacing": "front-loaded", "rotation": "sequence",
        "anyway": ["closed"], "detour_max_min": "12",
    }  # fmt: skip
    booked = await web.post(NEW, headers=me, data=typed(house, **wish))
    assert booked.status_code == 303, unescape(booked.text)
    at = booked.headers["location"]
    (campaign,) = house.read(advertiser.advertiser_id)
    item = campaign.line_item
    assert (item.goal, item.pacing) == (Goal(GoalUnit.TAPS, 1500), Pacing.FRONT)
    assert (item.rotation, item.approach) == (
        Rotation.SEQUENCE,
        Approach(open_on_arrival=False, detour_max_min=12),
    )
    page = unescape((await web.get(at, headers=me | {"Cookie": "lang=fr"})).text)
    assert "1\u202f500 appuis</dd>" in page
    assert "avec un quart d’avance sur un rythme régulier" in page
    edit = {"revision": "1", "zone": "Europe/Paris", "with_approach": "1", "anyway": ["behind", "beyond"]}
    edit |= {"goal_unit": "spend", "goal_amount": "1500", "pacing": "fast", "rotation": "weight"}
    edit |= {"name": "Open days", "ends": "2026-06-20T18:30", "budget": "250", "radius_km": "5"}
    edit |= {"detour_max_min": ""}
    saved = await web.post(f"{at}/edit", headers=me, data=edit)
    assert saved.status_code == 303, unescape(saved.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    item = campaign.line_item
    assert (item.goal, item.pacing, item.rotation) == (Goal(), Pacing.FAST, Rotation.WEIGHT)
    assert item.approach == Approach(ahead=False, in_range=False)
    # What is not sent stays, and what is as it was changes nothing.
    few = {"revision": "2", "name": "Open days", "zone": "Europe/Paris", "price": "12,0"}
    few |= {"ends": "2026-06-20T18:30", "budget": "250", "radius_km": "5"}
    assert (await web.post(f"{at}/edit", headers=me, data=few)).status_code == 303
    assert house.read(advertiser.advertiser_id)[0].line_item == item


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"price": "1,000"}, "This may mean a thousand or one. Type it as 1000, or as 1.00."),
        ({"budget": "1,000"}, "This may mean a thousand or one. Type it as 1000, or as 1.00."),
        ({"price": "much"}, terms_form.AMOUNT_MEANT),
        (
            {"pays_for": "cpv", "price": "12"},
            "Offer from 0.001 to 10.00, in the house's",
        ),
        (
            {"pays_for": "tap", "price": "0.001"},
            "Offer from 0.01 to 1,000.00, in the house's",
        ),
        ({"goal_unit": "taps", "goal_amount": ""}, "The goal is out of range."),
        ({"goal_unit": "impressions", "goal_amount": "many"}, "Type a whole number, such as 20000."),
        ({"detour_max_min": "12.5"}, "Type the detour as a whole number of minutes."),
    ],
)
async def test_what_cannot_be_meant_is_told_on_both_forms(house, web, wrong, said):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    refused = await web.post(NEW, headers=me, data=typed(house, **wrong))
    assert refused.status_code == 422
    assert said in unescape(refused.text)
    booked = await web.post(NEW, headers=me, data=typed(house))
    edit = {"revision": "1", "zone": "Europe/Paris", "name": "Open days", "ends": "2026-06-20T18:30"}
    edit |= {"budget": "250", "radius_km": "5", "with_approach": "1"} | wrong
    refused = await web.post(f"{booked.headers['location']}/edit", headers=me, data=edit)
    assert refused.status_code == 422
    assert said in unescape(refused.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.revision == 1


async def test_a_program_books_and_edits_them(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    order = {
        "name": "Views", "starts_at": "2026-06-15T08:00:00+02:00", "ends_at": "2026-06-20T20:00:00+02:00",
        "budget_micros": 250_000_000, "cpv_micros": 20_000, "place_ids": [house.places[0].place_id],
        "goal": {"unit": "completed-views", "amount": 10_000}, "pacing": "front-loaded",
    }  # fmt: skip
    booked = (await web.post("/v1/campaigns", headers=me, json=order)).json()
    item = booked["line_item"]
    assert (item["cpm_micros"], item["cpv_micros"], item["pacing"]) == (0, 20_000, "front-loaded")
    assert item["goal"] == {"unit": "completed-views", "amount": 10_000}
    at = f"/v1/campaigns/{booked['campaign_id']}"
    changed = (await web.patch(at, headers=me, json={"revision": 1, "cpm_micros": 9_000_000})).json()
    assert (changed["line_item"]["cpm_micros"], changed["line_item"]["cpv_micros"]) == (9_000_000, 0)
    for wrong, code in (
        ({"cpm_micros": 10**6, "cpa_micros": 10**6}, "price-ambiguous"),
        ({"goal": {"unit": "spend", "amount": 5}}, "goal-is-budget"),
        ({"goal": {"unit": "taps"}}, "goal-out-of-range"),
    ):
        refused = await web.patch(at, headers=me, json={"revision": 2} | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        refused = await web.post("/v1/campaigns", headers=me, json=order | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    report = (await web.get(f"{at}/report", headers=me)).json()["overview"]
    assert (report["done"], report["goal"], report["pace"]["unit"]) == (0, 10_000, "completed-views")


@pytest.mark.parametrize(
    ("text", "number"), [("", 0), (" 12 ", 12), ("20 000", 20_000), ("1\u202f500", 1500)]
)
def test_whole_numbers(text, number):
    assert terms_form.whole(text) == number


@pytest.mark.parametrize("text", ["1,500", "1.5", "-1", "many", "²"])
def test_what_is_no_whole_number(text):
    with pytest.raises(ValueError, match=r".*"):
        terms_form.whole(text)


def test_an_amount_says_what_to_do():
    for text, said in (("1,000", terms_form.AMOUNT_AMBIGUOUS), ("x", terms_form.AMOUNT_MEANT)):
        with pytest.raises(Invalid) as refused:
            terms_form.amount(text)
        assert terms_form.meant(refused.value) == said
