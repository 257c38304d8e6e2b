"""What came of a campaign: what it cost, how often it was shown, and why it is not."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from adserver.billing.budget import Balance
from adserver.billing.impression import EventKind
from adserver.booking.campaign import Campaign, CampaignState, CreativeState
from adserver.serving.decision import CHOSEN, Reason
from kernel.clock import from_ms

QUARTER_HOUR_MS = 900_000


class Day(msgspec.Struct, frozen=True):
    """Delivery on one day in the advertiser's timezone."""

    day: date
    impressions: int = 0
    cards: int = 0
    completes: int = 0
    taps: int = 0
    spent_micros: int = 0


class Why(msgspec.Struct, frozen=True):
    """Whether a campaign serves, in a code and a sentence; ``values`` fill its ``%(name)s`` marks."""

    code: str
    text: str
    values: dict[str, str] = {}

    @property
    def sentence(self) -> str:
        """In English."""
        return self.text % self.values


class Overview(msgspec.Struct, frozen=True):
    """A campaign in a list.

    Args:
        shown: its impressions and cards so far.
        spent_micros: what the ledger says is owed; the balance may be a moment ahead of it.
    """

    campaign: Campaign
    balance: Balance
    shown: int
    spent_micros: int
    why: Why

    @property
    def delivered_permille(self) -> int:
        """How much of the budget is spent; none where there is none to spend."""
        return self.spent_micros * 1000 // max(1, self.campaign.line_item.budget_micros)


class Stage(msgspec.Struct, frozen=True):
    """A stage on the way of a spot from plan to end; its rates are in permille, None of nothing."""

    name: str
    number: int
    of_planned_permille: int | None
    of_previous_permille: int | None


class Report(msgspec.Struct, frozen=True):
    """A campaign's delivery, as a whole and by day."""

    overview: Overview
    days: tuple[Day, ...]

    @property
    def total(self) -> Day:
        """All days together, dated with the first."""
        first = self.days[0].day if self.days else date.min
        return Day(
            first,
            sum(day.impressions for day in self.days),
            sum(day.cards for day in self.days),
            sum(day.completes for day in self.days),
            sum(day.taps for day in self.days),
            sum(day.spent_micros for day in self.days),
        )


_COLUMN = {
    EventKind.IMPRESSION: "impressions",
    EventKind.CARD_SHOWN: "cards",
    EventKind.COMPLETE: "completes",
    EventKind.TAP: "taps",
}


def by_day(counts: Iterable[tuple[int, EventKind, int, int]], timezone: str) -> tuple[Day, ...]:
    """Counts by quarter hour since 1970, (quarter, kind, number, micros), as days of a timezone."""
    zone, days = ZoneInfo(timezone), dict[date, dict[str, int]]()
    for quarter, kind, number, micros in counts:
        row = days.setdefault(from_ms(quarter * QUARTER_HOUR_MS).astimezone(zone).date(), {})
        row["spent_micros"] = row.get("spent_micros", 0) + micros
        if kind in _COLUMN:
            row[_COLUMN[kind]] = row.get(_COLUMN[kind], 0) + number
    return tuple(Day(day, **row) for day, row in sorted(days.items()))


_NEVER_SHOWN = {
    CHOSEN: Why("chosen", "A car nearby was given it, and has not shown it yet."),
    Reason.POD_FULL: Why(
        "others-came-first", "Cars came near, but others came first: nearer or better paid."
    ),
    Reason.COMPETITIVE_SEPARATION: Why(
        "competitor-in-the-break", "Cars came near, but a competitor was already in their break."
    ),
    Reason.ADVERTISER_IN_POD: Why(
        "another-of-yours", "Cars came near, but another promotion of yours was already in their break."
    ),
    Reason.EXCLUDED_CATEGORY: Why(
        "kept-apart", "Cars came near, but what stood in their break and this promotion are kept apart."
    ),
    Reason.FREQUENCY_CAP: Why(
        "shown-often-enough", "The cars nearby have been given it as often as its frequency cap allows."
    ),
    Reason.FORMAT_NOT_OFFERED: Why(
        "not-this-format", "Cars came near, but had no break for its films or no free card for its card."
    ),
    Reason.TOO_LONG: Why("film-too-long", "Cars came near, but their breaks were shorter than its films."),
}
"""What is said of one that was never shown, by what the latest decision within its reach said."""


def why(campaign: Campaign, balance: Balance, shown: int, now: datetime, latest: str = "") -> Why:
    """The first reason for which a campaign does not serve, from its own side; else that it does.

    ``shown`` is how many impressions and cards it has had; ``latest`` what the latest decision said of it.
    """
    item = campaign.line_item
    if campaign.state is CampaignState.ENDED:
        return Why("ended", "It was ended and serves no more.")
    if campaign.state is CampaignState.PAUSED:
        return Why("paused", "It is paused. Resume it to let it serve.")
    if now >= item.flight.end:
        return Why("over", "Its last day has passed.")
    unable = _creatives(campaign)
    if unable is not None:
        return unable
    if balance.spent_micros + item.price_micros > item.budget_micros:
        return Why("budget-spent", "Its budget is spent.")
    if balance.remaining_micros < item.price_micros:
        return Why("budget-reserved", "The rest of its budget is reserved for breaks that are about to play.")
    if now < item.flight.start:
        return Why("not-started", "It has not started yet.")
    if shown == 0 and latest in _NEVER_SHOWN:
        return _NEVER_SHOWN[latest]
    if shown == 0:
        values = {"radius": f"{item.radius_m / 1000:g}"}
        text = (
            "It is ready, but no car has had a break or a free card within %(radius)s km of its places yet."
        )
        return Why("nobody-near", text, values)
    return Why("serving", "It is serving.")


def _creatives(campaign: Campaign) -> Why | None:
    states = {creative.state for creative in campaign.creatives} - {CreativeState.WITHDRAWN}
    if CreativeState.APPROVED in states:
        return None
    if not states:
        return Why("no-creative", "It has no creative. Add a film, a sound or a card.")
    if CreativeState.REVIEW in states:
        return Why("in-review", "Its creative waits for approval.")
    if CreativeState.PREPARING in states:
        return Why("preparing", "Its creative is being prepared.")
    return Why("creative-refused", "None of its creatives can be shown; each says why. Add another one.")
