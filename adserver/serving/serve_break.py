"""A break or a card slot is offered, decided once, and paid for in advance."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from msgspec.structs import replace

from adserver.billing.budget import COUNTERS, Claim, Reservation
from adserver.billing.impression import BEACON_TTL_MS, Beacon, pays, viewer_of, write_token
from adserver.ports import Budgets, Caps, Roll
from adserver.serving.avail import Avail, Card, Refused, ServedBreak, ServedFill
from adserver.serving.decision import Decision, Fill, fill
from adserver.serving.demand import Candidate, DemandIndex
from adserver.serving.eligibility import Refusal
from adserver.serving.frequency import GLANCES, TURN_MARK, Drive, Seen, counter
from adserver.serving.frequency import Caps as FrequencyCaps
from adserver.serving.kept import Commit, Kept, Log, Plan
from adserver.serving.pod import Entry
from adserver.serving.refine_detours import as_modelled
from adserver.serving.standings import Rows, Standings
from adserver.serving.usage import Usage
from geotarget.coarsen import cell, coarse_m
from geotarget.phone import phone_of
from kernel.clock import Clock, to_ms
from kernel.errors import Unavailable
from kernel.sealing import Sealer
from media.house_format import SEGMENT_MS

Refine = Callable[[Avail, list[Candidate]], list[Candidate]]

_SPOT, _CARD = counter("", card=False), counter("", card=True)
_TURNS = 32
"""More than calls for avails of one vehicle get in one another's way; the last one decides for nothing."""


