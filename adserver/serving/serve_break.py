"""A break or a card slot is offered, decided once, and paid for in advance."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from adserver.billing.budget import COUNTERS, Claim, Reservation
from adserver.billing.impression import BEACON_TTL_MS, Beacon, pays, viewer_of, write_token
from adserver.booking.campaign import Rotation
from adserver.ports import Budgets, Caps, Roll
from adserver.serving.avail import Avail, Card, Refused, ServedBreak, ServedFill
from adserver.serving.decision import Decision, Fill, fill
from adserver.serving.demand import Candidate, DemandIndex
from adserver.serving.eligibility import Refusal
from adserver.serving.frequency import TURNS, Exposure, turn_counter
from adserver.serving.refine_detours import as_modelled
from adserver.serving.standings import Standings
from adserver.serving.usage import Usage
from geotarget.coarsen import cell, coarse_m
from geotarget.phone import phone_of
from kernel.clock import Clock, to_ms
from kernel.sealing import Sealer
from media.house_format import SEGMENT_MS

_ATTEMPTS = 4


@dataclass(frozen=True)
class ServeBreak:
    """Gathers candidates and counters, decides, reserves, and keeps the answer.

    Two calls with one avail id get one answer: the second finds it, or, where both decided at once,
    the loser gives its claims back and returns the winner's.

    Args:
        standings: how all that is booked stands: a copy of what ``budgets`` counts, which alone decides.
        note: is told of each decision that stands, and costs no time worth telling.
        refine: tells detours better than the model, where it can at once.
        trace: is told of it with all that it was made from, and costs as little.
    """

    demand: Callable[[], DemandIndex]
    standings: Callable[[DemandIndex], Awaitable[Standings]]
    budgets: Budgets
    caps: Caps
    sealer: Sealer
    clock: Clock
    roll: Roll
    note: Callable[[Avail, ServedBreak], None]
    refine: Callable[[Avail, list[Candidate]], list[Candidate]] = as_modelled
    trace: Callable[[Avail, Sequence[Candidate], Usage, float, Decision, int], None] = lambda *_: None

    async def __call__(self, avail: Avail) -> ServedBreak:
        """What plays, what it costs, and why the rest does not."""
        now_ms = self.clock.now_ms()
        demand = self.demand()
        standings = await self.standings(demand)
        roll = self.roll()
        reaching = demand.candidates(avail.location, now_ms, avail.course, avail, roll)
        candidates = self.refine(avail, reaching)
        known = standings.usage([candidate.offer.line_item.line_item_id for candidate in candidates])
        counted = [one for candidate in candidates for one in _exposures(avail, candidate)]
        decided, seen = await self.caps.look(avail.subject, avail.avail_id, counted, now_ms)
        if decided is not None:
            return decided
        usage = msgspec.structs.replace(known, exposures=seen)
        for _ in range(_ATTEMPTS):
            decision = fill(avail, candidates, usage, roll)
            served = await self._claim(avail, decision, usage, standings, now_ms)
            if isinstance(served, ServedBreak):
                self.note(avail, served)
                if [one.line_item_id for one in served.fills] == [
                    one.line_item.line_item_id for one in decision.fills
                ]:
                    self.trace(avail, candidates, usage, roll, decision, now_ms)
                return served
            usage = served
        return await self._give_up(avail, candidates, now_ms)

    async def _claim(
        self, avail: Avail, decision: Decision, usage: Usage, standings: Standings, now_ms: int
    ) -> ServedBreak | Usage:
        """The answer that stands; or what was learnt from a counter that had changed meanwhile."""
        claims = [_reservation(avail, chosen) for chosen in decision.fills]
        found = await self.budgets.reserve(claims, now_ms) if claims else []
        # Another call for this avail may hold the same claims: what is given back is only our hold on them.
        ours = [claim for claim, state in zip(claims, found, strict=True) if state.ours]
        if len(ours) < len(claims):
            await self.budgets.release(ours)
            for claim, state in zip(claims, found, strict=True):
                standings.learn(claim.line_item_id, state)
            return _learnt(usage, zip(claims, found, strict=True))
        served = self._served(avail, decision, now_ms)
        exposures = [
            one
            for chosen, claim in zip(decision.fills, claims, strict=True)
            for one in _exposures(avail, chosen.candidate, claim.fill_id)
        ]
        stands = await self.caps.commit(avail.subject, served, exposures, now_ms)
        if isinstance(stands, str):
            await self.budgets.release(ours)
            full = {e.counter: e.cap.count for e in exposures if e.counter == stands}
            return msgspec.structs.replace(usage, exposures={**usage.exposures, **full})
        if stands is not served:
            kept = {chosen.fill_id for chosen in stands.fills}
            await self.budgets.release([claim for claim in ours if claim.fill_id not in kept])
        return stands

    async def _give_up(self, avail: Avail, candidates: Sequence[Candidate], now_ms: int) -> ServedBreak:
        """Counters changed under every attempt: leave the avail empty rather than try for ever."""
        empty = fill(avail, candidates, Usage({}, {}), 0.0)
        stands = await self.caps.commit(avail.subject, self._served(avail, empty, now_ms), (), now_ms)
        if isinstance(stands, str):
            raise TypeError("a plan without exposures cannot be refused")
        return stands

    def _served(self, avail: Avail, decision: Decision, now_ms: int) -> ServedBreak:
        where = avail.location
        coarse = cell(where.latitude, where.longitude) if where else ""
        return ServedBreak(
            avail_id=avail.avail_id,
            fills=tuple(self._fill(avail, chosen, coarse, now_ms) for chosen in decision.fills),
            refusals=tuple(_refused(no) for no in decision.refusals),
            cell=coarse,
            decided_ms=now_ms,
        )

    def _fill(self, avail: Avail, chosen: Fill, coarse: str, now_ms: int) -> ServedFill:
        item, creative, place = chosen.line_item, chosen.creative, chosen.candidate.place
        fill_id = fill_id_of(avail.avail_id, item.line_item_id)
        break_ms = to_ms(avail.starts_at) if avail.starts_at else 0
        beacon = Beacon(
            fill_id=fill_id,
            line_item_id=item.line_item_id,
            advertiser_id=item.advertiser_id,
            creative_id=creative.creative_id,
            place_id=place.place_id if place else "",
            cell=coarse,
            price_micros=item.price_micros,
            currency=item.currency,
            card=creative.is_card,
            expires_ms=now_ms + BEACON_TTL_MS,
            duration_ms=creative.segments * SEGMENT_MS,
            break_ms=break_ms,
            break_ends_ms=break_ms + avail.segments * SEGMENT_MS if break_ms else 0,
            viewer=viewer_of(self.sealer, avail.subject, item.line_item_id),
            pays=pays(item.pricing, item.action),
        )
        return ServedFill(
            fill_id=fill_id,
            line_item_id=item.line_item_id,
            creative_id=creative.creative_id,
            asset_id=creative.asset_id,
            segments=creative.segments,
            beacon=write_token(self.sealer, beacon),
            card=_card(avail, chosen),
            price_micros=item.price_micros,
            currency=item.currency,
            category=item.category.value,
        )


def _learnt(usage: Usage, found: Iterable[tuple[Reservation, Claim]]) -> Usage:
    """With what was refused: its budget has no more, or its goal is reached."""
    remaining, done = dict(usage.remaining_micros), dict(usage.done)
    for claim, state in found:
        if state is Claim.REFUSED:
            remaining[claim.line_item_id] = 0
        elif state is Claim.REACHED:
            done[claim.line_item_id] = claim.goal
    return msgspec.structs.replace(usage, remaining_micros=remaining, done=done)


def fill_id_of(avail_id: str, line_item_id: str) -> str:
    """The id of a fill: the same for a retry, and a pseudonym of the session behind the avail."""
    return "fil_" + hashlib.blake2b(f"{avail_id}\0{line_item_id}".encode(), digest_size=12).hexdigest()


def _refused(no: Refusal) -> Refused:
    offer, place = no.candidate.offer, no.candidate.place
    return Refused(
        line_item_id=offer.line_item.line_item_id,
        reason=no.reason.value,
        detail=no.detail,
        advertiser=offer.advertiser_name,
        place_name=place.name if place else "",
    )


def _card(avail: Avail, chosen: Fill) -> Card:
    creative, candidate = chosen.creative, chosen.candidate
    place = candidate.place
    return Card(
        headline=creative.headline,
        body=creative.body,
        advertiser=candidate.offer.advertiser_name,
        place_id=place.place_id if place else "",
        place_name=place.name if place else "",
        distance_m=coarse_m(candidate.distance_m) if place else None,
        detour_min=round(candidate.detour_s / 60) if place and avail.course else None,
        image_url=f"/v1/assets/{creative.asset_id}/poster.jpg" if creative.asset_id else "",
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        phone=phone_of(place) if place else "",
        coupon=creative.coupon if creative.gives_coupon(to_ms(avail.at)) else "",
    )


def _reservation(avail: Avail, chosen: Fill) -> Reservation:
    item = chosen.line_item
    return Reservation(
        fill_id_of(avail.avail_id, item.line_item_id),
        item.line_item_id,
        item.price_micros,
        to_ms(avail.heard_at),
        goal=item.exact_goal,
        unit=COUNTERS.get(item.goal.unit, ""),
    )


def _exposures(avail: Avail, candidate: Candidate, fill_id: str = "") -> Iterator[Exposure]:
    """What one counts in: its cap, and, in a sequence, how far the car has come."""
    item, card = candidate.offer.line_item, avail.segments == 0
    yield Exposure(fill_id, candidate.offer.windows[card], item.cap)
    if item.rotation is Rotation.SEQUENCE:
        yield Exposure(fill_id, turn_counter(item.line_item_id, card=card), TURNS)
