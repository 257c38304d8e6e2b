"""The whole ledger added up, on every engine; and what the guards would have to let through is found."""

import pytest
from sqlalchemy import insert

from adserver.adapters import tables
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_ledger import SqlLedger
from adserver.billing.audit import Sum
from adserver.billing.impression import Event, EventKind
from adserver.billing.ledger import REVENUE


def event(fill: str, item: str = "li_1", micros: int = 100, **changes) -> Event:
    values = {"kind": EventKind.IMPRESSION, "advertiser_id": "adv_a", "currency": "EUR", "at_ms": 5} | changes
    return Event(
        fill, line_item_id=item, creative_id="", place_id="", cell="", billed_micros=micros, **values
    )


@pytest.fixture
def books(engine):
    tables.metadata.create_all(engine)
    events = [event("f1"), event("f2", micros=30), event("f3", "li_2", currency="CHF"), event("f4", micros=0)]
    SqlLedger(engine).post([*events, event("f1", kind=EventKind.TAP, micros=0)])
    return SqlBooks(engine)


def test_everything_is_added_up(books):
    found = books.read()
    assert sorted(found.sums, key=lambda one: one.line_item_id) == [
        Sum("advertiser:adv_a", REVENUE, "li_1", "EUR", 2, 130),
        Sum("advertiser:adv_a", REVENUE, "li_2", "CHF", 1, 100),
    ]
    assert found.told == {"li_1": (2, 130), "li_2": (1, 100)}
    assert found.totals == {"li_1": 130, "li_2": 100}
    assert (found.unmatched, found.records, books.line_items()) == ({}, (), [])


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": "f8"},
        {"credit": "somebody"},
        {"debit": "advertiser:adv_b"},
        {"line_item_id": "li_3"},
        {"amount_micros": 101},
        {"currency": "USD"},
    ],
)
def test_a_bill_without_its_very_charge_is_unmatched(books, engine, changes):
    charge = {"event_id": "f9", "debit": "advertiser:adv_a", "credit": REVENUE, "line_item_id": "li_1"}
    charge |= {"amount_micros": 100, "currency": "EUR", "at_ms": 5}
    told = {name: getattr(event("f9"), name) for name in Event.__struct_fields__}
    with engine.begin() as connection:
        connection.execute(insert(tables.fill_events).values(told))
        connection.execute(insert(tables.ledger_transfers).values(charge | changes))
    assert books.read().unmatched == {"li_1": 1}
