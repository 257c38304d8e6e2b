"""Postings become rows all or none, and once."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from adserver.adapters import sql_transfers
from adserver.adapters.tables import ledger_transfers, metadata
from adserver.billing.ledger import REVENUE, Posting, Transfer

POSTING = Posting("e", "li_1", 1, "EUR", (Transfer("a", "b", 5), Transfer("c", "d", 7)))


def rows(engine):
    with engine.connect() as connection:
        found = connection.execute(ledger_transfers.select().order_by("transfer_id")).all()
    return [(row.event_id, row.debit, row.credit, row.amount_micros) for row in found]


def test_a_posting_is_written_once_and_whole(engine):
    metadata.create_all(engine)
    with engine.begin() as connection:
        sql_transfers.write(connection, [])
        sql_transfers.write(connection, [POSTING])
    expected = [("e", "a", "b", 5), ("e", "c", "d", 7)]
    assert rows(engine) == expected
    half_new = Posting("e", "li_1", 1, "EUR", (Transfer("a", "x", 5), Transfer("c", "d", 7)))
    for again in (POSTING, half_new):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            sql_transfers.write(connection, [again])
    assert rows(engine) == expected


@pytest.mark.parametrize(("debit", "amount"), [("a", 0), ("a", -1), (REVENUE, 1)])
def test_the_database_itself_refuses_what_is_no_transfer(engine, debit, amount):
    metadata.create_all(engine)
    row = {"event_id": "e", "debit": debit, "credit": REVENUE, "line_item_id": "li_1", "currency": "EUR"}
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(ledger_transfers).values(row | {"amount_micros": amount, "at_ms": 1}))
