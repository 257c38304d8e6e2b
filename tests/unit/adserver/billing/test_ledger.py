"""What is posted balances by its form."""

import msgspec
import pytest

from adserver.billing.impression import Event, EventKind
from adserver.billing.ledger import REVENUE, Commitment, Posting, Transfer, charge, commit

EVENT = Event("fil_1", EventKind.IMPRESSION, "li_1", "adv_1", "crv", "plc", "", 7, 120, "CHF")
ORDER = Commitment("adv_1", "li_1", 4, "EUR", 500)


@pytest.mark.parametrize(("debit", "credit", "micros"), [("a", "b", 0), ("a", "b", -5), ("a", "a", 5)])
def test_what_moves_nothing_is_no_transfer(debit, credit, micros):
    with pytest.raises(ValueError, match="moves something"):
        Transfer(debit, credit, micros)


@pytest.mark.parametrize("transfers", [(), (Transfer("a", "b", 1), Transfer("c", "b", 1))])
def test_a_posting_credits_each_account_once(transfers):
    with pytest.raises(ValueError, match="credits each account once"):
        Posting("e", "li_1", 1, "EUR", transfers)


def test_what_was_delivered_is_owed_by_its_advertiser_and_earned():
    assert charge(EVENT) == Posting("fil_1", "li_1", 7, "CHF", (Transfer("advertiser:adv_1", REVENUE, 120),))
    assert charge(msgspec.structs.replace(EVENT, billed_micros=0)) is None


@pytest.mark.parametrize(
    ("before", "transfer"),
    [
        (0, Transfer("committed:adv_1", "budget:li_1", 500)),
        (300, Transfer("committed:adv_1", "budget:li_1", 200)),
        (900, Transfer("budget:li_1", "committed:adv_1", 400)),
    ],
)
def test_an_order_is_posted_by_what_it_changes(before, transfer):
    assert commit(ORDER, before, 9) == Posting("order:li_1:4", "li_1", 9, "EUR", (transfer,))


def test_an_order_that_stays_posts_nothing():
    assert commit(ORDER, 500, 9) is None
