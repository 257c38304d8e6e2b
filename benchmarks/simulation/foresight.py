"""What is forecast of a week before it, held against what the week brings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from adserver.booking.campaign import Campaign, Priority
from adserver.booking.forecast import Forecast
from adserver.booking.forecast_campaign import ForecastCampaign
from adserver.booking.history import History
from adserver.booking.plan import Plan
from adserver.booking.suited import Traits
from adserver.booking.terms import Pacing
from adserver.serving.demand import DemandIndex
from adserver.serving.offer import Offer
from adserver.serving.returning import WEEK_MS, Came, Returns, Scale, Visit, marks_of, week_of
from adserver.serving.supply import HOUR_MS, Kind, profile_of, slot_of, split
from benchmarks.simulation.demand import Demand, Reach
from benchmarks.simulation.product import Moving, avail_of
from benchmarks.simulation.traffic import Moment
from geotarget.area_index import AreaIndex
from geotarget.coarsen import cell
from geotarget.spatial_index import PlaceIndex

_KEY = b"w" * 32


@dataclass(frozen=True)
class Before:
    """What is known of the week before, in place of :class:`adserver.serving.ports.Supply`."""

    kept: History
    seen: Traits
    came: Returns

    @classmethod
    def of(cls, moments: Sequence[Moment]) -> "Before":
        """Of all that was offered in it, as it was."""
        slots, profiles = Counter(), Counter()
        marks: dict[Scale, set[bytes]] = {}
        cards = Counter(one.card for one in moments)
        for one in moments:
            avail, where = avail_of(one), cell(one.latitude, one.longitude)
            slots[slot_of(avail, where)] += 1
            profiles[profile_of(avail)] += 1
            for scale, mark in marks_of(Visit(avail.subject, where, one.at_ms, one.card), _KEY):
                marks.setdefault(scale, set()).add(mark)
        before_hour = Moving().now_ms() // HOUR_MS
        rows = [
            (slot.hour - WEEK_MS // HOUR_MS, slot.cell, slot.market, slot.kind, number)
            for slot, number in slots.items()
            # A drive may go on beyond the week.
            if slot.hour - WEEK_MS // HOUR_MS < before_hour
        ]
        traits: dict = {}
        for slot, number in split(profiles).items():
            values = traits.setdefault((slot.market, slot.kind), {}).setdefault(slot.trait, {})
            values[slot.value] = values.get(slot.value, 0) + number
        week = week_of(Moving().now_ms()) - 1
        came = {scale: Came(cards[scale.card], len(some)) for scale, some in marks.items()}
        return cls(
            History.of(rows, before_hour, before_hour - 168), traits, Returns.of({week: came}, week + 1)
        )

    def history(self, before_hour: int) -> History:
        """See the port."""
        return self.kept

    def traits(self, before_hour: int) -> Traits:
        """See the port."""
        return self.seen

    def returns(self, before_hour: int) -> Returns:
        """See the port."""
        return self.came


def forecast_of(campaign: Campaign, before: Before, demand: Demand, others: Iterable[Campaign]) -> Forecast:
    """What is told of a campaign before it is booked, while the others are; without budget and goal."""
    places, areas = PlaceIndex(demand.places), AreaIndex(())
    offers = [Offer(one.line_item, one.state, "", one.creatives) for one in others]
    index = DemandIndex(offers, {place.place_id: place for place in demand.places}, areas)
    verb = ForecastCampaign(before, lambda: places, lambda: areas, lambda: index, Moving())  # type: ignore[arg-type]
    item = campaign.line_item
    plan = Plan(
        item.flight.start, item.flight.end, item.place_ids, radius_m=item.radius_m, targeting=item.targeting,
        caps=item.caps, priority=item.priority, approach=item.approach, kinds=_kinds(campaign),
    )  # fmt: skip
    return verb(plan)


def _kinds(campaign: Campaign) -> tuple[Kind, ...]:
    cards = {one.is_card for one in campaign.creatives}
    return tuple(kind for kind in Kind if (kind is Kind.CARD) in cards)


def alone(campaign: Campaign, moments: Sequence[Moment], reach: Reach) -> tuple[int, int]:
    """How many opportunities come within reach, and how many its cap lets through, were it alone."""
    item = campaign.line_item
    seen = reach.of(campaign)
    held: dict[tuple[int, bool], list[int]] = {}
    through = 0
    for at in np.flatnonzero(seen):
        one = moments[at]
        times = held.setdefault((one.car, one.card), [])
        if sum(at_ms > one.at_ms - item.caps[0].window_s * 1000 for at_ms in times) < item.caps[0].count:
            times.append(one.at_ms)
            through += 1
    return int(seen.sum()), through


def probes(demand: Demand) -> Iterator[tuple[Demand, Campaign]]:
    """The demand with one of its paying campaigns after the other taking all that it can get, at once."""
    for number, campaign in enumerate(demand.campaigns):
        item = campaign.line_item
        if item.priority is not Priority.STANDARD or not item.price_micros:
            continue
        greedy = msgspec.structs.replace(item, budget_micros=10**12, pacing=Pacing.FAST)
        probe = msgspec.structs.replace(campaign, line_item=greedy)
        campaigns = (*demand.campaigns[:number], probe, *demand.campaigns[number + 1 :])
        yield Demand(demand.advertisers, campaigns, demand.places), probe
