"""Whether a line item may be shown to a car at all: a checklist, from the top, that no counter can change."""

import math

import msgspec

from adserver.booking.campaign import CampaignState, LineItem
from adserver.serving.arrival import closed
from adserver.serving.avail import Avail
from adserver.serving.demand import Candidate
from adserver.serving.reason import Reason
from adserver.serving.suitability import unsuited
from geotarget.course import Side
from geotarget.detour import WINDING
from geotarget.place import Place

# A member of an enum is looked up anew, and slowly, wherever it is written.
_PAUSED, _ENDED = CampaignState.PAUSED, CampaignState.ENDED
_AHEAD = Side.AHEAD


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A coded answer to "why not this one?"; ``detail`` may be read by anybody, competitors too."""

    candidate: Candidate
    reason: Reason
    detail: str = ""

    @property
    def line_item(self) -> LineItem:
        """What was not chosen."""
        return self.candidate.offer.line_item


def no(candidate: Candidate, reason: Reason, detail: str = "") -> Refusal:
    """A refusal."""
    return Refusal(candidate, reason, detail)


def plain(avail: Avail, candidate: Candidate) -> bool:
    """Whether :func:`unable` surely finds nothing, as with most that reach the car: told at a glance."""
    offer, item, place = candidate.offer, candidate.offer.line_item, candidate.place
    if not (offer.plain and item.starts_ms <= avail.at_ms and avail.heard_ms < item.ends_ms):
        return False
    if place is None or avail.location is None:
        return not offer.located
    known = avail.range_m is not None or place.attributes
    return candidate.side is _AHEAD and not item.approach.detour_max_min and not known


def unable(avail: Avail, candidate: Candidate) -> Refusal | None:
    """What no counter can change: state, dates, place, creatives, whom it is for."""
    offer, item = candidate.offer, candidate.offer.line_item
    if offer.state is _PAUSED:
        return no(candidate, Reason.PAUSED)

    if offer.state is _ENDED:
        return no(candidate, Reason.ENDED)

    # It may be heard as soon as it is listed, or when it is expected.
    if not item.starts_ms <= avail.at_ms or avail.heard_ms >= item.ends_ms:
        return no(candidate, Reason.NOT_IN_FLIGHT)

    if item.markets and not avail.market:
        return no(candidate, Reason.MARKET_UNKNOWN)

    if item.markets and avail.market not in item.markets:
        return no(candidate, Reason.MARKET_NOT_BOOKED, f"here: {avail.market}")

    if offer.located and (refusal := _elsewhere(avail, candidate)):
        return refusal

    if not offer.ready:
        return no(candidate, Reason.CREATIVE_NOT_READY)

    if offer.choosy and (found := unsuited(item.targeting, offer.hours, avail)):
        return no(candidate, *found)

    return None if candidate.place is None else _unapproachable(avail, candidate, candidate.place)


def _elsewhere(avail: Avail, candidate: Candidate) -> Refusal | None:
    """Why the car is not where it is shown, or has not come, stayed or left there as it asks."""
    offer, item = candidate.offer, candidate.offer.line_item
    if avail.location is None:
        return no(candidate, Reason.LOCATION_UNKNOWN)

    if candidate.place is None and not candidate.within:
        return no(candidate, Reason.OUT_OF_REACH, _out(item))

    if offer.fenced and not candidate.crossed:
        asked = f"asked: {item.approach.fence}, {item.approach.fence_min} min"
        return no(candidate, Reason.FENCE_NOT_CROSSED, asked)

    return None


def _unapproachable(avail: Avail, candidate: Candidate, place: Place) -> Refusal | None:
    """Why the car is not to be sent to the place: what is not known refuses nothing."""
    item = candidate.offer.line_item
    approach = item.approach
    if candidate.side is not _AHEAD and approach.ahead and candidate.side in _BEHIND:
        return no(candidate, _BEHIND[candidate.side])

    if approach.detour_max_min and candidate.detour_s > approach.detour_max_min * 60:
        minutes = math.ceil(candidate.detour_s / 60)
        return no(candidate, Reason.DETOUR_TOO_LONG, f"{minutes} of {approach.detour_max_min} min")

    if approach.in_range and avail.range_m is not None and avail.range_m < candidate.distance_m * WINDING:
        return no(candidate, Reason.BEYOND_RANGE)

    if approach.open_on_arrival and place.attributes and closed(avail, item, place, candidate.distance_m):
        return no(candidate, Reason.CLOSED_ON_ARRIVAL)

    return None


_BEHIND = {
    Side.BEHIND: Reason.BEHIND_THE_CAR,
    Side.PAST: Reason.DRIVEN_BY,
    Side.OTHER_SIDE: Reason.OTHER_SIDE,
}


def _out(item: LineItem) -> str:
    """Where it is shown, and the car is not."""
    near = [f"no place of its within {item.radius_m} m"] if item.place_ids else []
    return "; ".join([*near, *(["outside of its areas"] if item.area_ids else [])])
