"""Budgets as counters, and reservations as the steps between an offer and a bill.

remaining + reserved + spent = budget after every operation; the scripts of
``adapters/redis_budgets.py`` hold it, each within one shard.
"""

import zlib
from enum import StrEnum

import msgspec

from adserver.booking.terms import PPM, GoalUnit

SHARDS = 16
RESERVATION_TTL_MS = 10 * 60_000
# No claim is held for longer, however late in a film its fill is expected.
HELD_LIMIT_MS = 4 * 3_600_000
EXPECTED_LIMIT_MS = HELD_LIMIT_MS - RESERVATION_TTL_MS
# A finished reservation is remembered for longer than any beacon is valid, so that none bills again.
REMEMBERED_MS = 48 * 3_600_000
# What is told again this soon was only sent twice; later, somebody plays a beacon again.
SENT_TWICE_MS = 2 * 60_000
# Of a fill whose coupon was saved: that is redeemed on another day.
COUPON_REMEMBERED_MS = 62 * 86_400_000


class Balance(msgspec.Struct, frozen=True):
    """Where a line item's budget is, in micros."""

    budget_micros: int
    remaining_micros: int
    reserved_micros: int
    spent_micros: int

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost or made."""
        parts = (self.remaining_micros, self.reserved_micros, self.spent_micros)
        return sum(parts) == self.budget_micros and min(parts) >= 0


class Standing(msgspec.Struct, frozen=True):
    """What a decision asks of counters, by line item id.

    Args:
        remaining_micros: what can still be reserved; those without counters are missing.
        done: in the unit of its goal; missing where that is its budget, or nothing was had.
        passes: what is let through, in millionths; missing for all.
    """

    remaining_micros: dict[str, int] = {}
    done: dict[str, int] = {}
    passes: dict[str, int] = {}


class Pass(msgspec.Struct, frozen=True):
    """How a line item is paced, in millionths.

    Args:
        pass_ppm: what is let through.
        plan_ppm: which share of its goal is planned by now.
        plenty_ppm: how many times its goal could be had, were all let through.
        shown: how many showings it had had by then.
        at_ms: when that was said; 0 by who says none of the last three.
    """

    pass_ppm: int = PPM
    plan_ppm: int = 0
    plenty_ppm: int = PPM
    shown: int = 0
    at_ms: int = 0


COUNTERS = {
    GoalUnit.IMPRESSIONS: "shown",
    GoalUnit.VIEWS: "completes",
    GoalUnit.TAPS: "taps",
    GoalUnit.REDEMPTIONS: "redemptions",
}
"""What the counters call what goals are counted in."""


class Reservation(msgspec.Struct, frozen=True):
    """A claim of one fill on a line item's budget; ``fill_id`` makes it idempotent.

    Args:
        expected_ms: when it is expected to play; 0 for at once.
        goal: how many of what is paid for there may be in all; 0 for any number.
        unit: what those are counted as.
    """

    fill_id: str
    line_item_id: str
    price_micros: int
    expected_ms: int = 0
    goal: int = 0
    unit: str = ""

    def expires_ms(self, now_ms: int) -> int:
        """Until when it is held, if it is claimed now: a while after it is expected.

        Once given back it is billed from what remains by then or comes back later, and never from both.
        """
        expected_ms = max(self.expected_ms, now_ms)
        return min(expected_ms + RESERVATION_TTL_MS, now_ms + HELD_LIMIT_MS)


class Hold(msgspec.Struct, frozen=True):
    """What was promised with a fill, and is paid for when the promise is kept: its price is held so long."""

    fill_id: str
    line_item_id: str
    price_micros: int
    until_ms: int


class Claim(StrEnum):
    """What became of the wish to reserve: claimed now, claimed or counted before, or refused.

    It is refused where the budget has no more, or (``reached``) where the goal would be passed.
    """

    NEW = "new"
    HELD = "held"
    REFUSED = "refused"
    REACHED = "reached"

    @property
    def ours(self) -> bool:
        """Whether it is held now."""
        return self in {Claim.NEW, Claim.HELD}


class Outcome(StrEnum):
    """What an event that was told did.

    - ``billed``: counted, and the fill is paid with it; ``noted``: counted.
    - ``repeated``: counted before; ``replayed``: the same, told anew long after it was counted.
    - ``out-of-order``: kept and flagged; counted once what must precede it has come.
    - ``implausible``: sooner than it can have been played; flagged, not counted. It may come again in time.
    - ``unbilled``: its claim had been given back, and nothing is left that could pay it. It is not counted,
      and owed for a day: paid and counted as soon as something comes back.
    - ``contradicted``: told of a fill that was given up as not used, or to be played to its end though it was
      stopped before; or the other way round.
    """

    BILLED = "billed"
    UNBILLED = "unbilled"
    NOTED = "noted"
    REPEATED = "repeated"
    REPLAYED = "replayed"
    OUT_OF_ORDER = "out-of-order"
    IMPLAUSIBLE = "implausible"
    CONTRADICTED = "contradicted"


def edit_claim(line_item_id: str, revision: int) -> str:
    """The fill by which an edit holds what it takes from a budget, until records and counters agree on it."""
    return f"edit_{line_item_id}_{revision}"


def shard(line_item_id: str) -> int:
    """Which of the shards holds the line item; the same in every process."""
    return zlib.crc32(line_item_id.encode()) % SHARDS
