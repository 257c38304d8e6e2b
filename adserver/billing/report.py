"""What came of a campaign: what it cost, and how often it was shown."""

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from adserver.billing.budget import Balance
from adserver.billing.impression import EventKind
from adserver.billing.pace import Pace, Reach
from adserver.billing.why import Why
from adserver.booking.campaign import Campaign
from adserver.booking.terms import Delivered, GoalUnit
from kernel.clock import from_ms
from kernel.errors import Invalid

QUARTER_HOUR_MS = 900_000


class Count(msgspec.Struct, frozen=True):
    """How often something happened in a quarter hour (counted since 1970), and what money went with it."""

    quarter: int
    kind: EventKind
    number: int
    billed_micros: int = 0
    released_micros: int = 0


class Day(msgspec.Struct, frozen=True):
    """Delivery on one day in the advertiser's timezone; each event on the day on which it happened.

    What was played had been stitched, and what was stitched had been planned; so over all days
    planned ≥ stitched ≥ impressions ≥ first quartiles ≥ … ≥ completes. What was planned was played, not used,
    has expired, or is still to come.

    Args:
        planned: spots that a break was given; cards that a screen was given are ``cards_planned``.
        stitched: spots that a playlist listed.
        impressions: spots that began to play.
        not_used: given back by the player, which will not play them.
        expired: planned, and never played in time.
        released_micros: what went back to the budget with those two, or with a film that is paid for at its
            end and was skipped, or failed.
        taps: of cards, and of those beside spots; so are navigations (to the place), calls (of it) and
            coupons (that were saved), and redemptions (of those, at a till). None counts before the promotion
            was shown.
        held: of which a later event was told, and never the start (of a card, that it was shown); they are
            not counted.
        implausible: of which an event was told sooner than it can have been played.
    """

    day: date
    planned: int = 0
    stitched: int = 0
    impressions: int = 0
    first_quartiles: int = 0
    midpoints: int = 0
    third_quartiles: int = 0
    completes: int = 0
    cards_planned: int = 0
    cards: int = 0
    taps: int = 0
    skips: int = 0
    mutes: int = 0
    navigations: int = 0
    calls: int = 0
    coupons: int = 0
    redemptions: int = 0
    errors: int = 0
    not_used: int = 0
    expired: int = 0
    held: int = 0
    implausible: int = 0
    spent_micros: int = 0
    released_micros: int = 0

    def of(self, unit: GoalUnit) -> int:
        """In the unit of a goal."""
        had = (self.spent_micros, self.impressions, self.cards, self.completes, self.taps, self.redemptions)
        return Delivered(*had).of(unit)


STAGES = (
    "planned",
    "stitched",
    "impressions",
    "first_quartiles",
    "midpoints",
    "third_quartiles",
    "completes",
)


