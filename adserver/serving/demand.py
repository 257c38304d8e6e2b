"""What is booked, as one immutable snapshot that decisions are made from."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import NamedTuple, Self

import msgspec
import numpy as np

from adserver.booking.campaign import CampaignState
from adserver.booking.exchange import worth_micros
from adserver.serving.approaches import Approaches
from adserver.serving.avail import Avail, Location
from adserver.serving.offer import Offer
from adserver.serving.pod import POD_LIMIT, Entry
from adserver.serving.ranking import NO_PLACE, Ranking, entries
from adserver.serving.shortlist import Shortlist
from adserver.serving.standings import Mask, Rows, Standings
from geotarget.area_index import AreaIndex
from geotarget.coarsen import COARSE_M, coarse_all_s, coarse_steps
from geotarget.course import Course, Side
from geotarget.distance import geodesic_m
from geotarget.fence import Fence, holds
from geotarget.place import Place
from geotarget.reach_index import Circle, Nearest, ReachIndex

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
        detour_s: how much longer a trip takes by way of the place, in steps of 15; 0 also where nobody asks
            and the car has no course.
        crossed: the car has come into one of its areas, stayed or left, as it asks.
    """

    offer: Offer
    place: Place | None = None
    distance_m: float = float("inf")
    within: bool = False
    side: Side = Side.AHEAD
    detour_s: float = 0.0
    crossed: bool = False


