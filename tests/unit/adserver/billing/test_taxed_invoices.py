"""Invoices with their tax: from rates to the page, the print and the credit note; older ones as they were."""

import base64
import dataclasses
import hashlib
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from adserver.adapters.pdf_invoices import PdfInvoices
from adserver.adapters.tables import invoices
from adserver.billing.credit import CreditKind, CreditWish
from adserver.billing.invoice import NOT_TAXED_HERE, REVERSE_CHARGE, TAXED, Invoice
from adserver.billing.tax import BillTo, Issuer, Tax
from kernel.errors import Conflict
from server.engines.database import open_database
from server.pages import read_catalog, written_money
from tests.adserver.house import UNIT, avail
from tests.adserver.web import OPERATOR, as_advertiser, browser

GOLDEN = Path(__file__).parents[3] / "golden" / "invoices"
CENT = 10_000
RATES = {"FR": 2000, "CH": 810}


@pytest.fixture
def database(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def house(house):
    lines = house.issue.issuer.lines
    house.issue = dataclasses.replace(house.issue, issuer=Issuer(lines, "FR12345678901", RATES))
    return house


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


async def of_june(house, bill_to=None, deliveries=3):
    campaign = await house.running(cpm_micros=567 * UNIT)
    if bill_to is not None:
        house.bill_to.write(campaign.advertiser_id, bill_to)
    for n in range(deliveries):
        (fill,) = (await house.serve(avail(f"a{n}", house.clock.now()))).fills
        await house.record(fill.beacon, "impression")
    return campaign


def at(house, month: int):
    house.clock.moment = datetime(2026, month, 2, 10, tzinfo=UTC)


def facts(invoice) -> tuple[int, int, int]:
    return tuple(
        one // CENT for one in (invoice.net_micros, invoice.tax.amount_micros, invoice.payable_micros)
    )


async def test_net_tax_and_gross_add_up_and_the_ledger_stays_net(house):
    await of_june(house)
    at(house, 7)
    (invoice,) = await house.issue("2026-06", actor="op")
    assert (invoice.total_micros, facts(invoice)) == (1_701_000, (170, 34, 204))
    assert (invoice.issuer_vat_id, invoice.billed_to) == ("FR12345678901", ("Garage",))
    held = {one.kind: one.balance_micros for one in (await house.audit()).holdings}
    assert held["advertiser"] == invoice.total_micros
    assert (await house.audit()).sound


async def test_what_is_given_back_reverses_its_tax_and_names_what_it_corrects(house):
    campaign = await of_june(house)
    at(house, 7)
    (june,) = await house.issue("2026-06", actor="op")
    wish = CreditWish(CreditKind.REFUND, june.total_micros, "Silent film")
    await house.credit(campaign.campaign_id, "k1", wish, actor="op")
    at(house, 8)
    (july,) = await house.issue("2026-07", actor="op")
    assert july.credit_note
    assert facts(july) == (-170, -34, -204)
    assert (july.number, july.corrects, june.corrects) == (2, (1,), ())


@pytest.mark.parametrize(
    ("bill_to", "tax_cents", "reverse"),
    [
        (BillTo(country="CH"), 14, False),
        (BillTo(country="DE", vat_id="DE123456789"), 0, True),
        (BillTo(country="DE", rate_bp=1900), 32, False),
    ],
)
async def test_the_rate_is_that_of_its_country_its_own_or_owed_by_the_recipient(
    house, bill_to, tax_cents, reverse
):
    await of_june(house, bill_to)
    at(house, 7)
    (invoice,) = await house.issue("2026-06", actor="op")
    assert (facts(invoice)[1], invoice.tax.reverse_charge) == (tax_cents, reverse)
    assert (invoice.vat_id, invoice.billed_to[-1]) == (bill_to.vat_id, bill_to.country)


@pytest.mark.parametrize(
    ("issuer_id", "vat_id", "note"),
    [
        ("FR12345678901", "EL123456789", REVERSE_CHARGE),
        ("FR12345678901", "CHE123456789", NOT_TAXED_HERE),
        ("FR12345678901", "GB123456789", NOT_TAXED_HERE),
        ("FR12345678901", "XI123456789", NOT_TAXED_HERE),
        ("CHE123456789", "FR12345678901", NOT_TAXED_HERE),
    ],
)
async def test_directives_of_the_union_are_named_between_its_members_alone(house, issuer_id, vat_id, note):
    issuer = dataclasses.replace(house.issue, issuer=Issuer(("Régie",), issuer_id, RATES))
    await of_june(house, BillTo(vat_id=vat_id))
    at(house, 7)
    (invoice,) = await issuer("2026-06", actor="op")
    assert (facts(invoice)[1], invoice.tax_notes) == (0, (TAXED, note))
    assert all(read_catalog().knows(one) for one in invoice.tax_notes)


async def test_without_a_rate_none_is_issued_and_no_number_is_used(house, web):
    campaign = await of_june(house)
    other = await house.running(name="Elsewhere")
    house.bill_to.write(other.advertiser_id, BillTo(country="JP"))
    at(house, 7)
    with pytest.raises(Conflict, match="tax-rate-missing"):
        await house.issue("2026-06", actor="op")
    assert house.read_invoices.newest(None) == []
    french = OPERATOR | {"Cookie": "lang=fr"}
    page = await web.post("/advertiser/invoices", headers=french, data={"month": "2026-06"})
    assert "Garage\N{NO-BREAK SPACE}: il n’y a pas de taux de taxe pour JP." in page.text
    house.bill_to.write(other.advertiser_id, BillTo(country="FR"))
    assert [one.number for one in await house.issue("2026-06", actor="op")] == [1]
    assert house.read_invoices.newest(campaign.advertiser_id)[0].tax == Tax(2000, 34 * CENT)


async def test_what_was_issued_stays_as_it_was_whatever_becomes_of_rates_and_addresses(house):
    campaign = await of_june(house, BillTo("Garage SA", ("1 rue",), "FR"))
    at(house, 7)
    (before,) = await house.issue("2026-06", actor="op")
    house.bill_to.write(campaign.advertiser_id, BillTo("Other", (), "DE", "DE123456789"))
    house.issue = dataclasses.replace(house.issue, issuer=Issuer(("New",), "FR1234", {"FR": 100}))
    assert await house.issue("2026-06", actor="op") == [before]
    assert house.read_invoices.one(None, 1) == before


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Net", "Tax 0%", "VAT id", "DE123456789", "Reverse charge", "FR12345678901"]),
        ("fr", ["Net", "TVA 0\u202f%", "Numéro de TVA", "DE123456789", "Autoliquidation", "FR12345678901"]),
    ],
)
async def test_the_page_and_the_print_say_it(house, web, language, words):
    campaign = await of_june(house, BillTo("Garage GmbH", ("Weg 1", "Köln"), "DE", "DE123456789"))
    at(house, 7)
    (invoice,) = await house.issue("2026-06", actor="op")
    await house.credit(campaign.campaign_id, "k", CreditWish(CreditKind.REFUND, 1, "x"), actor="op")
    me = as_advertiser(campaign.advertiser_id) | {"Cookie": f"lang={language}"}
    text = (await web.get("/advertiser/invoices/1", headers=me)).text
    assert [word for word in [*words, "Garage GmbH", "Weg 1", "Köln"] if word not in text] == []
    said: list[str] = []

    def say(_language: str, sentence: str) -> str:
        said.append(sentence)
        return read_catalog().translate(language, sentence)

    corrected = msgspec.structs.replace(invoice, corrects=(1,))
    assert PdfInvoices(say, written_money)(corrected, language).startswith(b"%PDF")
    assert {"Net", "Tax", "VAT id", "Corrects"} <= set(said)
    assert any(sentence.startswith("Reverse charge") for sentence in said)
    assert [sentence for sentence in said if not read_catalog().knows(sentence)] == []


