"""What is booked, as one immutable snapshot that decisions are made from."""

import math
from collections.abc import Collection, Iterable, Mapping
from itertools import islice, repeat

import msgspec
import numpy as np
from numpy.typing import NDArray

from adserver.booking.campaign import CampaignState
from adserver.serving.avail import Avail, Location
from adserver.serving.offer import Offer
from adserver.serving.pod import POD_LIMIT
from adserver.serving.shortlist import Shortlist
from adserver.serving.standings import Mask, Standings
from geotarget.area_index import AreaIndex
from geotarget.coarsen import coarse_all_m, coarse_all_s
from geotarget.course import Course, Side
from geotarget.distance import geodesic_m
from geotarget.fence import Fence, holds
from geotarget.place import Place
from geotarget.reach_index import Circle, ReachIndex

# How many line items that can serve one decision weighs, and how many in all it explains at least.
CANDIDATE_LIMIT = 2 * POD_LIMIT
EXPLAINED_LIMIT = 24
# Promotions without a place, such as the house's own, that are weighed besides.
PLACELESS_LIMIT = 16
EDGE_M = 30


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """An offer as seen from where the car is.

    Args:
        place: the nearest of its places that reaches the car, if one does.
        distance_m: how far that is, as coarsely as it may be told.
        within: the car is in one of its areas.
        side: where the place lies from the car.
        detour_s: how much longer a trip takes by way of the place, in steps of 15.
        crossed: the car has come into one of its areas, stayed or left, as it asks.
    """

    offer: Offer
    place: Place | None = None
    distance_m: float = float("inf")
    within: bool = False
    side: Side = Side.AHEAD
    detour_s: float = 0.0
    crossed: bool = False


