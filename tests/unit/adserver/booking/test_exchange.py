"""Several currencies: who comes first, what can be booked, and what was booked when there was a rate."""

import re
from datetime import timedelta
from html import unescape

import msgspec
import pytest

from adserver.booking.edit_campaign import Edit
from adserver.booking.exchange import Exchange
from adserver.serving.avail import Location
from kernel.errors import Invalid
from tests.adserver.house import House
from tests.adserver.web import as_advertiser, browser

UNIT = 1_000_000
RATES = Exchange("EUR", (("CZK", 40_500), ("GBP", 1_150_000)))


@pytest.fixture
def changing(database, aredis, clock, new_id):
    """A house with these rates."""
    return lambda exchange: House(database, aredis, clock, new_id, exchange=exchange)


async def test_the_worthiest_comes_first_whatever_its_number_and_what_has_no_rate_last(changing):
    house, later = changing(RATES), changing(Exchange("EUR", (("GBP", 1_150_000),)))
    booked = {}
    for currency, cpm in (("CZK", 600), ("EUR", 50), ("GBP", 45)):
        owner = house.register(currency).advertiser_id
        order = house.order(currency=currency, cpm_micros=cpm * UNIT)
        booked[(await house.book(owner, order)).line_item.line_item_id] = currency
    later.places = house.places
    place, now_ms = house.places[0], house.clock.now_ms()
    at = Location(place.latitude, place.longitude)

    def order_at(one):
        found = one.load().candidates(at, now_ms)
        return [booked[candidate.offer.line_item.line_item_id] for candidate in found]

    # 51.75, 50 and 24.30 euros; as plain numbers it would be the other way round.
    assert order_at(house) == ["GBP", "EUR", "CZK"]
    less = msgspec.structs.replace(RATES, rates=(("CZK", 90_000), ("GBP", 1_150_000)))
    dearer = changing(less)
    dearer.places = house.places
    assert order_at(dearer) == ["CZK", "GBP", "EUR"]
    # It goes on, after all others as near.
    assert order_at(later) == ["GBP", "EUR", "CZK"]
    (last,) = [c.offer for c in later.load().candidates(at, now_ms) if c.offer.line_item.currency == "CZK"]
    assert (last.value_micros, last.price_micros, last.exhausted) == (0, 600_000, False)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "CHF"}, "currency-without-rate"),
        ({"currency": "CZK", "cpm_micros": 2_469_135}, "price-out-of-range"),
        ({"currency": "CZK", "cpm_micros": 2_469_136}, ""),
        ({"currency": "CZK", "cpm_micros": 24_691 * UNIT}, ""),
        (
            {"currency": "CZK", "cpm_micros": 24_692 * UNIT},
            "price-out-of-range",
        ),
        ({"currency": "CZK", "budget_micros": 24 * UNIT}, "budget-too-small"),
        ({"currency": "CZK", "budget_micros": 25 * UNIT}, ""),
        ({"currency": "CZK", "budget_micros": 24_000_000 * UNIT}, ""),
        ({"currency": "GBP", "budget_micros": 870_000 * UNIT}, "budget-too-large"),
        ({"currency": "GBP", "budget_micros": 869_000 * UNIT}, ""),
    ],
)
async def test_least_and_most_are_of_the_house_s_currency(changing, changes, code):
    house = changing(RATES)
    order = house.order(**{"cpm_micros": 20 * UNIT, "budget_micros": 10_000 * UNIT} | changes)
    advertiser_id = house.register("Garage").advertiser_id
    if not code:
        # As it was given: rates change nothing of what is paid.
        item = (await house.book(advertiser_id, order)).line_item
        assert (item.budget_micros, item.cpm_micros) == (order.budget_micros, order.cpm_micros)
        return
    with pytest.raises(Invalid) as caught:
        await house.book(advertiser_id, order)
    assert caught.value.code == code
    assert caught.value.fix


async def test_what_was_agreed_on_is_edited_whatever_rates_say_now(changing):
    house = changing(RATES)
    order = house.order(currency="CZK", cpm_micros=3 * UNIT, budget_micros=60 * UNIT)
    campaign = await house.book(house.register("Garage").advertiser_id, order)
    ends_at = order.ends_at + timedelta(days=1)
    weaker, without = changing(Exchange("EUR", (("CZK", 20_000),))), changing(Exchange("EUR"))
    for number, one in enumerate((weaker, without), 1):
        one.places = house.places
        edit = Edit(revision=number, name=f"Again {number}", ends_at=ends_at)
        campaign = await one.edit(None, campaign.campaign_id, edit, actor="acc")
    with pytest.raises(Invalid, match="price-out-of-range"):
        await weaker.edit(None, campaign.campaign_id, Edit(revision=3, cpm_micros=4 * UNIT), actor="acc")
    # Without a rate it is taken at par.
    with pytest.raises(Invalid, match="price-out-of-range"):
        await without.edit(None, campaign.campaign_id, Edit(revision=3, cpm_micros=UNIT // 20), actor="acc")
    after = await without.edit(None, campaign.campaign_id, Edit(revision=3, cpm_micros=UNIT), actor="acc")
    assert after.line_item.cpm_micros == UNIT


@pytest.mark.parametrize(
    ("exchange", "offered", "chosen", "said"),
    [
        (RATES, ["EUR", "CZK", "GBP"], "CZK", "Les prix se comparent en EUR"),
        # Its own currency has no rate here.
        (Exchange("CHF"), ["CHF"], "CHF", ""),
    ],
)
async def test_the_form_offers_what_can_be_booked_in(changing, exchange, offered, chosen, said):
    house = changing(exchange)
    me = as_advertiser(house.register("Garage", currency="CZK").advertiser_id)
    async with browser(house) as web:
        page = unescape((await web.get("/advertiser/campaigns/new", headers=me | {"Cookie": "lang=fr"})).text)
    (select,) = re.findall(r'<select id="currency".*?</select>', page, re.DOTALL)
    assert re.findall(r'<option value="(\w+)"', select) == offered
    assert re.findall(r'<option value="(\w+)" selected', select) == [chosen]
    assert ("Les prix se comparent" in page) == bool(said)
    assert said in page
