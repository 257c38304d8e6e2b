"""How postings become rows of the ledger, in the transaction of whatever causes them."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from adserver.adapters.tables import ledger_transfers
from adserver.billing.ledger import Posting


def write(connection: Connection, postings: Sequence[Posting]) -> None:
    """Post, each for the first time; a cause that was posted before breaks the key (event_id, credit)."""
    if postings:
        rows = [
            {
                "event_id": posting.event_id,
                "debit": transfer.debit,
                "credit": transfer.credit,
                "line_item_id": posting.line_item_id,
                "amount_micros": transfer.amount_micros,
                "currency": posting.currency,
                "at_ms": posting.at_ms,
            }
            for posting in postings
            for transfer in posting.transfers
        ]
        connection.execute(insert(ledger_transfers), rows)
