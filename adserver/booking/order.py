"""What an advertiser asks for, and every condition that it must meet."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from adserver.booking.advertiser import NAME_LIMIT
from adserver.booking.campaign import Approach, Category, Priority, Rotation
from adserver.booking.cap import USUAL, FrequencyCap, cap_faults
from adserver.booking.exchange import CURRENCIES, Exchange, worth_micros
from adserver.booking.targeting import EVERYBODY, Targeting, faults
from adserver.booking.terms import Action, Goal, GoalUnit, Pacing
from geotarget.area_index import AreaIndex
from geotarget.fence import Fence
from geotarget.spatial_index import PlaceIndex
from kernel.clock import timezones
from kernel.country import COUNTRIES
from kernel.errors import Invalid
from kernel.money import MICROS_PER_UNIT, cpm_to_micros

RADIUS_MIN_M, RADIUS_MAX_M = 50, 200_000
PLACES_LIMIT = 20_000
AREAS_LIMIT = 500
DETOUR_MAX_MIN = 240
FENCE_MAX_MIN = 60
BUDGET_MIN_MICROS = MICROS_PER_UNIT
# More than a dealer spends on one campaign, so that a slip of the finger is noticed. It is also exact in
# the doubles of Redis scripts (2**53), whatever its currency. This and the prices are in the house's.
BUDGET_MAX_MICROS = 10**6 * MICROS_PER_UNIT
CPM_MIN_MICROS = MICROS_PER_UNIT // 10
CPM_MAX_MICROS = 1000 * MICROS_PER_UNIT
CPV_MIN_MICROS, CPV_MAX_MICROS = MICROS_PER_UNIT // 1000, 10 * MICROS_PER_UNIT
CPA_MIN_MICROS, CPA_MAX_MICROS = MICROS_PER_UNIT // 100, 1000 * MICROS_PER_UNIT
GOAL_MAX = 10**9
FLIGHT_MAX = timedelta(days=731)
MARKETS_LIMIT = 250
HEADLINE_LIMIT, BODY_LIMIT = 60, 160
# A minute, and what encoders pad it with.
SPOT_LIMIT_MS = 60_500


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign as asked for. Amounts that are 0 were not given.

    Args:
        starts_at, ends_at: with a UTC offset; the flight is [start, end).
        place_ids: around which of ``geotarget``'s places it is shown.
        area_ids: in which of ``geotarget``'s areas it is shown besides.
        approach: which of its places a car may be sent to.
        timezone: IANA name of the zone to show its times in; empty for the advertiser's.
        exclusions: categories that it is not to share a pod with.
        markets: ISO 3166-1 countries to show it in; empty for all of them.
        targeting: whom it is for, beyond where.
        rotation: which of several creatives is shown.
        cpm_micros, cpv_micros, cpa_micros: one of them: the price of a thousand impressions, of a film played
            to its end, or of ``action``.
        goal: what ends it, besides its budget and its dates.
        pacing: how that is spread over its dates.
        cap: one cap of the line item, where ``caps`` gives none.
        caps: how often one vehicle may be shown it, spots and cards apart: each holds; 6 an hour where none
            is given.
        campaign_caps: how often it may be shown anything of the campaign, spots and cards together.
    """

    name: str
    starts_at: datetime
    ends_at: datetime
    budget_micros: int = 0
    cpm_micros: int = 0
    radius_m: int = 5_000
    place_ids: tuple[str, ...] = ()
    currency: str = "EUR"
    category: Category = Category.OTHER
    priority: Priority = Priority.STANDARD
    cap: FrequencyCap | None = None
    timezone: str = ""
    exclusions: tuple[Category, ...] = ()
    markets: tuple[str, ...] = ()
    area_ids: tuple[str, ...] = ()
    approach: Approach = Approach()
    targeting: Targeting = EVERYBODY
    rotation: Rotation = Rotation.FIT
    cpv_micros: int = 0
    cpa_micros: int = 0
    action: Action = Action.TAP
    goal: Goal = Goal()
    pacing: Pacing = Pacing.EVEN
    caps: tuple[FrequencyCap, ...] = ()
    campaign_caps: tuple[FrequencyCap, ...] = ()

    @property
    def line_item_caps(self) -> tuple[FrequencyCap, ...]:
        """All that hold for the line item."""
        return self.caps or ((self.cap,) if self.cap else USUAL)

    @property
    def price_micros(self) -> int:
        """The most that one event which is paid for costs."""
        return max(cpm_to_micros(self.cpm_micros), self.cpv_micros, self.cpa_micros)


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with an order: a code, the field, what is wrong and what to do."""

    code: str
    field: str
    detail: str
    fix: str


def check(order: Order, now: datetime, exchange: Exchange | None, *, house: bool = False) -> None:
    """Nothing, if the order can be booked.

    Args:
        order: what is asked for.
        now: the present.
        exchange: by which rates its money is judged; None where that was agreed on before.
        house: where the operator books it for itself.

    Raises:
        Invalid: with the code of the first problem, and in ``fields`` a sentence for each.
    """
    refuse(tuple(problems(order, now, exchange, house=house)))


def refuse(found: tuple[Fault, ...]) -> None:
    """Raise what was found, if anything was.

    Raises:
        Invalid: as :func:`check`.
    """
    if found:
        first, fields = found[0], {p.field: f"{p.detail} {p.fix}" for p in reversed(found)}
        raise Invalid(first.code, first.detail, fix=first.fix, fields=fields)


def problems(
    order: Order, now: datetime, exchange: Exchange | None, *, house: bool = False
) -> Iterator[Fault]:
    """Everything that is wrong with ``order``, in the form's order; see :func:`check`."""
    if not order.name.strip():
        yield Fault("campaign-name-missing", "name", "The campaign has no name.", "Type a name.")
    elif len(order.name) > NAME_LIMIT:
        fix = f"Use at most {NAME_LIMIT} characters."
        yield Fault("campaign-name-too-long", "name", "The name is too long.", fix)
    yield from _flight(order, now)
    if house:
        yield from _free(order)
    elif exchange is not None:
        yield from _money(order, exchange)
    yield from _goal(order.goal)
    yield from _reach(order, everywhere=house)
    yield from _markets(order)
    yield from (Fault(*found) for found in faults(order.targeting))
    for field, caps in (("caps", order.line_item_caps), ("campaign_caps", order.campaign_caps)):
        yield from (Fault(code, field, detail, fix) for code, detail, fix in cap_faults(caps))


