"""Money as integer micros of a currency (1,000,000 micros = 1 unit)."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from kernel.errors import Invalid

MICROS_PER_UNIT = 1_000_000
AMOUNT_MAX_MICROS = 10**18
# As pages write thousands: by any space in French, by commas before a decimal point in English.
_SPACED = re.compile(r"[-+]?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d*)?")
_ENGLISH = re.compile(r"[-+]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:,\d{3}){2,})")
# A thousand in English, and one with three decimals in French.
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount.

    Args:
        micros: integer millionths of the unit; may be negative in a reversing entry.
        currency: ISO 4217 code.
    """

    micros: int
    currency: str = "EUR"

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.micros + other.micros, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.micros - other.micros, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise Invalid("currency-mismatch", f"{self.currency} and {other.currency} do not add up.")


def parse_amount(text: str, currency: str = "EUR") -> Money:
    """Money from what a person types (``12.50``, ``12,50``, ``1 000,50`` or ``1,000.50``).

    Raises:
        Invalid: ``amount-malformed`` if it is not a finite decimal number with at most 6 decimals;
            ``amount-ambiguous`` for what may mean thousands or decimals, such as ``1,000``;
            ``amount-too-large`` beyond :data:`AMOUNT_MAX_MICROS`.
    """
    typed = text.strip()
    if _EITHER.fullmatch(typed):
        fix = "Type it as 1000, or as 1.00."
        raise Invalid("amount-ambiguous", f"“{text}” may mean thousands or decimals.", fix=fix)
    if _SPACED.fullmatch(typed):
        typed = "".join(typed.split())
    elif _ENGLISH.fullmatch(typed):
        typed = typed.replace(",", "")
    try:
        micros = Decimal(typed.replace(",", ".")) * MICROS_PER_UNIT
        if not micros.is_finite():
            raise InvalidOperation
        large = abs(micros) > AMOUNT_MAX_MICROS
        if not large and micros != micros.to_integral_value():
            raise InvalidOperation
    except ArithmeticError:
        raise Invalid("amount-malformed", f"“{text}” is not an amount of money.") from None
    if large:
        raise Invalid("amount-too-large", "The amount is too large.", fix="Type a smaller one.")
    return Money(int(micros), currency)


def cpm_to_micros(cpm_micros: int) -> int:
    """The price of one impression from a price per thousand, rounded half to even."""
    return int((Decimal(cpm_micros) / 1000).to_integral_value(ROUND_HALF_EVEN))
