"""Coupons by the API and the pages of their advertiser."""

import re

import httpx
import pytest

from adserver.coupons.redeem_coupon import MISSES_LIMIT
from adserver.web.coupon_form import CODES_LIMIT_BYTES
from tests.adserver.house import card_avail
from tests.adserver.web import OPERATOR, as_advertiser, browser


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


async def ordered(house, web, *, files=None, **fields) -> tuple[str, dict[str, str], httpx.Response]:
    """A campaign whose page was sent a card with a coupon: its id, its advertiser's headers, the answer."""
    campaign = await house.running(spot=False, card=False)
    me = as_advertiser(campaign.advertiser_id)
    typed = {"headline": "Come by", "coupon_title": "Free coffee", "coupon_until": "2026-07-31"}
    data = typed | {"coupon_limit": "5", "zone": "Europe/Paris"} | fields
    path = f"/advertiser/campaigns/{campaign.campaign_id}/creatives"
    return campaign.campaign_id, me, await web.post(path, headers=me, data=data, files=files)


async def saved(house, clock, vehicle_id="veh_1"):
    served = await house.serve(card_avail(f"a-{vehicle_id}", clock.now(), subject=vehicle_id))
    return await house.save(vehicle_id, served.fills[0].beacon)


async def test_the_form_orders_a_coupon_and_its_page_tells_of_it(house, web, clock):
    campaign_id, me, answer = await ordered(house, web, coupon_terms="One each")
    assert answer.status_code == 303, answer.text
    (standing,) = house.read_coupons(None, campaign_id)
    assert standing.coupon.codes == 5
    # The last day is included, by the clock of the campaign.
    assert standing.coupon.valid_until_ms == 1_785_535_200_000  # 2026-08-01T00:00+02:00
    page = (await web.get(f"/advertiser/campaigns/{campaign_id}", headers=me)).text
    assert f"/advertiser/campaigns/{campaign_id}/coupons" in page
    await saved(house, clock)
    shown = (await web.get(f"/advertiser/campaigns/{campaign_id}/coupons", headers=me)).text
    assert "Free coffee" in shown
    assert "One each" in shown


async def test_own_codes_come_as_a_file(house, web, clock):
    sent = {"coupon_codes": ("codes.csv", b"code\r\nOWN-0001-A\r\nOWN-0002-B\r\n", "text/csv")}
    _, _, answer = await ordered(house, web, files=sent, coupon_limit="")
    assert answer.status_code == 303, answer.text
    assert (await saved(house, clock)).code == "OWN-0001-A"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("ö".encode("latin-1"), "Save the file as “CSV UTF-8”."),
        (b"A" * (CODES_LIMIT_BYTES + 1), "Send a file of at most 512 KiB."),
        (b"SHORT\n", "Use 8 to 24 letters and digits."),
    ],
)
async def test_a_file_that_has_no_codes_is_refused(house, web, content, said):
    _, _, answer = await ordered(house, web, files={"coupon_codes": ("codes.csv", content, "text/csv")})
    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"coupon_title": ""}, "The coupon has no title."),
        ({"coupon_until": ""}, "Name the last day of the coupon."),
        ({"coupon_until": "2026-06-01"}, "Name a time to come"),
        ({"coupon_limit": "many"}, "Type a whole number of codes."),
        ({"coupon_limit": "0"}, "Give from 1 to 20000 codes."),
        ({"coupon_code": "ab"}, "Use 4 to 24 letters and digits."),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_added(house, web, fields, said):
    campaign_id, _, answer = await ordered(house, web, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert house.read.one(None, campaign_id).creatives == ()
    assert house.read_coupons(None, campaign_id) == []


async def test_a_card_without_a_coupon_is_added_as_ever(house, web):
    fields = {"coupon_title": "", "coupon_until": "", "coupon_limit": ""}
    none_chosen = {"coupon_codes": ("", b"", "application/octet-stream")}
    campaign_id, _, answer = await ordered(house, web, files=none_chosen, **fields)
    assert answer.status_code == 303
    assert house.read.one(None, campaign_id).creatives[0].coupon == ""


async def test_redeemed_by_the_api_and_refused_with_codes(house, web, clock):
    campaign_id, me, _ = await ordered(house, web)
    code = (await saved(house, clock)).code
    rival = as_advertiser(house.register("Rival").advertiser_id) | {"X-Account": "rival"}

    async def redeem(headers, code, **fields):
        return await web.post("/v1/coupons/redeem", headers=headers, json={"code": code, **fields})

    assert (await redeem({}, code)).status_code == 401
    theirs = await redeem(rival, code)
    assert (theirs.status_code, theirs.json()["code"]) == (403, "coupon-of-other")
    assert "coffee" not in theirs.text
    won = await redeem(me, code.lower(), receipt="R-1")
    assert (won.status_code, won.json()["title"], won.json()["repeated"]) == (200, "Free coffee", False)
    assert (await redeem(me, code, receipt="R-1")).json()["repeated"] is True
    lost = await redeem(me, code)
    assert (lost.status_code, lost.json()["code"]) == (409, "coupon-redeemed")
    assert lost.json()["fields"] == {"redeemed_at": "2026-06-15T10:00:00.000Z"}
    unknown = await redeem(me, "0000-0000-0000")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "coupon-unknown")
    assert (await redeem(me, "??")).status_code == 422
    (standing,) = (await web.get(f"/v1/campaigns/{campaign_id}/coupons", headers=me)).json()["coupons"]
    assert (standing["codes"], standing["saved"], standing["redeemed"]) == (5, 1, 1)
    assert code in (await web.get(f"/v1/campaigns/{campaign_id}/coupons.csv", headers=OPERATOR)).text


