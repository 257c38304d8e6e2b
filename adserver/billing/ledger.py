"""The ledger: double entry, append-only. What is posted is never changed; a mistake is reversed.

Accounts are named by what they hold:

- ``advertiser:<id>``: what an advertiser owes: charged for what is delivered, credited by what is reversed;
- ``revenue:delivered``: what was earned with that;
- ``budget:<line item>`` against ``committed:<id>``: what may be delivered in all. It is an order, no debt:
  advertisers pay for what was delivered;
- ``make-good`` and ``refund``: what was given back of revenue.

Every transfer has two sides of one amount, so nothing that was posted can fail to balance.
"""

import msgspec

from adserver.billing.impression import Event

REVENUE = "revenue:delivered"
MAKE_GOOD = "make-good"
REFUND = "refund"


def receivable(advertiser_id: str) -> str:
    """The account of what an advertiser owes."""
    return f"advertiser:{advertiser_id}"


def committed(advertiser_id: str) -> str:
    """The account of what an advertiser has ordered."""
    return f"committed:{advertiser_id}"


def budget_of(line_item_id: str) -> str:
    """The account of what may be delivered for a line item."""
    return f"budget:{line_item_id}"


class Transfer(msgspec.Struct, frozen=True):
    """An amount from one account to another: both sides of it.

    Raises:
        ValueError: for an amount that is not positive, or an account against itself.
    """

    debit: str
    credit: str
    amount_micros: int

    def __post_init__(self) -> None:
        if self.amount_micros <= 0 or self.debit == self.credit:
            raise ValueError("a transfer moves something from one account to another")


class Posting(msgspec.Struct, frozen=True):
    """Transfers that belong together, posted all or none.

    Args:
        event_id: what caused it; the same cause never posts twice.
        at_ms: when that happened; it may have been told later.

    Raises:
        ValueError: if nothing is moved, or an account is credited twice.
    """

    event_id: str
    line_item_id: str
    at_ms: int
    currency: str
    transfers: tuple[Transfer, ...]

    def __post_init__(self) -> None:
        credited = {transfer.credit for transfer in self.transfers}
        if not credited or len(credited) != len(self.transfers):
            raise ValueError("a posting credits each account once")


def charge(event: Event) -> Posting | None:
    """The posting of a billed event: the advertiser owes what was delivered; None where nothing is due."""
    if event.billed_micros == 0:
        return None
    owed = Transfer(receivable(event.advertiser_id), REVENUE, event.billed_micros)
    return Posting(event.fill_id, event.line_item_id, event.at_ms, event.currency, (owed,))


class Commitment(msgspec.Struct, frozen=True):
    """What may be delivered for a line item, as it stands from one revision of its campaign on."""

    advertiser_id: str
    line_item_id: str
    revision: int
    currency: str
    budget_micros: int


def commit(commitment: Commitment, before_micros: int, at_ms: int) -> Posting | None:
    """The posting of an order that was booked, or changed; None where its budget stays.

    Args:
        commitment: as it stands from now on; a budget of 0 for one that is withdrawn.
        before_micros: its budget until now; 0 for a new one.
        at_ms: when.
    """
    more = commitment.budget_micros - before_micros
    if more == 0:
        return None
    customer, budget = committed(commitment.advertiser_id), budget_of(commitment.line_item_id)
    moved = Transfer(customer, budget, more) if more > 0 else Transfer(budget, customer, -more)
    event_id = f"order:{commitment.line_item_id}:{commitment.revision}"
    return Posting(event_id, commitment.line_item_id, at_ms, commitment.currency, (moved,))
