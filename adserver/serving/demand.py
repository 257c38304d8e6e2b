"""What is booked, as one immutable snapshot that decisions are made from."""

import math
from collections.abc import Iterable, Mapping

import msgspec

from adserver.booking.campaign import PRIORITY_RANK, CampaignState, Category, Creative, LineItem
from adserver.booking.targeting import EVERYBODY, week_spans
from adserver.serving.avail import Avail, Location
from adserver.serving.suitability import Spans, unsuited
from geotarget.area_index import AreaIndex
from geotarget.course import Course, Side
from geotarget.distance import geodesic_m
from geotarget.place import Place
from geotarget.reach_index import Circle, ReachIndex

# How many line items one decision weighs, and how many of the others it explains.
CANDIDATE_LIMIT = 64
EXPLAINED_LIMIT = 24
# Promotions without a place, such as the house's own, that are weighed besides.
PLACELESS_LIMIT = 16
EDGE_M = 30


class Offer(msgspec.Struct, frozen=True):
    """A line item with all that a decision needs to know of it.

    Args:
        exhausted: its whole budget was already spent when the snapshot was made.
        advertiser_category: what its advertiser deals in.
        ready: those of its creatives that may be shown (derived).
        competes: bits of the categories that it and its advertiser are of, ``other`` left out (derived).
        bars: bits of the categories that it does not share a pod with (derived).
        choosy: it asks for more than a place and dates (derived).
        hours: when its dayparts are, in minutes of the week (derived).
    """

    line_item: LineItem
    state: CampaignState
    advertiser_name: str
    creatives: tuple[Creative, ...]
    exhausted: bool = False
    advertiser_category: Category = Category.OTHER
    ready: tuple[Creative, ...] = ()
    competes: int = 0
    bars: int = 0
    choosy: bool = False
    hours: Spans = ()

    def __post_init__(self) -> None:
        competes = _bits((self.line_item.category, self.advertiser_category)) & ~_bits((Category.OTHER,))
        derived = {
            "ready": tuple(creative for creative in self.creatives if creative.ready),
            "competes": competes,
            "bars": competes | _bits(self.line_item.exclusions),
            "choosy": self.line_item.targeting != EVERYBODY,
            "hours": week_spans(self.line_item.targeting.dayparts),
        }
        for name, value in derived.items():
            msgspec.structs.force_setattr(self, name, value)

    @property
    def dormant(self) -> bool:
        """Whether it cannot serve before the next snapshot, wherever the car is."""
        return self.exhausted or self.state is not CampaignState.ACTIVE or not self.ready


def _bits(categories: Iterable[Category]) -> int:
    return sum(1 << _ORDER[category] for category in set(categories))


def of_bits(bits: int) -> list[Category]:
    """The categories that bits of ``competes`` and ``bars`` stand for."""
    return [category for category, n in _ORDER.items() if bits >> n & 1]


CATEGORY_BITS = len(Category)
_ORDER = {category: n for n, category in enumerate(Category)}


class Candidate(msgspec.Struct, frozen=True):
    """An offer as seen from where the car is.

    Args:
        place: the nearest of its places that reaches the car, if one does.
        within: the car is in one of its areas.
        side: where the place lies from the car.
        detour_s: how much longer a trip takes by way of the place.
    """

    offer: Offer
    place: Place | None = None
    distance_m: float = float("inf")
    within: bool = False
    side: Side = Side.AHEAD
    detour_s: float = 0.0


