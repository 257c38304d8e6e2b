import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from kernel.money import Money, cpm_to_micros, parse_amount


@pytest.mark.parametrize(
    ("text", "micros"),
    [("12.50", 12_500_000), ("12,5", 12_500_000), (" 0.000001 ", 1), ("-3", -3_000_000), ("1000", 10**9)],
)
def test_amounts_as_people_type_them(text, micros):
    assert parse_amount(text) == Money(micros, "EUR")


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1e999999", "0.0000001", "1.2.3", "9" * 40])
def test_malformed_amounts(text):
    with pytest.raises(Invalid, match="amount-malformed"):
        parse_amount(text)


@given(st.integers(), st.integers())
def test_sums_are_exact(a, b):
    assert Money(a) + Money(b) - Money(b) == Money(a)


def test_currencies_do_not_mix():
    with pytest.raises(Invalid, match="currency-mismatch"):
        Money(1, "EUR") + Money(1, "USD")


def test_cpm_rounds_half_to_even():
    assert [cpm_to_micros(n) for n in (500, 1500, 12_000_000)] == [0, 2, 12_000]
