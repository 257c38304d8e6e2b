"""Whatever does not agree with the ledger is found, and called by its name."""

import msgspec
import pytest

from adserver.billing.audit import Books, Fault, Holding, Record, Sum, audit, holdings
from adserver.billing.budget import REMEMBERED_MS, Balance

ORDERED = Sum("committed:adv_1", "budget:li_1", "li_1", "EUR", 1, 1000)
CHARGED = Sum("advertiser:adv_1", "revenue:delivered", "li_1", "EUR", 3, 300)
REFUNDED = Sum("refund", "advertiser:adv_1", "li_1", "EUR", 2, 200)
TOO_MUCH = Sum("make-good", "advertiser:adv_1", "li_1", "EUR", 1, 301)
SOUND = Books(
    sums=(ORDERED, CHARGED),
    told={"li_1": (3, 300)},
    unmatched={},
    totals={"li_1": 300},
    records=(Record("li_1", 1000, 5_000),),
)
COUNTERS = Balance(1000, 600, 100, 300)


def found(books=SOUND, before=COUNTERS, after=COUNTERS, now_ms=0):
    counters = ({"li_1": one} if one else {} for one in (before, after))
    return [one.fault for one in audit(books, *counters, now_ms)]


def test_sound_books():
    assert found() == []
    # Of a line item that was removed only what cancels itself out is left.
    gone = msgspec.structs.replace(ORDERED, debit=ORDERED.credit, credit=ORDERED.debit)
    assert found(Books((ORDERED, gone), {}, {}, {}, ()), None, None) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"records": (Record("li_1", 1001, 5_000),)}, [Fault.ORDER_DIFFERS]),
        ({"records": ()}, []),
        ({"told": {"li_1": (3, 301)}}, [Fault.CHARGE_DIFFERS]),
        ({"told": {"li_1": (4, 300)}}, [Fault.CHARGE_DIFFERS]),
        ({"told": {"li_1": (3, 300), "li_2": (1, 5)}}, [Fault.CHARGE_DIFFERS]),
        ({"unmatched": {"li_1": 2}}, [Fault.CHARGE_DIFFERS]),
        ({"credited": {"li_1": 1}}, [Fault.CREDIT_DIFFERS]),
        ({"sums": (ORDERED, CHARGED, REFUNDED), "credited": {"li_1": 200}}, []),
        ({"sums": (ORDERED, CHARGED, REFUNDED)}, [Fault.CREDIT_DIFFERS]),
        ({"sums": (ORDERED, CHARGED, TOO_MUCH), "credited": {"li_1": 301}}, [Fault.CREDIT_DIFFERS]),
        ({"invoiced": {("adv_1", "EUR"): (300, 300)}}, []),
        ({"invoiced": {("adv_1", "EUR"): (300, 299)}}, [Fault.INVOICE_DIFFERS]),
        # What is too much in one currency makes good what is missing in another to nobody.
        (
            {"invoiced": {("adv_1", "CHF"): (300, 299), ("adv_1", "EUR"): (299, 300)}},
            [Fault.INVOICE_DIFFERS, Fault.INVOICE_DIFFERS],
        ),
        ({"totals": {}}, [Fault.TOTAL_DIFFERS]),
        ({"totals": {"li_1": 299}}, [Fault.TOTAL_DIFFERS]),
        ({"sums": (CHARGED,)}, [Fault.ORDER_DIFFERS, Fault.BUDGET_DIFFERS]),
        ({"sums": (ORDERED,)}, [Fault.CHARGE_DIFFERS, Fault.TOTAL_DIFFERS, Fault.SPENT_DIFFERS]),
    ],
)
def test_records_that_differ(changes, fault):
    assert found(msgspec.structs.replace(SOUND, **changes)) == fault


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (Balance(1000, 700, 100, 200), Balance(1000, 500, 100, 400), []),  # others counted meanwhile
        (Balance(1000, 500, 100, 400), Balance(1000, 500, 100, 400), [Fault.SPENT_DIFFERS]),
        (Balance(1000, 800, 0, 200), Balance(1000, 800, 0, 200), [Fault.SPENT_DIFFERS]),
        (COUNTERS, Balance(1000, 601, 100, 300), [Fault.UNBALANCED]),
        (COUNTERS, Balance(1000, 800, -100, 300), [Fault.UNBALANCED]),
        (COUNTERS, Balance(900, 500, 100, 300), [Fault.BUDGET_DIFFERS]),
        (None, COUNTERS, []),
        (COUNTERS, None, [Fault.COUNTERS_MISSING]),
    ],
)
def test_counters_that_differ(before, after, fault):
    assert found(before=before, after=after) == fault


def test_what_is_long_over_needs_no_counters():
    assert found(after=None, now_ms=5_000 + REMEMBERED_MS - 1) == [Fault.COUNTERS_MISSING]
    assert found(after=None, now_ms=5_000 + REMEMBERED_MS) == []


def test_the_trial_balance_adds_up_to_nothing():
    held = holdings([ORDERED, CHARGED, msgspec.structs.replace(CHARGED, currency="CHF", amount_micros=7)])
    assert held == (
        Holding("advertiser", "CHF", 7),
        Holding("advertiser", "EUR", 300),
        Holding("budget", "EUR", -1000),
        Holding("committed", "EUR", 1000),
        Holding("revenue", "CHF", -7),
        Holding("revenue", "EUR", -300),
    )