class DemandIndex:
    """All offers, and which of them reach a point.

    Args:
        offers: by line item id; those that are over may be left out.
        places: the places that line items name, by id; an unknown one is skipped.
        areas: where the areas that they name lie; unknown ones are nowhere.

    Attributes:
        asks_of_vehicle: whether any of them asks for what is known of a car itself.
    """

    def __init__(
        self, offers: Iterable[Offer], places: Mapping[str, Place], areas: AreaIndex | None = None
    ) -> None:
        self._offers = {offer.line_item.line_item_id: offer for offer in offers}
        self._places = places
        self._placeless = [offer for offer in self._offers.values() if not offer.line_item.located]
        self.asks_of_vehicle = any(offer.line_item.targeting.of_vehicle for offer in self._offers.values())
        self._areas = areas or AreaIndex(())
        self._in_area: dict[str, list[str]] = {}
        for line_item_id, offer in self._offers.items():
            for area_id in offer.line_item.area_ids:
                self._in_area.setdefault(area_id, []).append(line_item_id)
        self._reach = ReachIndex(
            Circle(line_item_id, places[place_id], offer.line_item.radius_m)
            for line_item_id, offer in self._offers.items()
            for place_id in offer.line_item.place_ids
            if place_id in places
        )

    def __len__(self) -> int:
        return len(self._offers)

    def still_reaches(self, line_item_id: str, place_id: str, location: Location) -> bool:
        """Whether a place is near enough for what was chosen for it to go on being shown.

        A little further than what is chosen afresh, or a position that trembles at the edge would flicker.
        What is not known any more is not judged.
        """
        offer, place = self._offers.get(line_item_id), self._places.get(place_id)
        if offer is None or (place is None and (place_id or not offer.line_item.area_ids)):
            return True
        here = location.latitude, location.longitude
        if place is not None:
            apart_m = geodesic_m(*here, place.latitude, place.longitude)
            if apart_m <= offer.line_item.radius_m + EDGE_M:
                return True
        return bool(offer.line_item.area_ids) and self._areas.within(offer.line_item.area_ids, *here, EDGE_M)

    def reaching(self, latitude: float, longitude: float) -> list[Offer]:
        """The offers that a point lies in reach of, for a place or an area, whatever state they are in."""
        near = {owner for owner, *_ in self._reach.covering(latitude, longitude)}
        near |= self._within(Location(latitude, longitude))
        return [self._offers[line_item_id] for line_item_id in sorted(near)]

    def candidates(
        self, location: Location | None, now_ms: int, course: Course | None = None, avail: Avail | None = None
    ) -> list[Candidate]:
        """What a decision weighs: those that reach here, what can serve first, then by priority and distance.

        Those whose area the car is in come after those of the same priority that have a place near it.

        At most 64; then those that need no place, at most 16; then, so that a small demand is explained
        whole, those that do not reach here, up to 24 in all. What ``avail`` is not for cannot serve now, so
        that it takes nobody's room.
        """
        found: list[tuple[bool, int, float, Candidate]] = []
        reached: set[str] = set()
        if location is not None:
            within = self._within(location)
            for line_item_id, place, distance_m, side, detour_s in self._reach.covering(
                location.latitude, location.longitude, course
            ):
                offer = self._offers[line_item_id]
                if line_item_id in within and side >= Side.OTHER_SIDE and offer.line_item.approach.ahead:
                    continue  # for the sake of its area alone
                rank = PRIORITY_RANK[offer.line_item.priority]
                reached.add(line_item_id)
                seen = Candidate(offer, place, distance_m, side=side, detour_s=detour_s)
                found.append((_idle(offer, now_ms, avail), rank, distance_m, seen))
            for line_item_id in sorted(within - reached):
                offer = self._offers[line_item_id]
                rank = PRIORITY_RANK[offer.line_item.priority]
                reached.add(line_item_id)
                found.append((_idle(offer, now_ms, avail), rank, math.inf, Candidate(offer, within=True)))
            found.sort(key=lambda row: row[:3])
        near = [row[3] for row in found[:CANDIDATE_LIMIT]]
        if self._placeless:
            first = sorted(self._placeless, key=lambda offer: _idle(offer, now_ms, avail))[:PLACELESS_LIMIT]
            reached |= {offer.line_item.line_item_id for offer in self._placeless}
            near += [Candidate(offer) for offer in first]
        if len(near) < EXPLAINED_LIMIT:
            rest = (offer for line_item_id, offer in self._offers.items() if line_item_id not in reached)
            near += [
                Candidate(offer) for offer, _ in zip(rest, range(EXPLAINED_LIMIT - len(near)), strict=False)
            ]
        return near

    def _within(self, location: Location) -> set[str]:
        """The line items one of whose areas a point lies in."""
        if not self._in_area:
            return set()
        areas = self._areas.containing(location.latitude, location.longitude)
        return {line_item_id for area_id in areas for line_item_id in self._in_area.get(area_id, ())}


def _idle(offer: Offer, now_ms: int, avail: Avail | None) -> bool:
    """Whether it cannot serve now."""
    item = offer.line_item
    if offer.dormant or not item.starts_ms <= now_ms < item.ends_ms:
        return True
    if avail is None:
        return False
    abroad = bool(item.markets) and avail.market not in item.markets
    return abroad or (offer.choosy and unsuited(item.targeting, offer.hours, avail) is not None)
