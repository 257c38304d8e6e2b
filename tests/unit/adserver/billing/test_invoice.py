"""Months by the clocks of a place, and totals to the micro and to the cent."""

from datetime import UTC, datetime

import msgspec
import pytest

from adserver.billing.invoice import Invoice, InvoiceLine, LineKind, check_over, month_of
from kernel.clock import to_ms
from kernel.errors import Conflict, Invalid

INVOICE = Invoice(
    7, "adv_1", "Garage", "2026-05", "Europe/Paris", "EUR", 1, 2, 9, 3, "acc", ("Roadcast",), ()
)


def of(*amounts: int) -> Invoice:
    lines = tuple(InvoiceLine("cmp_1", "A", LineKind.DELIVERY, 1, micros) for micros in amounts)
    return msgspec.structs.replace(INVOICE, lines=lines)


@pytest.mark.parametrize(
    ("month", "zone", "begins", "ends"),
    [
        ("2026-05", "UTC", "2026-05-01T00:00", "2026-06-01T00:00"),
        ("2026-05", "Europe/Paris", "2026-04-30T22:00", "2026-05-31T22:00"),
        ("2026-03", "Europe/Paris", "2026-02-28T23:00", "2026-03-31T22:00"),  # an hour short
        ("2026-10", "Europe/Paris", "2026-09-30T22:00", "2026-10-31T23:00"),  # an hour long
        ("2026-12", "Pacific/Auckland", "2026-11-30T11:00", "2026-12-31T11:00"),
    ],
)
def test_a_month_is_the_advertisers_own(month, zone, begins, ends):
    expected = tuple(to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC)) for text in (begins, ends))
    assert month_of(month, zone) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "26-05", "2026-5", "2026-05-01", "1999-05", "２026-05"]
)
def test_what_is_no_month(text):
    with pytest.raises(Invalid) as caught:
        month_of(text, "UTC")
    assert caught.value.code == "month-malformed"


@pytest.mark.parametrize(
    ("amounts", "payable"),
    [
        ((), 0),
        ((1_234_567, 5), 1_230_000),
        ((1_235_000,), 1_240_000),  # half a cent goes to the even one
        ((1_245_000,), 1_240_000),
        ((1_235_001,), 1_240_000),
        ((10_000, -25_000), -20_000),
        ((10_000, -45_000), -40_000),
        ((-4_999,), 0),
    ],
)
def test_what_is_paid_is_the_total_in_whole_cents(amounts, payable):
    invoice = of(*amounts)
    assert invoice.total_micros == sum(amounts)
    assert invoice.payable_micros == payable
    assert abs(invoice.payable_micros - invoice.total_micros) <= 5_000
    assert invoice.credit_note == (payable < 0)


def test_how_it_is_numbered():
    assert INVOICE.shown_number == "RC-000007"


def test_it_is_issued_on_the_advertisers_own_day():
    at = to_ms(datetime(2026, 5, 31, 22, 30, tzinfo=UTC))
    days = {
        zone: msgspec.structs.replace(INVOICE, timezone=zone, issued_ms=at).issued_on.isoformat()
        for zone in ("UTC", "Europe/Paris")
    }
    assert days == {"UTC": "2026-05-31", "Europe/Paris": "2026-06-01"}


def test_a_month_must_be_over():
    check_over(5, 5)
    with pytest.raises(Conflict) as caught:
        check_over(5, 4)
    assert caught.value.code == "month-not-over"
