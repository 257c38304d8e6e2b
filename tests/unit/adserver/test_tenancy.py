"""No advertiser ever sees or changes what is another's: every route answers as if it did not exist."""

import pytest

from tests.adserver.web import as_advertiser, browser


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


ROUTES = [
    ("GET", "/v1/campaigns/{}", None),
    ("GET", "/v1/campaigns/{}/report", None),
    ("GET", "/v1/campaigns/{}/report.csv", None),
    ("GET", "/v1/campaigns/{}/delivery?by=place", None),
    ("GET", "/v1/campaigns/{}/delivery.csv", None),
    ("GET", "/v1/campaigns/{}/why", None),
    ("GET", "/v1/campaigns/{}/coupons", None),
    ("GET", "/v1/campaigns/{}/coupons.csv", None),
    ("GET", "/advertiser/campaigns/{}/coupons", None),
    ("GET", "/v1/campaigns/{}/credits", None),
    ("PATCH", "/v1/campaigns/{}", {"revision": 1, "name": "Mine"}),
    ("DELETE", "/v1/campaigns/{}", None),
    ("POST", "/v1/campaigns/{}/creatives/crv_1/withdraw", None),
    ("POST", "/v1/campaigns/{}/creatives", {"headline": "Mine"}),
    ("POST", "/v1/campaigns/{}/pause", None),
    ("POST", "/v1/campaigns/{}/end", None),
    ("GET", "/advertiser/campaigns/{}", None),
    ("POST", "/advertiser/campaigns/{}/edit", None),
    ("POST", "/advertiser/campaigns/{}/remove", None),
    ("POST", "/advertiser/campaigns/{}/creatives/crv_1/withdraw", None),
    ("POST", "/advertiser/campaigns/{}/creatives", None),
    ("POST", "/advertiser/campaigns/{}/pause", None),
    ("POST", "/advertiser/campaigns/{}/end", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_anothers_campaign_does_not_exist(house, web, method, path, body):
    theirs = await house.running()
    before = house.read.one(None, theirs.campaign_id)
    me = as_advertiser(house.register("Rival").advertiser_id)
    kind = {"json": body} if path.startswith("/v1") else {"data": {"headline": "Mine"}}
    answer = await web.request(method, path.format(theirs.campaign_id), headers=me, **kind)
    assert answer.status_code == 404
    assert answer.json()["code"] == "campaign-unknown"
    assert house.read.one(None, theirs.campaign_id) == before


async def test_lists_hold_only_ones_own(house, web):
    await house.running(name="Theirs")
    me = as_advertiser(house.register("Rival").advertiser_id)
    assert (await web.get("/v1/campaigns", headers=me)).json() == {"campaigns": []}
    assert "Theirs" not in (await web.get("/advertiser", headers=me)).text


@pytest.mark.parametrize("path", ["/v1/creatives/{}/approve", "/v1/creatives/{}/reject"])
async def test_reviewing_is_for_operators(house, web, path):
    mine = await house.running()
    me = as_advertiser(mine.advertiser_id)
    creative_id = mine.creatives[0].creative_id
    assert (await web.post(path.format(creative_id), headers=me)).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"), [*ROUTES, ("GET", "/v1/campaigns", None), ("GET", "/advertiser", None)]
)
async def test_nobody_gets_in_without_signing_in(house, web, method, path, body):
    assert (await web.request(method, path.format("cmp_1"))).status_code == 401


async def test_an_account_of_no_advertiser_sees_nothing(house, web):
    theirs = await house.running()
    nobody = as_advertiser("")
    assert (await web.get("/v1/campaigns", headers=nobody)).json() == {"campaigns": []}
    assert (await web.get(f"/v1/campaigns/{theirs.campaign_id}", headers=nobody)).status_code == 404


@pytest.mark.parametrize(("role", "books"), [("manager", True), ("viewer", False), ("finance", False)])
async def test_pages_offer_only_what_the_role_may_do(house, web, role, books):
    mine = await house.running()
    headers = {"X-Role": f"{role} {mine.advertiser_id}"}
    at = f"/advertiser/campaigns/{mine.campaign_id}"
    page = (await web.get(at, headers=headers)).text
    offered = [word for word in ("pause", "end", "edit", "creatives", "remove") if f'"{at}/{word}"' in page]
    assert offered == (["pause", "end", "edit", "creatives", "remove"] if books else [])
    index = (await web.get("/advertiser", headers=headers)).text
    assert ("/advertiser/campaigns/new" in index) == books
    assert ("/advertiser/invoices" in index) == (role == "finance")
    assert ("/advertiser/redeem" in index) == (role == "manager")
    assert "/advertiser/organisations" not in index
