"""What was delivered, sliced: by day, by hour, by place, by creative. Every slicing adds up to the ledger.

Nothing here tells where a car was more finely than which place it was shown the promotion for, and that only
of places that were shown often enough (:data:`FOLDED_BELOW`), over the whole campaign.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from adserver.billing.impression import EventKind
from adserver.billing.report import QUARTER_HOUR_MS, Count, limited
from adserver.booking.terms import Delivered, GoalUnit
from kernel.clock import from_ms, timezones, to_ms
from kernel.errors import Invalid

FOLDED_BELOW = 10
"""Places at which it was shown fewer times are told together: few showings may all be those of one car."""
PAGE_DEFAULT, PAGE_MAX = 200, 1_000
FOLDED = "*"


class By(StrEnum):
    """What delivery is sliced by."""

    DAY = "day"
    HOUR = "hour"
    PLACE = "place"
    CREATIVE = "creative"


class Tally(msgspec.Struct, frozen=True):
    """How often something happened at a place or with a creative (``key``), and what it cost."""

    key: str
    kind: EventKind
    number: int
    billed_micros: int = 0


class Slice(msgspec.Struct, frozen=True):
    """Delivery in one of the slices, or in all of them.

    Args:
        key: a day; an hour's beginning with its UTC offset; the id of a place (empty: in an area, for no
            place; ``*``: all places at which it was shown seldom) or of a creative; empty for the total.
        name: of the place or creative.
        completes: films and sounds that were played to their end.
        spent_micros: what was charged; what was given back is told apart.
    """

    key: str
    name: str = ""
    impressions: int = 0
    completes: int = 0
    cards: int = 0
    taps: int = 0
    navigations: int = 0
    calls: int = 0
    coupons: int = 0
    redemptions: int = 0
    spent_micros: int = 0

    @property
    def shown(self) -> int:
        """Films, sounds and cards."""
        return self.impressions + self.cards

    def of(self, unit: GoalUnit) -> int:
        """In the unit of a goal."""
        had = (self.spent_micros, self.impressions, self.cards, self.completes, self.taps, self.redemptions)
        return Delivered(*had).of(unit)


class Wish(msgspec.Struct, frozen=True):
    """What is asked for.

    Args:
        first, last: days, both included; None for all.
        zone: IANA name of the zone whose days and hours they are; empty for the campaign's.
        after: the key after which a page begins; empty for the first.
    """

    by: By = By.DAY
    first: date | None = None
    last: date | None = None
    zone: str = ""
    after: str = ""
    limit: int = PAGE_DEFAULT


class Delivery(msgspec.Struct, frozen=True):
    """A page of slices.

    Args:
        total: of all slices, on whatever page.
        next: ask ``after`` it for the page that follows; empty on the last.
        goal_unit, goal: what it is to reach, and how much of it: its budget in micros where that is money.
        folded_below: how often it must have been shown at a place that is told on its own.
    """

    by: By
    timezone: str
    currency: str
    total: Slice
    slices: tuple[Slice, ...]
    next: str = ""
    goal_unit: GoalUnit = GoalUnit.SPEND
    goal: int = 0
    folded_below: int = FOLDED_BELOW


FIGURES = Slice.__struct_fields__[2:]
_COLUMN = {
    EventKind.IMPRESSION: "impressions",
    EventKind.COMPLETE: "completes",
    EventKind.CARD_SHOWN: "cards",
    EventKind.TAP: "taps",
    EventKind.NAVIGATE: "navigations",
    EventKind.CALL: "calls",
    EventKind.COUPON_SAVED: "coupons",
    EventKind.REDEEMED: "redemptions",
}


def check(wish: Wish) -> None:
    """Refuse what cannot be told.

    Raises:
        Invalid: ``days-reversed``, ``days-too-many``, ``timezone-unknown``, ``page-out-of-range`` or
            ``places-of-days``.
    """
    limited(wish.first, wish.last)
    if wish.zone and wish.zone not in timezones():
        fix = "Use an IANA name, such as Europe/Paris."
        raise Invalid("timezone-unknown", "There is no such timezone.", fix=fix)
    if not 1 <= wish.limit <= PAGE_MAX:
        fix = f"Ask for 1 to {PAGE_MAX:,} at a time."
        raise Invalid("page-out-of-range", "The page is too small or too large.", fix=fix)
    if wish.by is By.PLACE and (wish.first or wish.last):
        # The difference of two such reports would tell of a single showing.
        fix = "Ask without days, or by day."
        raise Invalid("places-of-days", "Places are told over the whole campaign.", fix=fix)


def by_time(counts: Iterable[Count], wish: Wish, zone: ZoneInfo) -> list[Slice]:
    """Counts by quarter hour as days or hours of a zone, oldest first; each event when it happened.

    An hour that comes twice where clocks go back is two, and one that is left out is none.
    """
    rows = dict[tuple[int, str], dict[str, int]]()
    for count in counts:
        moment = from_ms(count.quarter * QUARTER_HOUR_MS).astimezone(zone)
        if count.kind in _COLUMN and (wish.first or date.min) <= moment.date() <= (wish.last or date.max):
            row = rows.setdefault(_time_key(moment, wish.by), {})
            _add(row, count.kind, count.number, count.billed_micros)
    return [Slice(key, "", **row) for (_, key), row in sorted(rows.items())]


def _time_key(moment: datetime, by: By) -> tuple[int, str]:
    """What it is sorted by, and named."""
    if by is By.DAY:
        return moment.toordinal(), moment.date().isoformat()
    hour = moment.replace(minute=0)
    return to_ms(hour), hour.isoformat(timespec="minutes")


def by_key(tallies: Iterable[Tally], name_of: Callable[[str], str]) -> list[Slice]:
    """Tallies by place or creative, by key."""
    rows = dict[str, dict[str, int]]()
    for tally in tallies:
        if tally.kind in _COLUMN:
            _add(rows.setdefault(tally.key, {}), tally.kind, tally.number, tally.billed_micros)
    return [Slice(key, name_of(key), **row) for key, row in sorted(rows.items())]


def _add(row: dict[str, int], kind: EventKind, number: int, billed_micros: int) -> None:
    row[_COLUMN[kind]] = row.get(_COLUMN[kind], 0) + number
    row["spent_micros"] = row.get("spent_micros", 0) + billed_micros


def fold(places: Sequence[Slice]) -> list[Slice]:
    """Places at which it was shown seldom, as one; with the next seldom one, while they are too few together.

    One place alone is what the total tells anyway.
    """
    ranked = sorted(places, key=lambda one: one.shown)
    few = sum(one.shown < FOLDED_BELOW for one in ranked)
    if len(ranked) < 2 or not few:
        return list(places)
    while few < len(ranked) and sum(one.shown for one in ranked[:few]) < FOLDED_BELOW:
        few += 1
    folded = {one.key for one in ranked[:few]}
    kept = [one for one in places if one.key not in folded]
    return [added(ranked[:few], FOLDED), *kept]


def added(slices: Iterable[Slice], key: str = "") -> Slice:
    """All of them together."""
    sums = dict.fromkeys(FIGURES, 0)
    for one in slices:
        for name in FIGURES:
            sums[name] += getattr(one, name)
    return Slice(key, "", **sums)


def page(slices: Sequence[Slice], wish: Wish) -> tuple[tuple[Slice, ...], str]:
    """Those after ``wish.after``, as many as wished, and where the next page begins.

    Raises:
        Invalid: ``cursor-unknown`` if no slice has that key.
    """
    first = 0
    if wish.after:
        places = [place for place, one in enumerate(slices) if one.key == wish.after]
        if not places:
            fix = "Begin with the first page again."
            raise Invalid("cursor-unknown", "What the page was to follow is not there.", fix=fix)
        first = places[0] + 1
    found = tuple(slices[first : first + wish.limit])
    return found, found[-1].key if first + wish.limit < len(slices) else ""


def bounds_ms(wish: Wish, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """From when, and until before when, the days of a wish last."""

    def begin(day: date | None) -> int | None:
        return None if day is None else to_ms(datetime(day.year, day.month, day.day, tzinfo=zone))

    return begin(wish.first), begin(wish.last + timedelta(days=1) if wish.last else None)


CHUNK = 500


def as_csv(delivery: Delivery, headings: Mapping[By, str] | None = None) -> Iterator[str]:
    """Slices as RFC 4180, some hundred lines at a time; names are no formulas to what opens it."""
    named = (headings or {}).get(delivery.by, delivery.by.value)
    yield _lines([[named, "name", *FIGURES, "currency", "goal_unit", "toward_goal", "goal"]])
    for first in range(0, len(delivery.slices), CHUNK):
        yield _lines(
            [
                _harmless(one.key),
                _harmless(one.name),
                *(str(getattr(one, name)) for name in FIGURES),
                delivery.currency,
                delivery.goal_unit.value,
                str(one.of(delivery.goal_unit)),
                str(delivery.goal),
            ]
            for one in delivery.slices[first : first + CHUNK]
        )


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