class DemandIndex:
    """All offers, and which of them reach a point.

    Args:
        offers: by line item id; those that are over may be left out.
        places: the places that line items name, by id; an unknown one is skipped.
        areas: where the areas that they name lie; unknown ones are nowhere.

    Attributes:
        asks_of_vehicle: whether any of them asks for what is known of a car itself.
        fenced: the areas of which any asks whether a car has come in, stayed or left.
        standings: how they stand: it alone changes, beside the requests.
    """

    def __init__(
        self, offers: Iterable[Offer], places: Mapping[str, Place], areas: AreaIndex | None = None
    ) -> None:
        # In the order in which they are weighed where all else is alike.
        ordered = sorted(offers, key=_standing)
        self._offers = {offer.line_item.line_item_id: offer for offer in ordered}
        self._rows = list(self._offers.values())
        self._numbers = {line_item_id: row for row, line_item_id in enumerate(self._offers)}
        self._places = places
        self.standings = Standings(self._rows, self._numbers)
        self._shortlist = Shortlist(self._rows, self.standings)
        self.asks_of_vehicle = any(offer.line_item.targeting.of_vehicle for offer in self._rows)
        placeless = [row for row, offer in enumerate(self._rows) if not offer.line_item.located]
        self._placeless = np.array(placeless, dtype=np.intp)
        self._owned: dict[str, list[int]] = {}
        for row, offer in enumerate(self._rows):
            for owner in (offer.line_item.campaign_id, offer.line_item.advertiser_id):
                self._owned.setdefault(owner, []).append(row)
        self._ahead = np.array([offer.line_item.approach.ahead for offer in self._rows], dtype=bool)
        self._areas = areas or AreaIndex(())
        in_area: dict[str, list[int]] = {}
        self._fenced_in: dict[str, list[int]] = {}
        for row, offer in enumerate(self._rows):
            for area_id in offer.line_item.area_ids:
                in_area.setdefault(area_id, []).append(row)
                if offer.fenced and offer.state is CampaignState.ACTIVE:
                    self._fenced_in.setdefault(area_id, []).append(row)
        self.fenced = frozenset(self._fenced_in)
        self._fenced = np.array([offer.fenced for offer in self._rows], dtype=bool)
        self._in_area = {area_id: np.array(rows, dtype=np.intp) for area_id, rows in in_area.items()}
        self._reach = ReachIndex(
            Circle(line_item_id, places[place_id], offer.line_item.radius_m)
            for line_item_id, offer in self._offers.items()
            for place_id in offer.line_item.place_ids
            if place_id in places
        )
        owners = [self._numbers[line_item_id] for line_item_id in self._reach.owners]
        self._row_of_owner = np.array(owners, dtype=np.intp)

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
        elif offer.line_item.approach.fence is Fence.EXIT:
            return True
        return bool(offer.line_item.area_ids) and self._areas.within(offer.line_item.area_ids, *here, EDGE_M)

    def reaching(self, latitude: float, longitude: float) -> list[Offer]:
        """The offers that a point lies in reach of, for a place or an area, whatever state they are in."""
        near = self._row_of_owner[self._reach.nearest(latitude, longitude).owners]
        rows = np.union1d(near, self._within(Location(latitude, longitude)))
        return sorted(map(self._rows.__getitem__, rows.tolist()), key=lambda o: o.line_item.line_item_id)

    def candidates(
        self,
        location: Location | None,
        now_ms: int,
        course: Course | None = None,
        avail: Avail | None = None,
        roll: float = 0.0,
        full: Collection[str] = (),
    ) -> list[Candidate]:
        """What a decision weighs: the nearest of those that reach here and can serve, and some that cannot.

        At most 32 that can, class by class; of the others as many as are left of those, and 8 in any case;
        then those that need no place, half as many; then, so that a small demand is explained whole, those
        that do not reach here, up to 24 in all. Whoever is paused, spent, held back by its pace, seen enough
        of, or has nothing that fits, takes nobody's room, however near it is. Those whose area the car is in
        come after those of the same priority that have a place near it.

        Args:
            location: where the car is; None where that is not known.
            now_ms: when, where there is no ``avail``.
            course: which way it goes.
            avail: what it is for; None for anything.
            roll: of the decision, in [0, 1).
            full: ids of the line items, campaigns and advertisers that this vehicle has seen enough of.
        """
        near: list[Candidate] = []
        reached: list[int] = []
        barred = self._barred(full)
        if location is not None:
            near, reached = self._near(location, now_ms, course, avail, roll, barred)
        if len(self._placeless):
            stopped = None if barred is None else barred.take(self._placeless)
            chosen = self._shortlist.first(self._placeless, PLACELESS_LIMIT, now_ms, avail, roll, stopped)
            rows = self._placeless.take(np.concatenate(chosen))
            near += [Candidate(self._rows[row]) for row in rows.tolist()]
        if len(near) < EXPLAINED_LIMIT:
            known = {*reached, *self._placeless.tolist()}
            rest = (offer for row, offer in enumerate(self._rows) if row not in known)
            near += [Candidate(offer) for offer in islice(rest, EXPLAINED_LIMIT - len(near))]
        return near

    def _near(
        self,
        location: Location,
        now_ms: int,
        course: Course | None,
        avail: Avail | None,
        roll: float,
        barred: Mask | None,
    ) -> tuple[list[Candidate], list[int]]:
        """The first of those that reach here, and the rows of all that do."""
        near = self._reach.nearest(location.latitude, location.longitude, course)
        rows = self._row_of_owner.take(near.owners)
        within, crossed = self._within(location), self._crossed(avail, now_ms)
        if crossed:
            within = np.union1d(within, list(crossed))
        at_place = np.arange(len(rows))
        aside = None
        if near.sides is not None:
            aside = (near.sides >= Side.OTHER_SIDE) & self._ahead.take(rows)
        if len(within):
            if aside is not None:
                # What is not "near" is shown for the sake of its area alone.
                at_place = (~(aside & np.isin(rows, within))).nonzero()[0]
                aside = aside.take(at_place)
            alone = np.setdiff1d(within, rows.take(at_place))
            rows = np.concatenate([rows.take(at_place), alone])
        stopped = np.zeros(len(rows), bool) if barred is None else barred.take(rows)
        if self.fenced:
            stopped |= self._fenced.take(rows) & ~np.isin(rows, list(crossed))
        if aside is not None:
            stopped[: len(at_place)] |= aside
        first = np.concatenate(self._shortlist.first(rows, CANDIDATE_LIMIT, now_ms, avail, roll, stopped))
        known = rows.tolist() if len(rows) < EXPLAINED_LIMIT else []
        chosen = rows.take(first).tolist()
        offers = map(self._rows.__getitem__, chosen)
        placed = first < len(at_place)
        places, distances, sides, detours = near.told(at_place[first[placed]])
        # Nothing finer decides, so that a decision can be made again from what may be kept.
        distances_m, detours_s = coarse_all_m(distances).tolist(), coarse_all_s(detours).tolist()
        told = zip(places, distances_m, repeat(False), sides, detours_s, strict=False)
        if not len(within):
            return [Candidate(offer, *one) for offer, one in zip(offers, told, strict=True)], known
        found = []
        for row, offer, is_placed in zip(chosen, offers, placed.tolist(), strict=True):
            place, distance_m, _, side, detour_s = next(told) if is_placed else _NOWHERE
            found.append(Candidate(offer, place, distance_m, not is_placed, side, detour_s, row in crossed))
        return found, known

    def _barred(self, full: Collection[str]) -> Mask | None:
        """The rows of what a vehicle has seen enough of."""
        if not full:
            return None
        barred = np.zeros(len(self._rows), bool)
        for one in full:
            row = self._numbers.get(one)
            barred[self._owned.get(one, []) if row is None else row] = True
        return barred

    def _crossed(self, avail: Avail | None, now_ms: int) -> set[int]:
        """The rows of the line items that ask for what the car did at one of their areas."""
        if avail is None or not avail.stays:
            return set()
        asked = ((stay, row) for stay in avail.stays for row in self._fenced_in.get(stay.area_id, ()))
        approaches = ((stay, row, self._rows[row].line_item.approach) for stay, row in asked)
        return {row for stay, row, one in approaches if holds(stay, one.fence, one.fence_min, now_ms)}

    def _within(self, location: Location) -> NDArray[np.intp]:
        """The rows of the line items one of whose areas a point lies in, each once."""
        if not self._in_area:
            return _NONE
        areas = self._areas.containing(location.latitude, location.longitude)
        found = [self._in_area[area_id] for area_id in areas if area_id in self._in_area]
        return np.unique(np.concatenate(found)) if found else _NONE


def _standing(offer: Offer) -> tuple[int, int, str]:
    item = offer.line_item
    return offer.rank, -item.cpm_micros, item.line_item_id


_NONE = np.empty(0, dtype=np.intp)
_NOWHERE = (None, math.inf, False, Side.AHEAD, 0.0)
