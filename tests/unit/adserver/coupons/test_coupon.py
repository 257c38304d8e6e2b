from datetime import UTC, datetime, timedelta

import pytest

from adserver.adapters.siv_sealer import SivSealer
from adserver.billing.impression import Beacon
from adserver.coupons import coupon
from adserver.coupons.coupon import Coupon, CouponOrder
from kernel.clock import to_ms
from kernel.errors import Invalid

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
NOW_MS = to_ms(NOW)
LATER = NOW + timedelta(days=30)


def order(**changes):
    values = {"title": "Free coffee", "valid_until": LATER, "limit": 10}
    return coupon.order_of(CouponOrder(**(values | changes)), NOW_MS)


def test_an_order_is_tidied():
    kept = order(title="  Free   coffee ", code=" summer 26 ")
    assert (kept.title, kept.code, kept.limit) == ("Free coffee", "SUMMER 26", 10)


def test_separators_around_a_code_are_no_part_of_it():
    assert order(limit=0, codes=("-AAAA-0001-",)).codes == ("AAAA-0001",)


def test_codes_of_ones_own_are_as_many_as_there_are():
    assert order(limit=0, codes=("AAAA-0001", "AAAA-0002")).limit == 2
    assert order(limit=1, codes=("AAAA-0001", "AAAA-0002")).limit == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " "}, "coupon-title-missing"),
        ({"title": "x" * 61}, "coupon-text-too-long"),
        ({"terms": "x" * 501}, "coupon-text-too-long"),
        ({"valid_until": NOW}, "coupon-over"),
        ({"valid_until": NOW + timedelta(days=800)}, "coupon-over"),
        ({"valid_until": datetime(2026, 7, 1)}, "coupon-over"),  # noqa: DTZ001
        ({"limit": 0}, "coupon-limit-out-of-range"),
        ({"limit": -1}, "coupon-limit-out-of-range"),
        ({"limit": 20_001}, "coupon-limit-out-of-range"),
        ({"limit": 3, "codes": ("AAAA0001", "AAAA0002")}, "coupon-limit-out-of-range"),
        ({"limit": 0, "codes": tuple(f"A{n:08}" for n in range(20_001))}, "coupon-limit-out-of-range"),
        ({"code": "abc"}, "coupon-code-malformed"),
        ({"code": "<script>"}, "coupon-code-malformed"),
        ({"codes": ("SHORT",)}, "coupon-code-malformed"),
        ({"codes": ("A" * 25,)}, "coupon-code-malformed"),
        ({"codes": ("AAAA0001", "aaaa-0001")}, "coupon-codes-repeated"),
        ({"code": "SUMMER", "codes": ("AAAA0001",)}, "coupon-code-and-codes"),
    ],
)
def test_what_cannot_be_a_coupon_says_which_field(changes, code):
    with pytest.raises(Invalid) as refused:
        order(**changes)
    assert refused.value.code == code
    assert all(name.startswith("coupon_") for name in refused.value.fields)
    assert refused.value.fields


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("AAAA0001\nAAAA0002\n", ("AAAA0001", "AAAA0002")),
        ("\ufeffcode;note\r\nAAAA0001;for Ann\r\n\r\nAAAA0002;\r\n", ("AAAA0001", "AAAA0002")),
        ('"AAAA,0001",x\n', ("AAAA,0001",)),
        ("", ()),
    ],
)
def test_codes_are_the_first_cells_of_a_csv(text, codes):
    assert coupon.read_codes(text) == codes


def test_codes_are_long_distinct_and_found_however_they_are_written():
    codes = {coupon.make_code(f"cod_{n}") for n in range(2000)}
    assert len(codes) == 2000
    for code in codes:
        assert len(coupon.fold(code)) == 12
        assert not set("ILOU") & set(code)
        assert coupon.asked_code(code.lower().replace("-", " ")) == coupon.fold(code)


@pytest.mark.parametrize("text", ["", " - ", "ÀÉÎ", "A" * 25, "a'; drop", "\u0660\u0661\u0662\u0663"])
def test_what_is_no_code_is_not_looked_for(text):
    with pytest.raises(Invalid, match="coupon-code-malformed"):
        coupon.asked_code(text)


def test_a_code_is_over_with_its_coupon_or_after_sixty_days():
    until = Coupon("c", "l", "m", "a", "t", "", NOW_MS + 90 * 86_400_000, 1, NOW_MS)
    assert coupon.expires_ms(until, NOW_MS) == NOW_MS + 60 * 86_400_000
    assert coupon.expires_ms(until, NOW_MS + 60 * 86_400_000) == NOW_MS + 90 * 86_400_000


def test_the_showing_is_sealed_without_the_vehicle_and_opened_by_older_keys():
    beacon = Beacon("fil", "li", "adv", "crv", "plc", "48.12,-1.68", 5, "EUR", True, 9, viewer="pseudonym")
    token = coupon.seal_showing(SivSealer([b"1" * 32]), beacon)
    found = coupon.showing_of(SivSealer([b"2" * 32, b"1" * 32]), token)
    assert (found.fill_id, found.price_micros, found.viewer) == ("fil", 5, "")
    assert coupon.showing_of(SivSealer([b"2" * 32]), token) is None
    assert coupon.showing_of(SivSealer([b"1" * 32]), "x") is None


def test_a_vehicle_has_a_pseudonym_for_each_key():
    keys = [SivSealer([b"2" * 32]), SivSealer([b"1" * 32])]
    found = coupon.holders_of(keys, "veh_1")
    assert len(set(found)) == 2
    assert not any("veh_1" in one for one in found)
    assert coupon.holders_of(keys[1:], "veh_1") == found[1:]
    assert not set(coupon.holders_of(keys, "veh_2")) & set(found)
