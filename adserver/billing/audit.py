"""Whether the books are right: the ledger held against what was told, records, totals and counters."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from adserver.billing.budget import REMEMBERED_MS, Balance
from adserver.billing.ledger import MAKE_GOOD, REFUND, REVENUE, budget_of


class Fault(StrEnum):
    """What an audit can find of a line item, or of an advertiser's invoices.

    - ``order-differs``: the ledger's order is not the budget of the record.
    - ``charge-differs``: charges are not what was told as billed.
    - ``credit-differs``: what the ledger reversed is not what operators gave back, or more than was charged.
    - ``invoice-differs``: what the ledger holds of an advertiser's invoiced months is not what was invoiced.
    - ``total-differs``: the running total is not the sum of the charges.
    - ``spent-differs``: charges are not what the counters say is spent.
    - ``budget-differs``: the ledger's order is not the budget of the counters.
    - ``unbalanced``: the counters' remaining + reserved + spent is not their budget, or one is below 0.
    - ``counters-missing``: of one that may still be shown.
    """

    ORDER_DIFFERS = "order-differs"
    CHARGE_DIFFERS = "charge-differs"
    CREDIT_DIFFERS = "credit-differs"
    INVOICE_DIFFERS = "invoice-differs"
    TOTAL_DIFFERS = "total-differs"
    SPENT_DIFFERS = "spent-differs"
    BUDGET_DIFFERS = "budget-differs"
    UNBALANCED = "unbalanced"
    COUNTERS_MISSING = "counters-missing"


class Finding(msgspec.Struct, frozen=True, order=True):
    """One fault: what the ledger says, and what the other does.

    Args:
        subject: the line item, or for invoices the advertiser.
    """

    subject: str
    fault: Fault
    ledger_micros: int = 0
    other_micros: int = 0


class Sum(msgspec.Struct, frozen=True):
    """All transfers of one line item from one account to another."""

    debit: str
    credit: str
    line_item_id: str
    currency: str
    transfers: int
    amount_micros: int


class Record(msgspec.Struct, frozen=True):
    """What the record of a line item says."""

    line_item_id: str
    budget_micros: int
    ends_ms: int


class Books(msgspec.Struct, frozen=True):
    """What the records hold at one moment.

    Args:
        sums: of the whole ledger.
        told: by line item, how many fills were told as billed, and for how much.
        unmatched: by line item, how many of those have no charge of their amount.
        totals: the running totals by line item.
        credited: by line item, what operators gave back.
        invoiced: by advertiser and currency, what the ledger holds of the invoiced months, and what the
            invoices say.
    """

    sums: tuple[Sum, ...]
    told: dict[str, tuple[int, int]]
    unmatched: dict[str, int]
    totals: dict[str, int]
    records: tuple[Record, ...]
    credited: dict[str, int] = {}
    invoiced: dict[tuple[str, str], tuple[int, int]] = {}


class Holding(msgspec.Struct, frozen=True):
    """What an account's kind holds in a currency: debits less credits; ``kind`` is its name's first part."""

    kind: str
    currency: str
    balance_micros: int


class Audit(msgspec.Struct, frozen=True):
    """The report.

    Args:
        holdings: the trial balance; it adds up to 0 in each currency.
    """

    at_ms: int
    transfers: int
    line_items: int
    holdings: tuple[Holding, ...]
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def audit(
    books: Books, before: Mapping[str, Balance], after: Mapping[str, Balance], now_ms: int
) -> tuple[Finding, ...]:
    """What is wrong, by line item.

    Args:
        books: as they stood between ``before`` and ``after``.
        before: the counters, read before what was outstanding was posted.
        after: the same, read last; while others count, the ledger lies between the two.
        now_ms: the present.
    """
    ordered = _ordered(books.sums)
    charged = _charged(books.sums)
    reversed_ = _reversed(books.sums)
    records = {record.line_item_id: record for record in books.records}
    found: list[Finding] = []
    for item_id in sorted({*records, *ordered, *charged, *books.told, *books.totals, *books.credited}):
        fills, paid = charged.get(item_id, (0, 0))
        told, billed = books.told.get(item_id, (0, 0))
        order = ordered.get(item_id, 0)
        if item_id in records and records[item_id].budget_micros != order:
            found.append(Finding(item_id, Fault.ORDER_DIFFERS, order, records[item_id].budget_micros))
        if (fills, paid) != (told, billed) or books.unmatched.get(item_id):
            found.append(Finding(item_id, Fault.CHARGE_DIFFERS, paid, billed))
        back, given = reversed_.get(item_id, 0), books.credited.get(item_id, 0)
        if back != given or back > paid:
            found.append(Finding(item_id, Fault.CREDIT_DIFFERS, back, given))
        if paid != books.totals.get(item_id, 0):
            found.append(Finding(item_id, Fault.TOTAL_DIFFERS, paid, books.totals.get(item_id, 0)))
        if item_id in records:
            found += _counters(records[item_id], order, paid, before.get(item_id), after.get(item_id), now_ms)
    found += [
        Finding(advertiser_id, Fault.INVOICE_DIFFERS, held, said)
        for (advertiser_id, _), (held, said) in sorted(books.invoiced.items())
        if held != said
    ]
    return tuple(found)


def _counters(
    record: Record, order: int, paid: int, before: Balance | None, after: Balance | None, now_ms: int
) -> Iterable[Finding]:
    item_id = record.line_item_id
    if after is None:
        # What is long over needs none any more.
        if record.ends_ms > now_ms - REMEMBERED_MS:
            yield Finding(item_id, Fault.COUNTERS_MISSING)
        return
    if not after.balanced:
        parts = after.remaining_micros + after.reserved_micros + after.spent_micros
        yield Finding(item_id, Fault.UNBALANCED, parts, after.budget_micros)
    if not (before.spent_micros if before else 0) <= paid <= after.spent_micros:
        yield Finding(item_id, Fault.SPENT_DIFFERS, paid, after.spent_micros)
    if after.budget_micros != order:
        yield Finding(item_id, Fault.BUDGET_DIFFERS, order, after.budget_micros)


def holdings(sums: Iterable[Sum]) -> tuple[Holding, ...]:
    """The trial balance."""
    held: dict[tuple[str, str], int] = {}
    for one in sums:
        for account, micros in ((one.debit, one.amount_micros), (one.credit, -one.amount_micros)):
            key = account.partition(":")[0], one.currency
            held[key] = held.get(key, 0) + micros
    return tuple(Holding(*key, micros) for key, micros in sorted(held.items()))


def _ordered(sums: Iterable[Sum]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in sums:
        account = budget_of(one.line_item_id)
        sign = (one.credit == account) - (one.debit == account)
        found[one.line_item_id] = found.get(one.line_item_id, 0) + sign * one.amount_micros
    return found


def _reversed(sums: Iterable[Sum]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in sums:
        if one.debit in {MAKE_GOOD, REFUND}:
            found[one.line_item_id] = found.get(one.line_item_id, 0) + one.amount_micros
    return found


def _charged(sums: Iterable[Sum]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in sums:
        if one.credit == REVENUE:
            fills, paid = found.get(one.line_item_id, (0, 0))
            found[one.line_item_id] = fills + one.transfers, paid + one.amount_micros
    return found