@dataclass(frozen=True)
class ServeBreak:
    """Gathers candidates and counters, decides, reserves, and keeps the answer: in two round trips.

    Two calls with one avail id get one answer: the second finds it, or, where both decided at once,
    the loser gives its claims back and returns the winner's. What was decided is kept while its claims are
    made; where one is refused, the plan is replaced, unless somebody who found it could claim all that it
    needs: docs/decisions/0030.

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
    refine: Refine = as_modelled
    trace: Callable[[Avail, Sequence[Candidate], Usage, float, Decision, int], None] = lambda *_: None

    async def __call__(self, avail: Avail) -> ServedBreak:
        """What plays, what it costs, and why the rest does not.

        Raises:
            Unavailable: ``avail-contended`` where others kept getting in between.
        """
        now_ms, index = self.clock.now_ms(), self.demand()
        standings = await self.standings(index)
        looked = await self.caps.look(avail.subject, avail.avail_id)
        kept, log, roll = looked.kept, looked.log, self.roll()
        if kept is not None and kept.certain(now_ms):
            return kept.plan.served
        asked = _Asked.of(avail, index, log, now_ms, roll, self.refine)
        usage, entries, replaces = standings.usage(asked.rows), asked.entries, None
        for turn in range(_TURNS):
            if kept is not None:
                found = await self._adopted(avail.subject, kept, now_ms)
                if isinstance(found, ServedBreak):
                    return found
                usage, entries, replaces = _learnt(usage, standings, kept.plan, found), (), kept
                looked = await self.caps.look(avail.subject, avail.avail_id)
                kept, log = _other(looked.kept, replaces), looked.log.without(replaces.plan)
                if kept is not None:
                    continue
            drive = log.drive.at(now_ms, parked=avail.parked)
            if turn < _TURNS - 1:
                usage = asked.with_seen(usage, log.seen, drive)
            else:
                usage, entries = Usage({}), ()
            decision = fill(avail, asked.candidates, usage, roll, entries)
            shown = asked.counted(decision)
            plan = self._plan(asked, decision, tuple(name for name, _ in shown), drive)
            seen = log.seen.and_these(shown, now_ms, drive.began_ms) if shown else log.seen
            commit = Commit(plan, log, seen, drive, replaces)
            found, done = await self.caps.commit(avail.subject, commit, now_ms)
            ours = [claim for claim, state in zip(plan.claims, found, strict=True) if state.ours]
            if done.ours and len(ours) == len(found):
                self._tell(asked, usage, roll, decision, plan.served)
                return plan.served
            # Others may hold the same claims for this avail: what is given back is only our hold on them.
            await self.budgets.release(ours)
            usage, entries = _learnt(usage, standings, plan, found), ()
            if done.ours and done.kept is not None:
                replaces, log = done.kept, Log(log.seen, done.kept.version, drive)
            else:
                kept = done.kept
                log = done.log.without(replaces.plan) if replaces and not kept else done.log
        fix = "Ask again."
        raise Unavailable("avail-contended", "Others kept deciding for the same vehicle.", fix=fix)

    async def _adopted(self, subject: str, kept: Kept, now_ms: int) -> ServedBreak | list[Claim]:
        """A plan that stands, once all that it needs is claimed; else what became of its claims."""
        if kept.certain(now_ms):
            return kept.plan.served
        found = await self.budgets.reserve(kept.plan.claims, now_ms)
        held = [claim for claim, state in zip(kept.plan.claims, found, strict=True) if state.ours]
        if len(held) == len(found) and await self.caps.confirm(subject, kept):
            return kept.plan.served
        await self.budgets.release(held)
        return found

    def _tell(
        self, asked: "_Asked", usage: Usage, roll: float, decision: Decision, served: ServedBreak
    ) -> None:
        self.note(asked.avail, served)
        self.trace(asked.avail, asked.candidates, usage, roll, decision, asked.now_ms)

    def _plan(self, asked: "_Asked", decision: Decision, names: tuple[str, ...], drive: Drive) -> Plan:
        return Plan(
            self._served(asked.avail, decision, asked.now_ms),
            tuple(_reservation(asked.avail, chosen) for chosen in decision.fills),
            names,
            drive.began_ms,
        )

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


class _Asked(NamedTuple):
    """An avail with what it is decided from, apart from counters."""

    avail: Avail
    candidates: Sequence[Candidate]
    rows: Rows
    entries: Sequence[Entry | None]
    caps: Mapping[str, FrequencyCaps]
    now_ms: int

    @classmethod
    def of(cls, avail: Avail, index: DemandIndex, log: Log, now_ms: int, roll: float, refine: Refine) -> Self:
        """With what is weighed: what the car has had enough of takes nobody's room."""
        other = _SPOT if avail.segments == 0 else _CARD
        busy = [name for name in log.seen.busy if not name.endswith(other)]
        drive_ms = log.drive.at(now_ms, parked=avail.parked).began_ms
        full = [name.rpartition(":")[0] for name in log.seen.full(busy, index.caps, now_ms, drive_ms)]
        found = index.weigh(avail.location, now_ms, avail.course, avail, roll, full)
        return cls(avail, refine(avail, found.candidates), found.rows, found.entries, index.caps, now_ms)

    def with_seen(self, usage: Usage, seen: Seen, drive: Drive) -> Usage:
        """``usage`` with what the car has had enough of, and how far it has come in sequences."""
        card = self.avail.segments == 0
        names = [name for one in self.candidates for name, _ in one.offer.counted[card]]
        caps: Mapping[str, FrequencyCaps] = self.caps
        if card and self.avail.glances:
            names.append(GLANCES)
            caps = {**caps, GLANCES: self.avail.glances}
        known = seen.by_name.keys() & names
        if not known:
            return replace(usage, full={}, turns={})
        full = seen.full(known, caps, self.now_ms, drive.began_ms)
        turns = {name: seen.turn(name) for name in known if name.endswith(TURN_MARK)}
        return replace(usage, full=full, turns=turns)

    def counted(self, decision: Decision) -> list[tuple[str, FrequencyCaps]]:
        """What the fills count in."""
        card = self.avail.segments == 0
        found = [one for chosen in decision.fills for one in chosen.candidate.offer.counted[card]]
        if card and self.avail.glances and found:
            found.append((GLANCES, self.avail.glances))
        return found


def _other(kept: Kept | None, than: Kept) -> Kept | None:
    """``kept``, where it is not the plan that is to be replaced."""
    return kept if kept is not None and (kept.sure or kept.version != than.version) else None


def _learnt(usage: Usage, standings: Standings, plan: Plan, found: Sequence[Claim]) -> Usage:
    """With what was refused: its budget has no more, or its goal is reached."""
    remaining, done = dict(usage.remaining_micros), dict(usage.done)
    for claim, state in zip(plan.claims, found, strict=True):
        standings.learn(claim.line_item_id, state)
        if state is Claim.REFUSED:
            remaining[claim.line_item_id] = 0
        elif state is Claim.REACHED:
            done[claim.line_item_id] = claim.goal
    return replace(usage, remaining_micros=remaining, done=done)


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
