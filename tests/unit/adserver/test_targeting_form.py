"""Whom a campaign is for, on the form, on its page and by the API."""

import re
from html import unescape

import pytest
from starlette.datastructures import FormData

from adserver.billing.unsuited import UNSUITED
from adserver.booking.targeting import (
    EVERYBODY,
    Bounds,
    Day,
    Daypart,
    Driving,
    Genre,
    Modality,
    Powertrain,
    Targeting,
    faults,
    tidied,
)
from adserver.serving.avail import Car
from adserver.web import targeting_form
from adserver.web.targeting_form import read, shown, targeting_of
from tests.adserver.house import avail, place
from tests.adserver.web import as_advertiser, browser
from tests.unit.adserver.test_booking import NEW, error_beside, typed
from tests.unit.adserver.test_locales import FRENCH

WEEKDAYS = tuple(Day)[:5]
ALL = Targeting(
    dayparts=(
        Daypart(WEEKDAYS, "07:00", "09:30"),
        Daypart(WEEKDAYS, "17:00", "19:00"),
        Daypart((Day.SAT,), "22:00", "02:00"),
    ),
    languages=("fr", "en-GB"),
    driving=(Driving.PARKED, Driving.IDLING),
    modality=Modality.PICTURE,
    genres=(Genre.NEWS, Genre.CHILDREN),
    models=("Zoe", "Mégane E-Tech"),
    powertrains=(Powertrain.ELECTRIC,),
    charge_percent=Bounds(5, 30),
    fuel_percent=Bounds(below=50),
    service_due=False,
    odometer_km=Bounds(least=10_000),
)


def sent(targeting):
    """The fields as a browser would send them."""
    whom = shown(targeting)
    fields = {f"whom_{name}": text for name, text in whom.texts.items()}
    fields |= {f"whom_{name}": list(words) for name, words in whom.ticked.items()}
    for n, row in enumerate(whom.rows):
        fields |= {f"whom_days_{n}": list(row.days), f"whom_hours_{n}": row.hours}
    return fields


def form(fields):
    pairs = ((k, v) for k, vs in fields.items() for v in (vs if isinstance(vs, list) else [vs]))
    return read(FormData(list(pairs)))


@pytest.mark.parametrize("targeting", [EVERYBODY, ALL, Targeting(service_due=True)])
def test_what_is_shown_and_sent_back_is_the_same(targeting):
    again = form(sent(targeting))
    assert targeting_of(again) == (targeting, {})
    assert again.touched is (targeting != EVERYBODY)
    assert tidied(targeting) == targeting


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ("7-9", [("07:00", "09:00")]),
        ("7h30–9h, 17:00 - 24:00", [("07:30", "09:00"), ("17:00", "24:00")]),
        ("", [("00:00", "24:00")]),
    ],
)
def test_hours_are_read_as_people_write_them(hours, spans):
    targeting, errors = targeting_of(form({"whom_days_0": ["mon"], "whom_hours_0": hours}))
    assert errors == {}
    assert [(one.starts, one.ends) for one in targeting.dayparts] == spans


def test_what_cannot_be_read_is_told_beside_its_field():
    fields = {"whom_hours_0": "morning", "whom_charge_percent_below": "low", "whom_odometer_km_least": "1e5"}
    _, errors = targeting_of(form(fields))
    assert set(errors) == {"dayparts", "charge_percent", "odometer_km"}


def test_every_word_has_its_french():
    tables = ("DAYS", "DRIVING", "MODALITIES", "GENRES", "POWERTRAINS", "DUE")
    words = {word for name in tables for word in getattr(targeting_form, name).values()}
    bad = Targeting(
        dayparts=(Daypart(starts="x"),), languages=("?",), models=("x" * 99,), charge_percent=Bounds(300),
        odometer_km=Bounds(10**9),
    )  # fmt: skip
    more = [Targeting(dayparts=(Daypart(starts="24:00"),)), Targeting(dayparts=(Daypart(),) * 99)]
    said = {f"{detail} {fix}" for one in (bad, *more) for _, _, detail, fix in faults(one)}
    said |= set(targeting_of(form({"whom_hours_0": "x", "whom_charge_percent_below": "x"}))[1].values())
    players = {"News", "Music", "Sport"}  # said in the screens' room, too
    assert len(said) == 9
    answers = {sentence for both in UNSUITED.values() for sentence in both}
    assert (words | said | answers) - set(FRENCH) - players == set()


@pytest.fixture
async def web(house):
    house.places = [place("Garage", 48.12, -1.68)]
    async with browser(house) as client:
        yield client