def _flight(order: Order, now: datetime) -> Iterator[Fault]:
    if order.starts_at.tzinfo is None or order.ends_at.tzinfo is None:
        yield _naive("starts_at")
    elif order.timezone and order.timezone not in timezones():
        fix = "Use an IANA name, such as Europe/Paris."
        yield Fault("timezone-unknown", "timezone", "There is no such timezone.", fix)
    elif order.ends_at <= order.starts_at:
        fix = "Choose an end after the start."
        yield Fault("campaign-ends-before-start", "ends_at", "The campaign ends before it starts.", fix)
    elif order.ends_at <= now:
        yield _OVER
    elif order.ends_at - order.starts_at > FLIGHT_MAX:
        yield _TOO_LONG


def check_end(ends_at: datetime) -> None:
    """Refuse an end that cannot be reckoned with; whether it fits is for :func:`check` to say.

    Raises:
        Invalid: ``campaign-time-naive``, ``campaign-already-over`` or ``flight-too-long``.
    """
    if ends_at.tzinfo is None:
        refuse((_naive("ends_at"),))
    if ends_at.year not in _YEARS:
        refuse((_OVER if ends_at.year < _YEARS.start else _TOO_LONG,))


_YEARS = range(1970, 3000)
_OVER = Fault(
    "campaign-already-over", "ends_at", "The campaign would already be over.", "Choose an end in the future."
)
_TOO_LONG = Fault("flight-too-long", "ends_at", "The campaign is too long.", "Book at most two years.")


def _naive(field: str) -> Fault:
    fix = "Write times with an offset, such as 2026-06-15T08:00:00+02:00."
    return Fault("campaign-time-naive", field, "The times have no timezone.", fix)


def _money(order: Order, exchange: Exchange) -> Iterator[Fault]:
    rate = exchange.rate_micros(order.currency)
    if order.currency not in CURRENCIES:
        fix = f"Use one of {', '.join(CURRENCIES)}."
        yield Fault("currency-unknown", "currency", "This currency is not offered.", fix)
    elif not rate:
        fix = "Choose one that the booking form offers, or ask whoever runs this installation for a rate."
        yield Fault("currency-without-rate", "currency", "This currency has no rate here.", fix)
    # What has no rate is judged as plain numbers, so that all that is wrong is told at once.
    rate = rate or MICROS_PER_UNIT
    worth = worth_micros(order.budget_micros, rate)
    if order.budget_micros == 0:
        yield Fault(
            "budget-missing", "budget", "The campaign has no budget.", "Type what it may cost in all."
        )
    elif worth < BUDGET_MIN_MICROS or order.budget_micros < order.price_micros:
        fix = "Book at least 1.00 in the house's currency, and no less than what one costs."
        yield Fault("budget-too-small", "budget", "The budget is too small.", fix)
    elif worth > BUDGET_MAX_MICROS:
        fix = "Book at most 1,000,000, in the house's currency, in one campaign."
        yield Fault("budget-too-large", "budget", "The budget is too large.", fix)
    yield from _price(order, rate)


def _price(order: Order, rate_micros: int) -> Iterator[Fault]:
    given = [name for name in _PRICES if getattr(order, f"{name}_micros")]
    if not given:
        fix = "Type what a thousand impressions, a view or an action may cost."
        yield Fault("price-missing", "cpm", "The campaign has no price.", fix)
    elif len(given) > 1:
        fix = "Give one price: for impressions, for views or for actions."
        yield Fault("price-ambiguous", given[1], "The campaign has several prices.", fix)
    else:
        least, most, fix = _PRICES[given[0]]
        if not least <= worth_micros(getattr(order, f"{given[0]}_micros"), rate_micros) <= most:
            yield Fault("price-out-of-range", given[0], "The price is out of range.", fix)


