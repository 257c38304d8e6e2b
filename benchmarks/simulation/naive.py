"""The same week served as one would at first: whoever pays most and is near, as long as there is money.

No pace, no cap, no separation. A budget is looked at when an ad is chosen, and counted down when it was
played.
"""

import random
import time
from collections.abc import Mapping, Sequence

from adserver.booking.campaign import CampaignState, LineItem
from adserver.serving.avail import Location
from adserver.serving.demand import DemandIndex, Offer
from benchmarks.simulation.demand import BREAK_SEGMENTS, Demand
from benchmarks.simulation.outcome import Outcome, Played
from benchmarks.simulation.product import PLAYED
from benchmarks.simulation.traffic import MINUTE_MS, Moment


def serve(demand: Demand, moments: Sequence[Moment], seed: int) -> Outcome:
    """All of them in their order."""
    began_s = time.process_time()
    chance, outcome = random.Random(seed), Outcome("naive")
    offers = [Offer(one.line_item, CampaignState.ACTIVE, "", one.creatives) for one in demand.campaigns]
    index = DemandIndex(offers, {place.place_id: place for place in demand.places})
    prices = {one.line_item.line_item_id: one.line_item.price_micros for one in demand.campaigns}
    left = {one.line_item.line_item_id: one.line_item.budget_micros for one in demand.campaigns}
    waiting: list[Played] = []
    minute = 0
    for moment in moments:
        if moment.at_ms // MINUTE_MS != minute:
            minute = moment.at_ms // MINUTE_MS
            for played in waiting:
                left[played.line_item_id] -= prices[played.line_item_id]
            waiting = []
        outcome.decisions += 1
        for item in _chosen(index, moment, left):
            if chance.random() < PLAYED:
                waiting.append(Played(item.line_item_id, moment.at_ms, moment.car, moment.card))
                outcome.played.append(waiting[-1])
    outcome.took_s = time.process_time() - began_s
    return outcome


def _chosen(index: DemandIndex, moment: Moment, left: Mapping[str, int]) -> list[LineItem]:
    """The dearest first, as long as there is room: one card, or a break's spots."""
    near = []
    for candidate in index.candidates(Location(moment.latitude, moment.longitude), moment.at_ms):
        item = candidate.offer.line_item
        lengths = [one.segments for one in candidate.offer.ready if one.is_card == moment.card]
        flies = item.starts_ms <= moment.at_ms < item.ends_ms
        if (
            candidate.place is not None
            and lengths
            and flies
            and (left[item.line_item_id] > 0 or not item.price_micros)
        ):
            near.append((item, lengths[0]))
    near.sort(key=lambda one: -one[0].cpm_micros)
    if moment.card:
        return [item for item, _ in near[:1]]
    room, found = BREAK_SEGMENTS, []
    for item, length in near:
        if length <= room:
            room -= length
            found.append(item)
    return found