async def test_it_is_booked_on_the_form_told_on_the_page_and_changed_there(house, web):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    wrong = await web.post(NEW, headers=me, data=typed(house, whom_hours_0="soon", whom_languages="fr"))
    assert wrong.status_code == 422
    assert "Write hours as 07:00-09:30" in wrong.text
    assert error_beside(wrong.text, "whom_languages") == ""
    assert 'name="whom_languages" value="fr"' in wrong.text
    booked = await web.post(NEW, headers=me, data=typed(house, **sent(ALL)))
    assert booked.status_code == 303, unescape(booked.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.targeting == ALL
    at = booked.headers["location"]
    page = (await web.get(at, headers=me)).text
    told = unescape(re.search(r'<dd id="for-whom">(.*?)</dd>', page, re.S)[1])
    assert told == (
        "Mon, Tue, Wed, Thu, Fri 07:00-09:30, 17:00-19:00; Sat 22:00-02:00; on screens in fr, en-GB; while "
        "the car is parked, standing in traffic; with picture only; around News, Children’s; "
        "powertrain: electric; models: Zoe, Mégane E-Tech; charge from 5 to below 30 %; fuel below 50 %; "
        "with no service due; odometer from 10000 km"
    )
    edit = {"revision": "1", "zone": "Europe/Paris", "name": "Portes ouvertes", "ends": "2026-06-20T18:30",
            "budget": "250.50", "price": "12", "radius_km": "5", "with_whom": "1"}  # fmt: skip
    same = await web.post(f"{at}/edit", headers=me, data=edit | sent(ALL) | {"markets": ""})
    assert same.status_code == 303
    wrong = await web.post(
        f"{at}/edit", headers=me, data=edit | {"revision": "2", "whom_fuel_percent_below": "?"}
    )
    assert wrong.status_code == 422
    assert "Type whole numbers, or nothing." in unescape(wrong.text)
    done = await web.post(
        f"{at}/edit", headers=me, data=edit | {"revision": "2", "markets": "fr be", "whom_languages": "de"}
    )
    assert done.status_code == 303, unescape(done.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.targeting == Targeting(languages=("de",))
    assert campaign.line_item.markets == ("FR", "BE")
    page = (await web.get(at, headers=me)).text
    assert "in FR, BE; on screens in de" in page


async def test_a_program_books_and_edits_it(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    order = {
        "name": "Open days", "starts_at": "2026-06-15T08:00:00+02:00", "ends_at": "2026-06-20T20:00:00+02:00",
        "budget_micros": 250_000_000, "cpm_micros": 12_000_000, "place_ids": list(house.order().place_ids),
        "targeting": {"dayparts": [{"days": ["mon"], "starts": "07:00", "ends": "9"}]},
    }  # fmt: skip
    refused = (await web.post("/v1/campaigns", headers=me, json=order)).json()
    assert (refused["code"], list(refused["fields"])) == ("daypart-malformed", ["dayparts"])
    order["targeting"] = {"driving": ["parked"], "charge_percent": {"below": 20}}
    booked = await web.post("/v1/campaigns", headers=me, json=order)
    assert booked.status_code == 201
    at = f"/v1/campaigns/{booked.json()['campaign_id']}"
    read_back = (await web.get(at, headers=me)).json()["line_item"]["targeting"]
    assert read_back["charge_percent"] == {"below": 20}
    changed = await web.patch(
        at, headers=me, json={"revision": 1, "targeting": {"powertrains": ["electric"]}}
    )
    assert changed.json()["line_item"]["targeting"] == {"powertrains": ["electric"]}
    unknown = await web.patch(at, headers=me, json={"revision": 2, "targeting": {"powertrain": "steam"}})
    assert unknown.status_code in (400, 422)


async def test_its_page_says_why_it_was_never_shown(house, web):
    campaign = await house.running(targeting=Targeting(charge_percent=Bounds(below=20)))
    me = as_advertiser(campaign.advertiser_id)
    at = f"/advertiser/campaigns/{campaign.campaign_id}"
    await house.serve(avail("a1", house.clock.now()))
    assert "their owners do not share what it asks for" in (await web.get(at, headers=me)).text
    await house.serve(avail("a2", house.clock.now(), car=Car(shared=True, charge_percent=80.0)))
    assert "their charge was not within its limits" in (await web.get(at, headers=me)).text
    served = await house.serve(avail("a3", house.clock.now(), car=Car(shared=True, charge_percent=8.0)))
    assert len(served.fills) == 1