async def test_operators_write_whom_invoices_name_and_nobody_else(house, web):
    campaign = await of_june(house)
    there = f"/v1/advertisers/{campaign.advertiser_id}/bill-to"
    wanted = {"name": "Garage SA", "address": ["1 rue"], "country": "FR", "vat_id": "fr 999", "rate_bp": None}
    me = as_advertiser(campaign.advertiser_id)
    for answer in (await web.get(there, headers=me), await web.put(there, headers=me, json=wanted)):
        assert answer.status_code == 403
    assert (await web.put(there, headers=OPERATOR, json=wanted)).json()["vat_id"] == "FR999"
    assert (await web.get(there, headers=OPERATOR)).json() == wanted | {"vat_id": "FR999"}
    wrong = await web.put(there, headers=OPERATOR, json=wanted | {"country": "XX"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "country-unknown")
    nobody = await web.put("/v1/advertisers/adv_x/bill-to", headers=OPERATOR, json=wanted)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "advertiser-unknown")


async def test_the_form_keeps_what_was_typed(house, web):
    campaign = await of_june(house)
    form = f"/advertiser/billing/{campaign.advertiser_id}"
    typed = {"name": "Garage SA", "address": "1 rue\nParis", "country": "fr", "vat_id": "", "rate": "8,1"}
    done = await web.post(form, headers=OPERATOR, data=typed)
    assert (done.status_code, done.headers["location"]) == (303, "/advertiser/billing")
    kept = house.bill_to.one(campaign.advertiser_id)[1]
    assert kept == BillTo("Garage SA", ("1 rue", "Paris"), "FR", "", 810)
    assert 'value="8.1"' in (await web.get(form, headers=OPERATOR)).text
    listed = (await web.get("/advertiser/billing", headers=OPERATOR | {"Cookie": "lang=fr"})).text
    assert [word for word in ("Garage SA", "8,1\u202f%") if word not in listed] == []
    for wrong in ({"rate": "much"}, {"vat_id": "12"}, {"country": "XX"}):
        refused = await web.post(form, headers=OPERATOR | {"Cookie": "lang=fr"}, data=typed | wrong)
        assert (refused.status_code, "1 rue" in refused.text) == (422, True)
        (name,) = wrong
        assert re.search(f'id="{name}".*?class="error">[A-ZÉ]', refused.text, re.DOTALL)
    me = as_advertiser(campaign.advertiser_id)
    assert (await web.get(form, headers=me)).status_code == 403