class Overview(msgspec.Struct, frozen=True):
    """A campaign in a list.

    Args:
        shown: its impressions and cards so far.
        done: what it has had in the unit of its goal, and ``goal`` how much it is to have: in micros where it
            is its budget.
        spent_micros: what the ledger was charged, given back or not; the balance may be a moment ahead of it.
        said: how often decisions within its reach chose it, or gave which reason not to, since yesterday.
    """

    campaign: Campaign
    balance: Balance
    shown: int
    spent_micros: int
    why: Why
    pace: Pace | None = None
    said: dict[str, int] = {}
    done: int = 0
    goal: int = 0

    @property
    def delivered_permille(self) -> int:
        """How much of the goal is reached; none where there is none."""
        return min(1000, self.done * 1000 // max(1, self.goal))


class Stage(msgspec.Struct, frozen=True):
    """A stage on the way of a spot from plan to end; its rates are in permille, None of nothing."""

    name: str
    number: int
    of_planned_permille: int | None
    of_previous_permille: int | None


class Report(msgspec.Struct, frozen=True):
    """A campaign's delivery.

    Args:
        days: the newest 400 at most.
        total: of all days, or of those that were asked for; dated with the first of them.
        funnel: how far its spots came, in all.
        reach: over the whole campaign, whatever days were asked for.
    """

    overview: Overview
    days: tuple[Day, ...]
    total: Day
    funnel: tuple[Stage, ...]
    reach: Reach = Reach()


DAYS_LIMIT = 400


def limited(first: date | None, last: date | None) -> None:
    """Refuse days that cannot be asked for.

    Raises:
        Invalid: ``days-reversed`` or ``days-too-many``.
    """
    if first is None or last is None:
        return
    if last < first:
        raise Invalid("days-reversed", "The last day comes before the first.", fix="Exchange the two.")
    if (last - first).days >= DAYS_LIMIT:
        fix = "Ask for several shorter times."
        raise Invalid("days-too-many", f"A report has at most {DAYS_LIMIT} days.", fix=fix)


def funnel(day: Day) -> tuple[Stage, ...]:
    """The stages of ``day``, or of the total of many."""
    numbers = [getattr(day, name) for name in STAGES]
    before = [0, *numbers]
    return tuple(
        Stage(name, number, _permille(number, numbers[0]), _permille(number, previous))
        for name, number, previous in zip(STAGES, numbers, before, strict=False)
    )


WHOLE = (
    "goal",
    "done",
    "done_permille",
    "planned_permille",
    "pass_permille",
    "vehicles",
    "frequency_hundredths",
)
"""What a line of the days tells of the whole campaign, as it is now: the same in each."""


def as_csv(report: Report) -> str:
    """Days as RFC 4180, their columns named as their fields; there is nothing in it that needs quoting.

    After a day's own numbers, and what it brought towards the goal, come those of the whole campaign.
    """
    item, whole = report.overview.campaign.line_item, _whole(report)
    lines = [[*Day.__struct_fields__, "currency", "goal_unit", "toward_goal", *WHOLE]]
    for day in report.days:
        numbers = msgspec.structs.asdict(day)
        own = [str(numbers[name]) for name in Day.__struct_fields__]
        lines.append([*own, item.currency, item.goal.unit.value, str(day.of(item.goal.unit)), *whole])
    return "".join(",".join(line) + "\r\n" for line in lines)


def _whole(report: Report) -> list[str]:
    overview, reach, pace = report.overview, report.reach, report.overview.pace
    found = {
        "goal": overview.goal,
        "done": overview.done,
        "done_permille": pace and pace.done_permille,
        "planned_permille": pace and pace.planned_permille,
        "pass_permille": pace and pace.pass_permille,
        "vehicles": reach.vehicles,
        "frequency_hundredths": reach.frequency_hundredths,
    }
    return ["" if found[name] is None else str(found[name]) for name in WHOLE]


def _permille(part: int, whole: int) -> int | None:
    return part * 1000 // whole if whole else None


_COLUMN = {
    EventKind.PLANNED: "planned",
    EventKind.CARD_PLANNED: "cards_planned",
    EventKind.STITCHED: "stitched",
    EventKind.IMPRESSION: "impressions",
    EventKind.FIRST_QUARTILE: "first_quartiles",
    EventKind.MIDPOINT: "midpoints",
    EventKind.THIRD_QUARTILE: "third_quartiles",
    EventKind.COMPLETE: "completes",
    EventKind.CARD_SHOWN: "cards",
    EventKind.TAP: "taps",
    EventKind.SKIP: "skips",
    EventKind.MUTE: "mutes",
    EventKind.NAVIGATE: "navigations",
    EventKind.CALL: "calls",
    EventKind.COUPON_SAVED: "coupons",
    EventKind.REDEEMED: "redemptions",
    EventKind.ERROR: "errors",
    EventKind.NOT_USED: "not_used",
    EventKind.IMPLAUSIBLE: "implausible",
}
_UNPLAYED_COLUMN = {EventKind.EXPIRED: "expired", EventKind.EARLY: "held"}


def by_day(counts: Iterable[Count], unplayed: Iterable[Count], timezone: str) -> tuple[Day, ...]:
    """Counts by quarter hour as days of a timezone.

    Args:
        counts: of all events.
        unplayed: of those that expired or were held, and were never played.
        timezone: an IANA name.
    """
    zone, days = ZoneInfo(timezone), dict[date, dict[str, int]]()

    def add(count: Count, column: str) -> None:
        row = days.setdefault(from_ms(count.quarter * QUARTER_HOUR_MS).astimezone(zone).date(), {})
        added = {"spent_micros": count.billed_micros, "released_micros": count.released_micros}
        added[column] = count.number
        for name, number in added.items():
            row[name] = row.get(name, 0) + number

    for count in counts:
        if count.kind not in _UNPLAYED_COLUMN:
            add(count, _COLUMN[count.kind])
    for count in unplayed:
        add(count, _UNPLAYED_COLUMN[count.kind])
    return tuple(Day(day, **row) for day, row in sorted(days.items()))


def total(days: Sequence[Day]) -> Day:
    """All days together, dated with the first."""
    _, *numbers = Day.__struct_fields__
    sums = {name: sum(getattr(day, name) for day in days) for name in numbers}
    return Day(days[0].day if days else date.min, **sums)
