"""What is given back is a reversal, with a key and a reason."""

import msgspec
import pytest

from adserver.billing.credit import Credit, CreditKind, CreditWish, check, posting
from adserver.billing.ledger import Transfer
from kernel.errors import Invalid

REFUND = Credit("cmp_1", "k1", CreditKind.REFUND, "li_1", "adv_1", 700, "EUR", "Silent film", "acc_1", 5)


@pytest.mark.parametrize(
    ("key", "changes", "code"),
    [
        ("", {}, "credit-key-malformed"),
        ("a b", {}, "credit-key-malformed"),
        ("é", {}, "credit-key-malformed"),
        ("x" * 41, {}, "credit-key-malformed"),
        ("k", {"amount_micros": 0}, "credit-amount-missing"),
        ("k", {"amount_micros": -1}, "credit-amount-missing"),
        ("k", {"amount_micros": 10**18 + 1}, "credit-amount-too-large"),
        ("k", {"reason": " \n"}, "credit-reason-missing"),
        ("k", {"reason": "x" * 501}, "credit-reason-too-long"),
    ],
)
def test_wishes_that_are_refused(key, changes, code):
    wish = msgspec.structs.replace(CreditWish(CreditKind.REFUND, 1, "Why"), **changes)
    with pytest.raises(Invalid) as caught:
        check(wish, key)
    assert (caught.value.code, bool(caught.value.fix)) == (code, True)


def test_the_longest_key_fits_the_ledger():
    longest = msgspec.structs.replace(REFUND, line_item_id="li_" + "x" * 28, key="k" * 40)
    assert len(longest.event_id) <= 80


def test_a_reason_is_tidied():
    assert check(CreditWish(CreditKind.REFUND, 1, "  Silent \n film "), "k_-1").reason == "Silent film"


def test_a_refund_reverses_and_a_make_good_raises_the_order_besides():
    assert posting(REFUND).transfers == (Transfer("refund", "advertiser:adv_1", 700),)
    good = posting(msgspec.structs.replace(REFUND, kind=CreditKind.MAKE_GOOD))
    assert good.transfers == (
        Transfer("make-good", "advertiser:adv_1", 700),
        Transfer("committed:adv_1", "budget:li_1", 700),
    )
    assert (good.event_id, good.at_ms, good.currency) == ("credit:li_1:k1", 5, "EUR")


def test_the_same_wish_by_another_hand_repeats_and_another_amount_does_not():
    assert REFUND.repeats(msgspec.structs.replace(REFUND, actor="acc_2", at_ms=9))
    assert not REFUND.repeats(msgspec.structs.replace(REFUND, amount_micros=1))
