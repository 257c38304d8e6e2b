"""An invoice: a month of the ledger for an advertiser, numbered without gaps, never changed once issued.

It holds what was charged and what was given back in the month, by the advertiser's own clock, and what was
told too late for the invoices before. So all invoices together are the ledger, and nothing is in two of them.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from adserver.billing.tax import CENT_MICROS, Tax, within_union
from kernel.clock import from_ms, to_ms
from kernel.errors import Conflict, Invalid, NotFound

NO_TAX = "Amounts are without tax."
TAXED = "Amounts of campaigns are without tax. It is computed once, on the net, half a cent up."
REVERSE_CHARGE = (
    "Reverse charge: the tax is owed by whoever is billed (Articles 44 and 196 of Directive 2006/112/EC)."
)
NOT_TAXED_HERE = "Without tax: the service is taxed where whoever is billed is established."
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class LineKind(StrEnum):
    """What a line is for."""

    DELIVERY = "delivery"
    REFUND = "refund"
    MAKE_GOOD = "make-good"


class InvoiceLine(msgspec.Struct, frozen=True):
    """What was charged or given back of a campaign.

    Args:
        number: how many deliveries, or credits.
        amount_micros: below 0 for what was given back.
        late: of an earlier month, told or given after its invoice.
    """

    campaign_id: str
    campaign: str
    kind: LineKind
    number: int
    amount_micros: int
    late: bool = False


class Invoice(msgspec.Struct, frozen=True):
    """One that was issued; everything on it is as it was then.

    Args:
        number: 1, 2, 3 … of this installation; 0 while it is only drafted.
        month: ``2026-05``.
        from_ms, to_ms: the month in ``timezone``.
        last_transfer_id: the newest transfer that was there.
        issuer: who issues it: name, address and whatever the law wants, in lines.
        billed_to: who pays, in lines; none on those of older versions, which name the advertiser.
        issuer_vat_id, vat_id: of both; empty for none.
        tax: None where none was computed.
        corrects: the numbers of the invoices on which stands what it gives back.
    """

    number: int
    advertiser_id: str
    advertiser: str
    month: str
    timezone: str
    currency: str
    from_ms: int
    to_ms: int
    last_transfer_id: int
    issued_ms: int
    issued_by: str
    issuer: tuple[str, ...]
    lines: tuple[InvoiceLine, ...]
    billed_to: tuple[str, ...] = ()
    issuer_vat_id: str = ""
    vat_id: str = ""
    tax: Tax | None = None
    corrects: tuple[int, ...] = ()

    def issued(
        self, number: int, last_transfer_id: int, lines: tuple[InvoiceLine, ...], corrects: tuple[int, ...]
    ) -> "Invoice":
        """The draft as it is issued, its tax computed."""
        whole = msgspec.structs.replace(
            self, number=number, last_transfer_id=last_transfer_id, lines=lines, corrects=corrects
        )
        if self.tax is None:
            return whole
        return msgspec.structs.replace(whole, tax=self.tax.of(whole.net_micros))

    @property
    def shown_number(self) -> str:
        """As it is written."""
        return shown_number(self.number)

    @property
    def issued_on(self) -> date:
        """The day on which it was issued, by the advertiser's own clock."""
        return from_ms(self.issued_ms).astimezone(ZoneInfo(self.timezone)).date()

    @property
    def total_micros(self) -> int:
        """The sum of the ledger, to the micro."""
        return sum(line.amount_micros for line in self.lines)

    @property
    def net_micros(self) -> int:
        """The total in whole cents, half a cent to the even one."""
        cents, rest = divmod(self.total_micros, CENT_MICROS)
        up = rest * 2 > CENT_MICROS or (rest * 2 == CENT_MICROS and cents % 2 == 1)
        return (cents + up) * CENT_MICROS

    @property
    def payable_micros(self) -> int:
        """What is to be paid: the net, with its tax."""
        return self.net_micros + (self.tax.amount_micros if self.tax else 0)

    @property
    def tax_notes(self) -> tuple[str, ...]:
        """What must be said of its tax."""
        if self.tax is None:
            return (NO_TAX,)
        if not self.tax.reverse_charge:
            return (TAXED,)
        within = within_union(self.issuer_vat_id, self.vat_id)
        return (TAXED, REVERSE_CHARGE if within else NOT_TAXED_HERE)

    @property
    def credit_note(self) -> bool:
        """Whether the advertiser is owed it."""
        return self.payable_micros < 0


def shown_number(number: int) -> str:
    """As it is written."""
    return f"RC-{number:06}"


def month_of(text: str, timezone: str) -> tuple[int, int]:
    """The first millisecond of a month, and that of the next, by the clocks of ``timezone``.

    Raises:
        Invalid: ``month-malformed``.
    """
    match = _MONTH.fullmatch(text)
    if match is None:
        raise Invalid("month-malformed", "This is no month.", fix="Write it as 2026-05.")
    year, month, zone = int(match[1]), int(match[2]), ZoneInfo(timezone)
    later = (year + 1, 1) if month == 12 else (year, month + 1)
    begins, ends = (datetime(*first, 1, tzinfo=zone) for first in ((year, month), later))
    return to_ms(begins), to_ms(ends)


def check_over(to_ms: int, now_ms: int) -> None:
    """Refuse a month that still runs.

    Raises:
        Conflict: ``month-not-over``.
    """
    if now_ms < to_ms:
        fix = "Wait until it is over everywhere; a day more lets late events come in."
        raise Conflict("month-not-over", "This month is not over for every advertiser.", fix=fix)


def unknown_invoice() -> NotFound:
    """Of a number that nobody has, or somebody else."""
    return NotFound("invoice-unknown", "There is no such invoice.", fix="Open it from the list of invoices.")
