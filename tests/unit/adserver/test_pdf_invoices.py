"""A PDF of any length and of any European name."""

import re

import msgspec

from adserver.adapters.pdf_invoices import PdfInvoices
from adserver.billing.invoice import Invoice, InvoiceLine, LineKind
from server.pages import read_catalog, written_money

LINE = InvoiceLine("cmp_1", "Żółć & <b>Ünïcode</b> Ελλάδα Київ", LineKind.DELIVERY, 12, 1_234_567)
INVOICE = Invoice(
    1, "adv_1", "Łódź Auto", "2026-05", "Europe/Warsaw", "PLN", 1, 2, 9, 3, "acc", ("Régie", "Paris"), (LINE,)
)
PRINT = PdfInvoices(read_catalog().translate, written_money)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_a_short_one_is_one_page_and_a_long_one_goes_on():
    assert pages(PRINT(INVOICE, "fr")) == 1
    many = tuple(msgspec.structs.replace(LINE, campaign=f"{LINE.campaign} {n}") for n in range(300))
    assert pages(PRINT(msgspec.structs.replace(INVOICE, lines=many), "fr")) > 5


def test_it_embeds_its_letters_and_names_its_language():
    pdf = PRINT(INVOICE, "fr")
    assert pdf.count(b"/FontFile2") == 2
    assert b"/Lang (fr)" in pdf
    assert PRINT(INVOICE, "fr") == pdf


def test_no_word_of_it_is_missing_in_french():
    said: list[str] = []

    def say(language: str, text: str) -> str:
        said.append(text)
        return text

    late = msgspec.structs.replace(LINE, late=True, amount_micros=-5_000_000, kind=LineKind.REFUND)
    good = msgspec.structs.replace(late, kind=LineKind.MAKE_GOOD)
    PdfInvoices(say, written_money)(msgspec.structs.replace(INVOICE, lines=(LINE, late, good)), "fr")
    PdfInvoices(say, written_money)(INVOICE, "fr")
    catalog = read_catalog()
    assert [text for text in said if not catalog.knows(text)] == []
