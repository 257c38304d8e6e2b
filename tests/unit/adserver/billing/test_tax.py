"""Rates by country, by advertiser, or owed by the recipient; once on the net, and reversed to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.billing.tax import (
    CENT_MICROS,
    BillTo,
    Issuer,
    Tax,
    as_percent,
    check,
    percent_bp,
    shown_percent,
    tax_for,
    tax_micros,
)
from kernel.errors import Conflict, Invalid

ISSUER = Issuer(("Régie",), "FR12345678901", {"FR": 2000, "GR": 2400})


@pytest.mark.parametrize(
    ("bill_to", "tax"),
    [
        (BillTo(), Tax(2000)),
        (BillTo(country="GR"), Tax(2400)),
        (BillTo(vat_id="FR999"), Tax(2000)),
        (BillTo(vat_id="EL123"), Tax(0, reverse_charge=True)),
        (BillTo(country="DE", vat_id="DE123"), Tax(0, reverse_charge=True)),
        (BillTo(country="DE", vat_id="DE123", rate_bp=1900), Tax(1900)),
        (BillTo(country="DE", rate_bp=0), Tax(0)),
    ],
)
def test_which_rate_it_is(bill_to, tax):
    assert tax_for(ISSUER, bill_to) == tax


def test_a_country_without_a_rate_is_not_guessed_and_without_rates_there_is_no_tax():
    with pytest.raises(Conflict, match="tax-rate-missing"):
        tax_for(ISSUER, BillTo(country="DE"))
    assert tax_for(Issuer(("Régie",)), BillTo(country="DE")) is None


@pytest.mark.parametrize(
    ("cents", "rate_bp", "tax_cents"),
    [
        (100, 2000, 20),
        (12, 2000, 2),
        (13, 2000, 3),
        (5, 1000, 1),  # half a cent goes up
        (-5, 1000, -1),
        (15, 1000, 2),
        (1, 550, 0),
        (10_000, 810, 810),
        (0, 2000, 0),
        (999, 0, 0),
    ],
)
def test_it_is_whole_cents(cents, rate_bp, tax_cents):
    assert tax_micros(cents * CENT_MICROS, rate_bp) == tax_cents * CENT_MICROS


@given(cents=st.integers(0, 10**15), rate_bp=st.integers(0, 10_000))
def test_what_is_given_back_bears_the_same_tax_and_no_cent_is_off(cents, rate_bp):
    tax = tax_micros(cents * CENT_MICROS, rate_bp)
    assert tax_micros(-cents * CENT_MICROS, rate_bp) == -tax
    assert tax % CENT_MICROS == 0
    assert abs(tax * 10_000 - cents * CENT_MICROS * rate_bp) <= CENT_MICROS * 5_000


def test_what_is_written_is_tidied():
    wanted = BillTo("  Garage  SA ", (" 1 rue ", "", "Paris"), "fr", " fr 12.345-678 901", 550)
    assert check(wanted) == BillTo("Garage SA", ("1 rue", "Paris"), "FR", "FR12345678901", 550)
    assert check(BillTo()) == BillTo()


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"name": "x" * 121}, "bill-to-too-long", "name"),
        ({"address": ("x" * 121,)}, "bill-to-too-long", "address"),
        ({"address": ("x",) * 7}, "bill-to-too-long", "address"),
        ({"country": "XX"}, "country-unknown", "country"),
        ({"vat_id": "12345"}, "vat-id-malformed", "vat_id"),
        ({"vat_id": "FR"}, "vat-id-malformed", "vat_id"),
        ({"vat_id": "XX123"}, "vat-id-malformed", "vat_id"),
        ({"vat_id": "FR<script>"}, "vat-id-malformed", "vat_id"),
        ({"rate_bp": 10_001}, "tax-rate-out-of-range", "rate"),
        ({"rate_bp": -1}, "tax-rate-out-of-range", "rate"),
    ],
)
def test_what_cannot_be_written_says_which_field(wrong, code, field):
    with pytest.raises(Invalid, match=code) as refused:
        check(BillTo(**wrong))
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    ("text", "bp"),
    [("20", 2000), ("8.1", 810), ("5,5 %", 550), ("0", 0), ("100", 10_000), ("100.01", None), ("", None)]
    + [(text, None) for text in ("-1", "20.123", "a", "١")],
)
def test_rates_are_read_in_per_cent(text, bp):
    assert percent_bp(text) == bp


def test_rates_are_written_as_they_are_read():
    for bp in (0, 1, 10, 550, 810, 2000, 10_000):
        assert percent_bp(as_percent(bp)) == bp
    assert (shown_percent(810, "en"), shown_percent(810, "fr")) == ("8.1%", "8,1\u202f%")
