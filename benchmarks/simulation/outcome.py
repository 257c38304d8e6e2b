"""What came of a week: what was played, and what can be said of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from adserver.booking.campaign import LineItem, Priority
from adserver.booking.terms import Pacing
from adserver.serving.pacing import curve
from benchmarks.simulation.demand import Demand, Reach
from benchmarks.simulation.traffic import BEGINS, Scale
from kernel.clock import to_ms

HOUR_MS = 3_600_000
WARM_UP = 0.1
"""This part of a flight is left out where paces are judged."""
LARGE = 200
"""From here on a goal is large enough for its pace to be more than chance."""
ENOUGH = 1.2
"""Of supply for a goal."""


class Played(NamedTuple):
    """One impression, of a spot or a card."""

    line_item_id: str
    at_ms: int
    car: int
    card: bool


@dataclass
class Outcome:
    """Of one way of serving.

    Args:
        chosen, paced, lost: by line item, how often it was; was held back by its pace; and was let through
            and kept out by its cap or by others.
        reasons: how often each was the first that kept one out.
        took_s: of our processor.
    """

    name: str
    played: list[Played] = field(default_factory=list)
    chosen: Counter[str] = field(default_factory=Counter)
    paced: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    decisions: int = 0
    took_s: float = 0.0

    def supply(self, line_item_id: str) -> float:
        """How often it could have been shown, against those it competes with, had nothing held it back."""
        won, lost = self.chosen[line_item_id], self.lost[line_item_id]
        return won + self.paced[line_item_id] * won / max(1, won + lost)


@dataclass(frozen=True)
class Week:
    """One demand and its traffic, against which outcomes are held."""

    scale: Scale
    demand: Demand
    reach: Reach

    @property
    def hours(self) -> int:
        """How long it is."""
        return (self.scale.ends_ms - to_ms(BEGINS)) // HOUR_MS

    def by_hour(self, at_ms: Sequence[int]) -> np.ndarray:
        """How many there were until the end of each hour."""
        hours = (np.array(at_ms, dtype=np.int64) - to_ms(BEGINS)) // HOUR_MS
        return np.cumsum(np.bincount(np.clip(hours, 0, self.hours - 1), minlength=self.hours))

    def delivered(self, outcome: Outcome) -> dict[str, int]:
        """Impressions by line item."""
        return Counter(one.line_item_id for one in outcome.played)

    def paces(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """By line item and hour: how far it was from its plan, as a share of its goal, or NaN.

        Its plan is to follow the traffic in its reach, as that turned out to be, or to be ahead of it as it
        is booked. What is to be shown as fast as possible has none.
        """
        shown: dict[str, list[int]] = {}
        for one in outcome.played:
            shown.setdefault(one.line_item_id, []).append(one.at_ms)
        found = {}
        for campaign in self.demand.campaigns:
            item = campaign.line_item
            if not item.price_micros or item.pacing is Pacing.FAST:
                continue
            traffic = self.by_hour(self.reach.at_ms[self.reach.of(campaign)])
            done = self.by_hour(shown.get(item.line_item_id, []))
            plan = [curve(item.pacing, passed) for passed in traffic / max(1, traffic[-1])]
            off = done / self.demand.goal(item) - plan
            found[item.line_item_id] = np.where(self._judged(item), off, np.nan)
        return found

    def _judged(self, item: LineItem) -> np.ndarray:
        ends_ms = to_ms(BEGINS) + HOUR_MS * np.arange(1, self.hours + 1)
        from_ms = item.starts_ms + WARM_UP * (item.ends_ms - item.starts_ms)
        return (ends_ms >= from_ms) & (ends_ms <= item.ends_ms)

    def well_supplied(self, outcome: Outcome) -> list[LineItem]:
        """Line items that could have had 1.2 times their goal."""
        return [
            item
            for item in self.demand.items
            if outcome.supply(item.line_item_id) >= ENOUGH * self.demand.goal(item)
        ]

    def revenue_eur(self, outcome: Outcome, item: LineItem) -> float:
        """What can be billed: nothing beyond the budget."""
        many = min(self.delivered(outcome)[item.line_item_id], self.demand.goal(item))
        return many * item.price_micros / 1e6

    def revenue_by_hour(self, outcome: Outcome) -> np.ndarray:
        """Euros billed until the end of each hour."""
        prices = {item.line_item_id: item for item in self.demand.items}
        left = {item.line_item_id: self.demand.goal(item) for item in self.demand.items}
        earned = np.zeros(self.hours)
        for one in outcome.played:
            if left.get(one.line_item_id, 0) > 0:
                left[one.line_item_id] -= 1
                hour = min(self.hours - 1, (one.at_ms - to_ms(BEGINS)) // HOUR_MS)
                earned[hour] += prices[one.line_item_id].price_micros / 1e6
        return np.cumsum(earned)

    def beyond_cap(self, outcome: Outcome) -> dict[str, int]:
        """By line item, impressions that came to a car when its window held as many as its cap already."""
        caps = {one.line_item.line_item_id: one.line_item.caps[0] for one in self.demand.campaigns}
        found: Counter[str] = Counter()
        held: dict[tuple[str, int, bool], list[int]] = {}
        for one in outcome.played:
            cap = caps[one.line_item_id]
            times = held.setdefault((one.line_item_id, one.car, one.card), [])
            within = sum(at_ms > one.at_ms - cap.window_s * 1000 for at_ms in times[-cap.count - 1 :])
            found[one.line_item_id] += within >= cap.count
            times.append(one.at_ms)
        return found

    def summary(self, outcome: Outcome) -> dict[str, float]:
        """The numbers that the documents tell, by name."""
        delivered, paces = self.delivered(outcome), self.paces(outcome)
        rate = {
            item.line_item_id: delivered[item.line_item_id] / self.demand.goal(item)
            for item in self.demand.items
        }
        worst = {name: float(np.nanmax(np.abs(off))) for name, off in paces.items()}
        goals = {item.line_item_id: self.demand.goal(item) for item in self.demand.items}
        large = [off for name, off in worst.items() if goals[name] >= LARGE] or [0.0]
        contracts = [item for item in self.demand.items if item.priority is Priority.SPONSORSHIP]
        beyond = sum(self.beyond_cap(outcome).values())
        over = sum(
            max(0, delivered[item.line_item_id] - self.demand.goal(item)) for item in self.demand.items
        )
        return {
            "goals": sum(self.demand.goal(item) for item in self.demand.items),
            "impressions that were paid for": sum(delivered[item.line_item_id] for item in self.demand.items)
            - over,
            "shown beyond a budget": over,
            "shown beyond a cap": beyond,
            "line items with 99 % of their goal": sum(one >= 0.99 for one in rate.values()),
            "contracts with 99 % of their goal": sum(rate[item.line_item_id] >= 0.99 for item in contracts),
            "contracts": len(contracts),
            "line items that pay": len(rate),
            "pacing error, median of line items": float(np.median(list(worst.values()))),
            "pacing error, of nine in ten at most": float(np.quantile(list(worst.values()), 0.9)),
            f"pacing error, median of those with a goal of {LARGE}": float(np.median(large)),
            f"pacing error, of nine in ten with a goal of {LARGE}": float(np.quantile(large, 0.9)),
            "pacing error, mean over the hours": float(np.nanmean(np.abs(np.array(list(paces.values()))))),
            "revenue in euros": sum(self.revenue_eur(outcome, item) for item in self.demand.items),
        }
