import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from kernel.money import Money, cpm_to_micros, parse_amount


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("12.50", 12_500_000),
        ("12,5", 12_500_000),
        (" 0.000001 ", 1),
        ("-3", -3_000_000),
        ("1000", 10**9),
        ("1 000,50", 1_000_500_000),
        ("1\u00a0000,50", 1_000_500_000),
        ("1\u202f234\u202f567,5", 1_234_567_500_000),
        ("1\u2009000", 10**9),
        ("1,000.50", 1_000_500_000),
        ("1,5", 1_500_000),
        ("1,000,000", 10**12),
        ("0,125", 125_000),
        ("1,0000", 1_000_000),
        ("1.000", 1_000_000),
    ],
)
def test_amounts_as_people_type_them(text, micros):
    assert parse_amount(text) == Money(micros, "EUR")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "NaN",
        "Infinity",
        "1e9999999",
        "0.0000001",
        "1.2.3",
        "1 00",
        "1 0000,5",
        "10 00 000",
        "1,00.5",
        "1 2",
    ],
)
def test_malformed_amounts(text):
    with pytest.raises(Invalid, match="amount-malformed"):
        parse_amount(text)


@pytest.mark.parametrize("text", ["1,000", " 12,500", "-1,000", "999,999"])
def test_what_may_be_thousands_or_decimals_is_asked_for_anew(text):
    with pytest.raises(Invalid, match="amount-ambiguous"):
        parse_amount(text)


@pytest.mark.parametrize("text", ["9" * 21, "999 999 999 999 999", "-" + "9" * 40, "1e30"])
def test_amounts_beyond_any_account(text):
    with pytest.raises(Invalid, match="amount-too-large"):
        parse_amount(text)


@given(st.integers(), st.integers())
def test_sums_are_exact(a, b):
    assert Money(a) + Money(b) - Money(b) == Money(a)


def test_currencies_do_not_mix():
    with pytest.raises(Invalid, match="currency-mismatch"):
        Money(1, "EUR") + Money(1, "USD")


def test_cpm_rounds_half_to_even():
    assert [cpm_to_micros(n) for n in (500, 1500, 12_000_000)] == [0, 2, 12_000]
