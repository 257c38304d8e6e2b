"""From beacons to an invoice: over the API, on the page, as PDF; the sum of the ledger."""

from datetime import UTC, datetime

import pytest

from adserver.billing.credit import CreditKind, CreditWish
from kernel.clock import iso_z
from server.engines.database import open_database
from tests.adserver.house import avail
from tests.adserver.web import OPERATOR, as_advertiser, browser


@pytest.fixture
def database(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


async def shown(house, avail_id):
    (fill,) = (await house.serve(avail(avail_id, house.clock.now()))).fills
    await house.record(fill.beacon, "impression")
    return fill


async def of_june(house):
    """Three deliveries and a refund in June."""
    campaign = await house.running()
    for n in range(3):
        await shown(house, f"a{n}")
    wish = CreditWish(CreditKind.REFUND, 4_000, "Silent film")
    await house.credit(campaign.campaign_id, "k1", wish, actor="op")
    return campaign


def july(house, day=2):
    house.clock.moment = datetime(2026, 7, day, 10, tzinfo=UTC)


async def test_a_month_that_runs_has_none(house, web):
    await of_june(house)
    early = await web.post("/v1/invoices", headers=OPERATOR, json={"month": "2026-06"})
    assert (early.status_code, early.json()["code"]) == (409, "month-not-over")
    house.clock.moment = datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC)  # it is in Paris
    assert (await web.post("/v1/invoices", headers=OPERATOR, json={"month": "2026-06"})).status_code == 409
    wrong = await web.post("/v1/invoices", headers=OPERATOR, json={"month": "June"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "month-malformed")
    assert house.read_invoices.newest(None) == []


async def test_an_invoice_is_the_sum_of_the_ledger_and_its_own_advertisers_alone(house, web):
    campaign = await of_june(house)
    july(house)
    me = as_advertiser(campaign.advertiser_id)
    assert (await web.post("/v1/invoices", headers=me, json={"month": "2026-06"})).status_code == 403
    for _ in range(2):
        issued = await web.post("/v1/invoices", headers=OPERATOR, json={"month": "2026-06"})
    (invoice,) = issued.json()["invoices"]
    assert (invoice["total_micros"], invoice["payable_micros"]) == (26_000, 30_000)
    assert [(line["kind"], line["number"], line["amount_micros"]) for line in invoice["lines"]] == [
        ("delivery", 3, 30_000),
        ("refund", 1, -4_000),
    ]
    held = {one.kind: one.balance_micros for one in (await house.audit()).holdings}
    assert invoice["total_micros"] == held["advertiser"]
    assert (await house.audit()).sound
    assert (await web.get("/v1/invoices", headers=me)).json() == issued.json()
    assert (await web.get("/v1/invoices/1", headers=me)).json() == invoice
    for nobody in ("/v1/invoices/2", "/v1/invoices/x", "/v1/invoices/99999999999", "/v1/invoices/%C2%B2"):
        assert (await web.get(nobody, headers=me)).json()["code"] == "invoice-unknown"
    other = as_advertiser("adv_other")
    assert (await web.get("/v1/invoices", headers=other)).json() == {"invoices": []}
    for path in ("/v1/invoices/1", "/v1/invoices/1/pdf", "/advertiser/invoices/1"):
        assert (await web.get(path, headers=other)).status_code == 404


async def test_what_a_tunnel_kept_is_on_the_next_invoice(house, web):
    await house.running(ends_at=datetime(2026, 7, 20, tzinfo=UTC))
    house.clock.moment = datetime(2026, 6, 30, 21, 0, tzinfo=UTC)
    kept = (await house.serve(avail("kept", house.clock.now()))).fills[0]
    at = iso_z(house.clock.now())
    await shown(house, "a1")
    house.clock.moment = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    await house.issue("2026-06", actor="op")
    await web.post("/v1/beacons", json={"events": [{"beacon": kept.beacon, "event": "start", "at": at}]})
    await shown(house, "a2")
    assert [one.total_micros for one in await house.issue("2026-06", actor="op")] == [10_000]
    july(house)
    house.clock.moment = datetime(2026, 8, 1, 10, tzinfo=UTC)
    (second,) = await house.issue("2026-07", actor="op")
    assert [(line.number, line.late) for line in second.lines] == [(1, False), (1, True)]
    assert (await house.audit()).findings == ()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "no invoice was issued"), ("fr", "aucune facture n’a été émise")]
)
async def test_a_month_without_anything_to_issue_is_said_to_be_one(house, web, language, words):
    await of_june(house)
    july(house)
    operator = OPERATOR | {"Cookie": f"lang={language}"}
    assert words not in (await web.get("/advertiser/invoices", headers=operator)).text
    page = await web.post("/advertiser/invoices", headers=operator, data={"month": "2026-04"})
    assert page.status_code == 200
    assert words in page.text
    assert "2026-04" in page.text


@pytest.mark.parametrize(("language", "words"), [("en", "To be paid"), ("fr", "À payer")])
async def test_pages(house, web, language, words):
    campaign = await of_june(house)
    me = as_advertiser(campaign.advertiser_id) | {"Cookie": f"lang={language}"}
    at = "/advertiser/invoices"
    assert "<table" not in (await web.get(at, headers=me)).text
    operator = OPERATOR | {"Cookie": f"lang={language}"}
    early = await web.post(at, headers=operator, data={"month": "2026-06"})
    assert (early.status_code, 'value="2026-06"' in early.text) == (422, True)
    july(house)
    done = await web.post(at, headers=operator, data={"month": "2026-06"})
    assert (done.status_code, done.headers["location"]) == (303, at)
    for page in (at, f"{at}/1"):
        text = (await web.get(page, headers=me)).text
        assert words in text
        assert "RC-000001" in text
        assert f"/v1/invoices/1/pdf?lang={language}" in text


async def test_the_pdf_is_the_same_file_each_time(house, web):
    campaign = await of_june(house)
    july(house)
    await house.issue("2026-06", actor="op")
    me = as_advertiser(campaign.advertiser_id)
    english, again, french = [
        await web.get(f"/v1/invoices/1/pdf{query}", headers=me) for query in ("", "?lang=de", "?lang=fr")
    ]
    assert english.headers["content-type"] == "application/pdf"
    assert english.headers["content-disposition"] == 'attachment; filename="RC-000001.pdf"'
    assert english.content == again.content != french.content
    assert b"%PDF-1." in english.content[:8]
