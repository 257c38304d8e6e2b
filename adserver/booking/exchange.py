"""What a currency is worth in that of the house, so that prices in several can be compared.

Nothing is ever billed by a rate: whoever books in a currency pays in that one.
"""

import re
from decimal import Decimal

import msgspec

from kernel.money import MICROS_PER_UNIT

CURRENCIES = ("EUR", "CHF", "CZK", "DKK", "GBP", "NOK", "PLN", "SEK", "USD")
RATE_MIN_MICROS, RATE_MAX_MICROS = MICROS_PER_UNIT // 1000, 1000 * MICROS_PER_UNIT
"""Within these the largest budget is exact in the doubles of Redis scripts (2**53)."""


class Exchange(msgspec.Struct, frozen=True):
    """The house's currency, and its rates.

    Args:
        currency: ISO 4217 code of the house's.
        rates: of others, each with what one of it is worth in the house's, in micros.
    """

    currency: str = "EUR"
    rates: tuple[tuple[str, int], ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """What can be booked in, the house's own first."""
        return self.currency, *(currency for currency, _ in self.rates)

    def rate_micros(self, currency: str) -> int:
        """What one of it is worth; 0 where there is no rate."""
        return MICROS_PER_UNIT if currency == self.currency else dict(self.rates).get(currency, 0)

    def keeping(self, currency: str) -> "Exchange":
        """With a currency that was booked in when it had a rate, or none was asked for: taken at par."""
        if currency in self.offered:
            return self
        return msgspec.structs.replace(self, rates=(*self.rates, (currency, MICROS_PER_UNIT)))


EUROS = Exchange()
"""Where no setting says otherwise."""


def worth_micros(micros: int, rate_micros: int) -> int:
    """What an amount is worth in the house's currency, rounded down to the micro."""
    return micros * rate_micros // MICROS_PER_UNIT


def read_rate(text: str) -> int | None:
    """Micros of a rate such as ``0.0405``; None where it is none, or out of range."""
    if not _RATE.fullmatch(text):
        return None
    rate_micros = int(Decimal(text).scaleb(6))
    return rate_micros if RATE_MIN_MICROS <= rate_micros <= RATE_MAX_MICROS else None


def as_rate(rate_micros: int) -> str:
    """A rate as it is read."""
    return f"{Decimal(rate_micros).scaleb(-6):f}"


_RATE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
