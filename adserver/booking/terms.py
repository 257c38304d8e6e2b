"""The terms of a line item: what is paid for, what it is to reach, and how fast."""

from enum import StrEnum

import msgspec

PPM = 1_000_000
"""Shares are whole millionths."""


class Pricing(StrEnum):
    """What a price is of: a thousand showings, a film played to its end, or what somebody does."""

    CPM = "cpm"
    CPV = "cpv"
    CPA = "cpa"


class Action(StrEnum):
    """What somebody does that is paid for: a card is tapped, or a coupon redeemed at the till."""

    TAP = "tap"
    REDEMPTION = "redemption"


class GoalUnit(StrEnum):
    """What a goal is counted in. Impressions are showings, of cards, too."""

    SPEND = "spend"
    IMPRESSIONS = "impressions"
    VIEWS = "completed-views"
    TAPS = "taps"
    REDEMPTIONS = "redemptions"


class Pacing(StrEnum):
    """How a goal is spread over the flight: as traffic comes, a quarter ahead of that, or at once."""

    EVEN = "even"
    FRONT = "front-loaded"
    FAST = "fast"


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What ends a line item once it is reached. Its budget ends it in any case.

    Args:
        amount: how many; 0 for spend, whose goal is the budget.
    """

    unit: GoalUnit = GoalUnit.SPEND
    amount: int = 0


class Delivered(msgspec.Struct, frozen=True):
    """What a line item has had.

    Args:
        impressions: spots that began to play.
        cards: that were shown.
        completes: spots that were played to their end.
    """

    spent_micros: int = 0
    impressions: int = 0
    cards: int = 0
    completes: int = 0
    taps: int = 0
    redemptions: int = 0

    @property
    def shown(self) -> int:
        """Spots and cards."""
        return self.impressions + self.cards

    def of(self, unit: GoalUnit) -> int:
        """In the unit of a goal."""
        return {
            GoalUnit.SPEND: self.spent_micros,
            GoalUnit.IMPRESSIONS: self.shown,
            GoalUnit.VIEWS: self.completes,
            GoalUnit.TAPS: self.taps,
            GoalUnit.REDEMPTIONS: self.redemptions,
        }[unit]


NOTHING = Delivered()

PRIORS = {
    GoalUnit.VIEWS: (700_000, 100),
    GoalUnit.TAPS: (10_000, 300),
    GoalUnit.REDEMPTIONS: (2_000, 1_000),
}
"""How often a showing usually comes to it, in millionths, and as how many showings that is weighed."""


def usual_ppm(unit: GoalUnit) -> int:
    """How often a showing usually comes to what is counted in ``unit``, in millionths."""
    return PRIORS[unit][0] if unit in PRIORS else PPM