class Weighed(NamedTuple):
    """Who is weighed, and what is known of them already.

    Args:
        candidates: in the order in which they are decided of.
        rows: of their offers in the snapshot's columns.
        entries: what each brings into a pod that nothing but the others in it can keep out; None for those of
            which that is not known.
    """

    candidates: list[Candidate]
    rows: Rows
    entries: Sequence[Entry | None] = ()


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
        caps: how often a car may be shown what is counted by a name.
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
        known = [[places[one] for one in offer.line_item.place_ids if one in places] for offer in self._rows]
        self._ranking = Ranking(self._rows, known, self.standings)
        self.asks_of_vehicle = any(offer.line_item.targeting.of_vehicle for offer in self._rows)
        placeless = [row for row, offer in enumerate(self._rows) if not offer.line_item.located]
        self._placeless = np.array(placeless, dtype=np.intp)
        self._owned: dict[str, list[int]] = {}
        for row, offer in enumerate(self._rows):
            for owner in (offer.line_item.campaign_id, offer.line_item.advertiser_id):
                self._owned.setdefault(owner, []).append(row)
        self._ahead = np.array([offer.line_item.approach.ahead for offer in self._rows], dtype=bool)
        self._approaches = Approaches(self._rows, known)
        self._areas = areas or AreaIndex(())
        in_area: dict[str, list[int]] = {}
        self._fenced_in: dict[str, list[int]] = {}
        for row, offer in enumerate(self._rows):
            for area_id in offer.line_item.area_ids:
                in_area.setdefault(area_id, []).append(row)
                if offer.fenced and offer.state is CampaignState.ACTIVE:
                    self._fenced_in.setdefault(area_id, []).append(row)
        self.fenced = frozenset(self._fenced_in)
        self.caps = {
            name: caps for offer in self._rows for counted in offer.counted for name, caps in counted
        }
        self._fenced = np.array([offer.fenced for offer in self._rows], dtype=bool)
        self._asks_fences = bool(self._fenced.any())
        self._in_area = {area_id: np.array(rows, dtype=np.intp) for area_id, rows in in_area.items()}
        self._reach = ReachIndex(
            Circle(offer.line_item.line_item_id, place, offer.line_item.radius_m)
            for offer, some in zip(self._rows, known, strict=True)
            for place in some
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
        """What :meth:`weigh` finds, for who only wants to know who that is."""
        return list(self.weigh(location, now_ms, course, avail, roll, full).candidates)

    def weigh(
        self,
        location: Location | None,
        now_ms: int,
        course: Course | None,
        avail: Avail | None,
        roll: float,
        full: Collection[str] = (),
    ) -> Weighed:
        """What a decision weighs: the nearest of those that reach here and can serve, and some that cannot.

        At most 32 that can, class by class; of the others as many as are left of those, and 4 in any case;
        then those that need no place, half as many; then, so that a small demand is explained whole, those
        that do not reach here, up to 24 in all. Whoever is paused, spent, held back by its pace, seen enough
        of, has nothing that fits, lies too far out of the way or beyond the range, or will be closed on
        arrival, takes nobody's room, however near it is; nor does what one advertiser has more than a few of,
        while others wait. Those whose area the car is in
        come after those of the same priority that have a place near it.

        Args:
            location: where the car is; None where that is not known.
            now_ms: when, where there is no ``avail``.
            course: which way it goes.
            avail: what it is for; None for anything.
            roll: of the decision, in [0, 1).
            full: ids of the line items, campaigns and advertisers that this vehicle has seen enough of.
        """
        barred, crossed = self._barred(full), self._crossed(avail, now_ms)
        near, rows, chosen = None, _NONE, _NOBODY
        if location is not None:
            near = self._reach.nearest(location.latitude, location.longitude, course)
            rows, places, stopped = self._reached(near, location, crossed)
            stopped = self._approaches.too_far(near, rows, places, avail, stopped)
            if barred is not None:
                stopped = barred.take(rows) if stopped is None else stopped | barred.take(rows)
            hours = self._approaches.hours(near, rows, places, avail)
            first = self._shortlist.first(rows, CANDIDATE_LIMIT, now_ms, avail, roll, stopped, hours)
            chosen = _Chosen.of(rows, first, places)
        if len(self._placeless):
            stopped = None if barred is None else barred.take(self._placeless)
            first = self._shortlist.first(self._placeless, PLACELESS_LIMIT, now_ms, avail, roll, stopped)
            chosen = chosen.and_these(_Chosen.of(self._placeless, first))
        if len(chosen.rows) < EXPLAINED_LIMIT:
            told = {*rows.tolist(), *self._placeless.tolist()}
            rest = (row for row in range(len(self._rows)) if row not in told)
            others = np.array([*islice(rest, EXPLAINED_LIMIT - len(chosen.rows))], dtype=np.intp)
            chosen = chosen.and_these(_Chosen.of(others, (_NONE, np.arange(len(others)))))
        return self._ranked(chosen, near, crossed, avail, roll)

    def _reached(
        self, near: Nearest[Place], location: Location, crossed: set[int]
    ) -> tuple[Rows, Rows, Mask | None]:
        """The rows of those that reach here, where the places stand in ``near``, and who cannot serve.

        Those that do for an area alone come last, and have no place.
        """
        rows = self._row_of_owner.take(near.owners)
        places, within = np.arange(len(rows)), self._within(location)
        if crossed:
            within = np.union1d(within, list(crossed))
        # What is not "near" is shown for the sake of its area alone.
        aside = None if near.sides is None else (near.sides >= Side.OTHER_SIDE) & self._ahead.take(rows)
        if len(within):
            if aside is not None:
                places = (~(aside & np.isin(rows, within))).nonzero()[0]
                aside = aside.take(places)
            alone = np.setdiff1d(within, rows.take(places))
            rows = np.concatenate([rows.take(places), alone])
            places = np.concatenate([places, np.full(len(alone), _WITHIN)])
            if aside is not None:
                aside = np.concatenate([aside, np.zeros(len(alone), bool)])
        if not self._asks_fences:
            return rows, places, aside
        uncrossed = self._fenced.take(rows) & ~np.isin(rows, list(crossed))
        return rows, places, uncrossed if aside is None else uncrossed | aside

    def _ranked(
        self,
        chosen: "_Chosen",
        near: Nearest[Place] | None,
        crossed: set[int],
        avail: Avail | None,
        roll: float,
    ) -> Weighed:
        """All of them in the order in which they are decided of."""
        rows, places = chosen.rows, chosen.places
        placed = places >= 0
        whole = np.count_nonzero(placed) == len(rows)
        # Nothing finer decides, so that what is kept is enough to decide again.
        if near is not None and whole:
            steps = coarse_steps(near.squares_m2.take(places))
        else:
            steps = np.full(len(rows), NO_PLACE)
            if near is not None:
                steps[placed] = coarse_steps(near.squares_m2.take(places[placed]))
        numbers = self._ranking.numbers(rows)
        order = self._ranking.order(rows, numbers, steps, roll)
        rows, places, steps = rows.take(order), places.take(order), steps.take(order)
        offers = map(self._rows.__getitem__, rows.tolist())
        if near is not None and whole and not crossed:
            found = list(map(Candidate, offers, *self._seen(near, places, steps)))
        else:
            seen: Iterator[_Way] = iter(())
            if near is not None:
                columns = self._seen(near, places[places >= 0], steps[steps < NO_PLACE])
                seen = zip(*columns, strict=False)
            told = [next(seen) if place >= 0 else _unplaced(place) for place in places.tolist()]
            found = [
                Candidate(offer, *one, crossed=row in crossed)
                for row, offer, one in zip(rows.tolist(), offers, told, strict=True)
            ]
        if avail is None:
            return Weighed(found, rows)
        return Weighed(found, rows, entries(numbers.take(order, axis=0), chosen.able.take(order), avail))

    def _seen(self, near: Nearest[Place], places: Rows, steps: Rows) -> "_Seen":
        """How the car sees places: what of :class:`Candidate` follows upon the offer, each in a column."""
        detours_s: Iterable[float] = repeat(0.0)
        if near.sides is not None or self._approaches.asks_detours:
            detours_s = coarse_all_s(near.detours_s(places)).tolist()
        distances_m = COARSE_M.take(steps).tolist()
        return near.places(places), distances_m, repeat(False), near.sides_of(places), detours_s

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

    def _within(self, location: Location) -> Rows:
        """The rows of the line items one of whose areas a point lies in, each once."""
        if not self._in_area:
            return _NONE
        areas = self._areas.containing(location.latitude, location.longitude)
        found = [self._in_area[area_id] for area_id in areas if area_id in self._in_area]
        return np.unique(np.concatenate(found)) if found else _NONE


def _standing(offer: Offer) -> tuple[int, int, str]:
    item = offer.line_item
    return offer.rank, -worth_micros(item.cpm_micros, offer.rate_micros), item.line_item_id


class _Chosen(NamedTuple):
    """Who is weighed, in columns.

    Args:
        places: where in what reaches the car the place of each stands; or why it has none.
        able: whether it can serve, as far as columns tell.
    """

    rows: Rows
    places: Rows
    able: Mask

    @classmethod
    def of(cls, rows: Rows, first: tuple[Rows, Rows], places: Rows | None = None) -> Self:
        """Those that stand ``first`` in ``rows``: who can serve, and who cannot."""
        stand = np.concatenate(first)
        able = np.arange(len(stand)) < len(first[0])
        at = np.full(len(stand), _NOWHERE) if places is None else places.take(stand)
        return cls(rows.take(stand), at, able)

    def and_these(self, others: Self) -> Self:
        """Both."""
        return type(self)(
            np.concatenate([self.rows, others.rows]),
            np.concatenate([self.places, others.places]),
            np.concatenate([self.able, others.able]),
        )


def _unplaced(place: int) -> "_Way":
    """How one is seen that has no place here."""
    return None, math.inf, place == _WITHIN, Side.AHEAD, 0.0


_WITHIN, _NOWHERE = -1, -2
"""It has no place: it is shown for the sake of its area, or it is not asked where it is."""
_Way = tuple[Place | None, float, bool, Side, float]
_Seen = tuple[Iterable[Place], Iterable[float], Iterable[bool], Iterable[Side], Iterable[float]]
_NONE = np.empty(0, dtype=np.intp)
_NOBODY = _Chosen.of(_NONE, (_NONE, _NONE))
