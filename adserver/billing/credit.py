"""What is given back of what was charged: a reversal of its own, never a change of what was posted.

A refund is money. A make-good is the same money, and the right to have as much delivered anew: the order
grows by it, and what is delivered then is charged as ever. Neither can exceed what the line item was charged.
"""

import re
from enum import StrEnum

import msgspec

from adserver.billing.ledger import MAKE_GOOD, REFUND, Posting, Transfer, budget_of, committed, receivable
from kernel.errors import Invalid
from kernel.money import AMOUNT_MAX_MICROS

REASON_LIMIT = 500
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class CreditKind(StrEnum):
    """How it is made good."""

    REFUND = "refund"
    MAKE_GOOD = "make-good"


class CreditWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator wants to give back, and why: the advertiser reads it."""

    kind: CreditKind
    amount_micros: int
    reason: str


class Credit(msgspec.Struct, frozen=True):
    """One that was given.

    Args:
        key: whoever gives it chooses it; the same again for the same campaign is this one.
        actor: the account that gave it.
    """

    campaign_id: str
    key: str
    kind: CreditKind
    line_item_id: str
    advertiser_id: str
    amount_micros: int
    currency: str
    reason: str
    actor: str
    at_ms: int

    @property
    def event_id(self) -> str:
        """Its cause in the ledger."""
        return f"credit:{self.line_item_id}:{self.key}"

    def repeats(self, other: "Credit") -> bool:
        """Whether both give the same, whoever asked for it and when."""
        return msgspec.structs.replace(other, actor=self.actor, at_ms=self.at_ms) == self


class Refusal(StrEnum):
    """Why it could not be written: more than was charged is left, or the campaign was changed meanwhile."""

    EXCEEDS_CHARGES = "exceeds-charges"
    CAMPAIGN_CHANGED = "campaign-changed"


def check(wish: CreditWish, key: str) -> CreditWish:
    """The wish with a tidy reason.

    Raises:
        Invalid: ``credit-key-malformed``, ``credit-amount-missing``, ``credit-amount-too-large``,
            ``credit-reason-missing`` or ``credit-reason-too-long``.
    """
    reason = " ".join(wish.reason.split())
    if not _KEY.fullmatch(key):
        fix = "Use 1 to 40 letters, digits, _ and -."
        raise Invalid("credit-key-malformed", "The key of a credit is malformed.", fix=fix)
    if wish.amount_micros <= 0:
        raise _refused("credit-amount-missing", "amount", "Type an amount above zero.")
    if wish.amount_micros > AMOUNT_MAX_MICROS:
        raise _refused("credit-amount-too-large", "amount", "Type a smaller amount.")
    if not reason:
        raise _refused("credit-reason-missing", "reason", "Say why: the advertiser reads it.")
    if len(reason) > REASON_LIMIT:
        raise _refused("credit-reason-too-long", "reason", f"Use at most {REASON_LIMIT} characters.")
    return msgspec.structs.replace(wish, reason=reason)


def posting(credit: Credit) -> Posting:
    """Its reversal of the charges; a make-good raises the order besides."""
    owed, micros = receivable(credit.advertiser_id), credit.amount_micros
    if credit.kind is CreditKind.REFUND:
        transfers: tuple[Transfer, ...] = (Transfer(REFUND, owed, micros),)
    else:
        order = Transfer(committed(credit.advertiser_id), budget_of(credit.line_item_id), micros)
        transfers = (Transfer(MAKE_GOOD, owed, micros), order)
    return Posting(credit.event_id, credit.line_item_id, credit.at_ms, credit.currency, transfers)


def _refused(code: str, field: str, fix: str) -> Invalid:
    return Invalid(code, "The credit cannot be given so.", fix=fix, fields={field: fix})