_PRICES = {
    "cpm": (
        CPM_MIN_MICROS,
        CPM_MAX_MICROS,
        "Offer from 0.10 to 1,000.00, in the house's currency, for a thousand impressions.",
    ),
    "cpv": (
        CPV_MIN_MICROS,
        CPV_MAX_MICROS,
        "Offer from 0.001 to 10.00, in the house's currency, for a view.",
    ),
    "cpa": (
        CPA_MIN_MICROS,
        CPA_MAX_MICROS,
        "Offer from 0.01 to 1,000.00, in the house's currency, for an action.",
    ),
}
"""Each with its limits, and what to do beyond them."""


def _free(order: Order) -> Iterator[Fault]:
    given = [name for name in _PRICES if getattr(order, f"{name}_micros")]
    if order.budget_micros or given:
        field, fix = given[0] if given else "budget", "Leave budget and price empty."
        yield Fault("house-has-price", field, "The house's own promotions cost nothing.", fix)


def _goal(goal: Goal) -> Iterator[Fault]:
    if goal.unit is GoalUnit.SPEND and goal.amount:
        fix = "Leave its number empty, or count something else."
        yield Fault("goal-is-budget", "goal", "A goal in money is the budget itself.", fix)
    elif goal.unit is not GoalUnit.SPEND and not 1 <= goal.amount <= GOAL_MAX:
        fix = "Type a whole number from 1 to 1,000,000,000, or let it spend its budget."
        yield Fault("goal-out-of-range", "goal", "The goal is out of range.", fix)


def _markets(order: Order) -> Iterator[Fault]:
    if len(order.markets) > MARKETS_LIMIT or not COUNTRIES.issuperset(order.markets):
        fix = "Write countries as their two capital letters, such as FR, or GB."
        yield Fault("market-unknown", "markets", "A market is no country.", fix)


def _reach(order: Order, *, everywhere: bool) -> Iterator[Fault]:
    if not order.place_ids and not order.area_ids and not everywhere:
        fix = "Choose at least one place around which it is shown, or an area."
        yield Fault("places-missing", "place_ids", "The campaign has no places.", fix)
    elif len(order.place_ids) > PLACES_LIMIT:
        fix = f"Choose at most {PLACES_LIMIT:,} places."
        yield Fault("places-too-many", "place_ids", "The campaign has too many places.", fix)
    if len(order.area_ids) > AREAS_LIMIT:
        fix = f"Choose at most {AREAS_LIMIT:,} areas."
        yield Fault("areas-too-many", "area_ids", "The campaign has too many areas.", fix)
    if not 0 <= order.approach.detour_max_min <= DETOUR_MAX_MIN:
        fix = f"Type 1 to {DETOUR_MAX_MIN} minutes, or 0 for any."
        yield Fault("detour-out-of-range", "detour_max_min", "The detour is out of range.", fix)
    yield from _fence(order)
    if not RADIUS_MIN_M <= order.radius_m <= RADIUS_MAX_M:
        yield Fault("radius-out-of-range", "radius", "The radius is out of range.", "Choose 50 m to 200 km.")


def _fence(order: Order) -> Iterator[Fault]:
    if order.approach.fence is not Fence.INSIDE and not order.area_ids:
        fix = "Choose an area, or show it whenever a car is near."
        yield Fault("fence-without-area", "fence", "There is no area to come into, stay in or leave.", fix)
    if not 1 <= order.approach.fence_min <= FENCE_MAX_MIN:
        fix = f"Type 1 to {FENCE_MAX_MIN} minutes."
        yield Fault("fence-out-of-range", "fence_min", "The minutes at the area are out of range.", fix)


def check_places(place_ids: Sequence[str], places: PlaceIndex) -> None:
    """Nothing, if all are known.

    Raises:
        Invalid: ``place-unknown``.
    """
    _refuse_unknown("place", [one for one in place_ids if places.get(one) is None])


def check_areas(area_ids: Sequence[str], areas: AreaIndex) -> None:
    """Nothing, if all are known.

    Raises:
        Invalid: ``area-unknown``.
    """
    _refuse_unknown("area", [one for one in area_ids if areas.get(one) is None])


def _refuse_unknown(what: str, ids: Sequence[str]) -> None:
    if ids:
        detail = f"Unknown {what}s: {len(ids)}, such as “{ids[0][:40]}”."
        refuse((Fault(f"{what}-unknown", f"{what}_ids", detail, f"Choose {what}s from the search."),))


def check_text(headline: str, body: str) -> None:
    """Nothing, if a card can carry the text.

    Raises:
        Invalid: ``card-headline-missing`` or ``card-text-too-long``.
    """
    found = []
    if not headline.strip():
        found.append(Fault("card-headline-missing", "headline", "The card has no headline.", "Type one."))
    for field, text, limit in (("headline", headline, HEADLINE_LIMIT), ("body", body, BODY_LIMIT)):
        if len(text) > limit:
            fix = f"Use at most {limit} characters."
            found.append(Fault("card-text-too-long", field, "The text is too long for a card.", fix))
    refuse(tuple(found))