def drawn(pdf: bytes) -> str:
    """A digest of all that is drawn and of the letters it is drawn by, however they are packed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\n?endstream", pdf, re.DOTALL)
    packed = [base64.a85decode(b"<~" + one, adobe=True) if one.endswith(b"~>") else one for one in streams]
    plain = [zlib.decompress(one) for one in packed]
    return hashlib.sha256(b"".join(plain)).hexdigest()


@pytest.mark.parametrize(
    ("language", "digest"),
    [
        ("en", "67630278c0830c8e45108b6cd0ab26c6cf3d88ff568adc02ae58c8174e5610f0"),
        ("fr", "9c55169400d6aa34e5ecfc166c019090b5086663afbf40fdbd2cfa41e0160272"),
    ],
)
async def test_one_of_before_there_were_taxes_is_shown_and_printed_as_it_was(house, web, language, digest):
    content = (GOLDEN / "before_tax.json").read_text("utf-8")
    old = msgspec.json.decode(content, type=Invoice)
    row = {name: getattr(old, name) for name in ("number", "advertiser_id", "currency", "month", "to_ms")}
    row |= {"last_transfer_id": 9, "total_micros": old.total_micros, "issued_ms": old.issued_ms}
    with house.engine.begin() as connection:
        connection.execute(insert(invoices).values(row | {"content": content}))
    assert (old.tax, old.payable_micros) == (None, old.net_micros)
    page = await web.get("/advertiser/invoices/7", headers=OPERATOR | {"Cookie": f"lang={language}"})
    shown = re.search(r'<header class="page-header">.*?</section>', page.text, re.DOTALL)
    assert shown[0] == (GOLDEN / f"before_tax.{language}.html").read_text("utf-8")
    pdf = await web.get(f"/v1/invoices/7/pdf?lang={language}", headers=OPERATOR)
    assert drawn(pdf.content) == digest
