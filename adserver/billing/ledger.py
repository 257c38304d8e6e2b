"""The ledger: double entry, append-only. What is posted is never changed; a mistake is reversed."""

import msgspec

from adserver.billing.impression import Event

REVENUE = "revenue:delivered"


def receivable(advertiser_id: str) -> str:
    """The account of what an advertiser owes."""
    return f"advertiser:{advertiser_id}"


class Entry(msgspec.Struct, frozen=True):
    """One side of a posting; a debit is positive, a credit negative."""

    account: str
    amount_micros: int


class Posting(msgspec.Struct, frozen=True):
    """Entries that belong together and add up to zero.

    Args:
        event_id: what caused it; the same cause never posts twice.

    Raises:
        ValueError: if the entries do not balance, or an account appears twice.
    """

    event_id: str
    line_item_id: str
    at_ms: int
    currency: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if sum(entry.amount_micros for entry in self.entries) != 0:
            raise ValueError("a posting must balance")
        if len({entry.account for entry in self.entries}) != len(self.entries):
            raise ValueError("a posting names each account once")


def charge(event: Event) -> Posting | None:
    """The posting of a billed event: the advertiser owes what was delivered; None where nothing is due."""
    if event.billed_micros == 0:
        return None
    return Posting(
        event_id=event.fill_id,
        line_item_id=event.line_item_id,
        at_ms=event.at_ms,
        currency=event.currency,
        entries=(
            Entry(receivable(event.advertiser_id), event.billed_micros),
            Entry(REVENUE, -event.billed_micros),
        ),
    )