async def test_who_guesses_is_told_to_wait(house, web, clock):
    _, me, _ = await ordered(house, web)
    code = (await saved(house, clock)).code
    for n in range(MISSES_LIMIT):
        await web.post("/v1/coupons/redeem", headers=me, json={"code": f"0000-0000-{n:04}"})
    answer = await web.post("/v1/coupons/redeem", headers=me, json={"code": code})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")


async def test_redeemed_at_the_till_in_both_languages(house, web, clock):
    _, me, _ = await ordered(house, web)
    code = (await saved(house, clock)).code
    assert "Code on the customer" in (await web.get("/advertiser/redeem", headers=me)).text
    won = await web.post("/advertiser/redeem", headers=me, data={"code": code, "receipt": ""})
    assert won.status_code == 200
    assert "Redeemed." in won.text
    french = me | {"Accept-Language": "fr"}
    lost = await web.post("/advertiser/redeem", headers=french, data={"code": code, "receipt": ""})
    assert lost.status_code == 422
    assert "Il a déjà été encaissé" in lost.text
    assert '<time datetime="2026-06-15T10:00:00.000Z">' in lost.text
    wrong = await web.post("/advertiser/redeem", headers=french, data={"code": "0", "receipt": ""})
    assert "Personne n’a reçu ce code." in wrong.text


async def test_the_till_waits_where_something_is_to_be_typed(house, web, clock):
    _, me, _ = await ordered(house, web, coupon_code="SUMMER")
    await saved(house, clock)
    focused = re.compile(r'id="(\w+)"[^>]*\bautofocus')
    assert focused.findall((await web.get("/advertiser/redeem", headers=me)).text) == ["code"]
    asked = await web.post("/advertiser/redeem", headers=me, data={"code": "summer", "receipt": ""})
    assert (asked.status_code, focused.findall(asked.text)) == (422, ["receipt"])
    assert 'value="summer"' in asked.text, "what was read by a reader is not read again"
    done = await web.post("/advertiser/redeem", headers=me, data={"code": "summer", "receipt": "R-1"})
    assert (done.status_code, focused.findall(done.text)) == (200, ["code"])
