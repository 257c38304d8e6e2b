"""A decision with what it was made from, so that it can be made again later and compared.

A trace tells no more of where the car was than its cell. Whoever has the table of places could lay rings of
distances around them, however coarse each is; so could one who knows which of many places was the nearest, in
which order they lay, or which of them reached the car at all. So of a place, or an area, a trace keeps one by
one only what would be the same from anywhere in the cell, and what was shown, which is told anyway: no
distances, no detours, no sides, no order but that in which it plays. What was refused for where the car was,
or reached a part of the cell only, is counted by its reason.

Nor does a trace name the vehicle or its session: its id is a pseudonym of the avail's, which only who has
that can find.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from adserver.serving.avail import Avail, Car, Location
from adserver.serving.decision import Decision, fill
from adserver.serving.demand import Candidate
from adserver.serving.eligibility import Refusal
from adserver.serving.frequency import GLANCES, turn_counter
from adserver.serving.offer import Offer
from adserver.serving.pod import POD_LIMIT
from adserver.serving.reason import Reason
from adserver.serving.usage import Usage
from geotarget.coarsen import cell, middle, size_deg
from geotarget.distance import geodesic_m
from geotarget.place import Place


class Verdict(msgspec.Struct, frozen=True):
    """What was said of one line item.

    Args:
        creative_id: what is shown of it; empty where it was refused.
        place: where it was chosen for one.
        reason, detail: why it was refused; empty where it was chosen.
    """

    line_item_id: str
    advertiser_id: str
    advertiser: str
    name: str
    place: str = ""
    creative_id: str = ""
    reason: str = ""
    detail: str = ""


class Trace(msgspec.Struct, frozen=True):
    """A decision's inputs and what came of it.

    Args:
        candidates: those that are told one by one.
        verdicts: what was said of them: the chosen in playing order, the others by their id.
        untold: how many others were refused, by reason.
    """

    trace_id: str
    decided_ms: int
    cell: str
    avail: Avail
    candidates: tuple[Candidate, ...]
    usage: Usage
    roll: float
    verdicts: tuple[Verdict, ...]
    untold: dict[str, int] = {}


class Change(msgspec.Struct, frozen=True):
    """What is said of a line item now, against what was said then; None where nothing is."""

    then: Verdict | None
    now: Verdict | None


class Replayed(msgspec.Struct, frozen=True):
    """A decision made again from its trace.

    Args:
        same: whether exactly the same comes of it, in the same order.
        verdicts: what was said then, in playing order, and then of those refused.
        changes: where it differs.
        untold: how many others were refused, by reason: one by one they would tell where the car was.
    """

    trace_id: str
    decided_ms: int
    cell: str
    segments: int
    same: bool
    verdicts: tuple[Verdict, ...]
    changes: tuple[Change, ...] = ()
    untold: dict[str, int] = {}


def trace_id_of(avail_id: str) -> str:
    """The id of an avail's trace."""
    return "dec_" + hashlib.blake2b(b"trace\0" + avail_id.encode(), digest_size=12).hexdigest()


def trace_of(
    avail: Avail,
    candidates: tuple[Candidate, ...],
    usage: Usage,
    roll: float,
    decision: Decision,
    decided_ms: int,
) -> Trace:
    """What is kept of a decision."""
    where = cell(avail.location.latitude, avail.location.longitude) if avail.location else ""
    refused = {one.line_item.line_item_id: one for one in decision.refusals}
    turns = {one.line_item.line_item_id: turn for turn, one in enumerate(decision.fills)}
    told = {*turns, *(i for i, one in refused.items() if not where or _as_everywhere(one, where))}
    weighed = sorted(((_id(one), one) for one in candidates if _id(one) in told), key=itemgetter(0))
    trace = Trace(
        trace_id=trace_id_of(avail.avail_id),
        decided_ms=decided_ms,
        cell=where,
        avail=replace(
            avail,
            avail_id="",
            subject="",
            location=Location(*middle(where)) if where else None,
            course=None,
            range_m=None,
            stays=(),
            car=_whole(avail.car),
        ),
        candidates=tuple(_without_position(one, where, turns.get(item_id)) for item_id, one in weighed),
        usage=_of(usage, [one for _, one in weighed]),
        roll=roll,
        verdicts=tuple(one for one in verdicts(decision) if one.line_item_id in told),
        untold=dict(sorted(Counter(one.reason.value for i, one in refused.items() if i not in told).items())),
    )
    # Where a search for the best pod was cut short, what it had not come to is told no more than counted.
    return trace if replay(trace).same else _of_chosen(trace)


def _of_chosen(trace: Trace) -> Trace:
    """The same without what was refused."""
    chosen = tuple(one for one in trace.verdicts if one.creative_id)
    ids = {one.line_item_id for one in chosen}
    kept = tuple(one for one in trace.candidates if one.offer.line_item.line_item_id in ids)
    untold = Counter(trace.untold) + Counter(one.reason for one in trace.verdicts if one.reason)
    return replace(trace, candidates=kept, verdicts=chosen, untold=dict(sorted(untold.items())))


def verdicts(decision: Decision) -> tuple[Verdict, ...]:
    """What a decision says of each line item: of the chosen in playing order, of the others by their id."""
    chosen = [
        _verdict(one.candidate.offer, one.candidate.place, creative_id=one.creative.creative_id)
        for one in decision.fills
    ]
    refused = [
        _verdict(one.candidate.offer, None, reason=one.reason.value, detail=one.detail)
        for one in decision.refusals
    ]
    return (*chosen, *sorted(refused, key=lambda one: one.line_item_id))


def replay(trace: Trace) -> Replayed:
    """Make the decision again."""
    now = verdicts(fill(trace.avail, trace.candidates, trace.usage, trace.roll))
    before = {one.line_item_id: one for one in trace.verdicts}
    after = {one.line_item_id: one for one in now}
    found = [Change(one, after.get(one.line_item_id)) for one in trace.verdicts]
    found += [Change(None, one) for one in now if one.line_item_id not in before]
    return Replayed(
        trace_id=trace.trace_id,
        decided_ms=trace.decided_ms,
        cell=trace.cell,
        segments=trace.avail.segments,
        same=now == trace.verdicts,
        verdicts=trace.verdicts,
        changes=tuple(one for one in found if one.then != one.now),
        untold=trace.untold,
    )


def seen_by(advertiser_id: str, replayed: Replayed) -> Replayed:
    """What an advertiser may see of it: its own line items, and whether they came out alike."""
    changes = tuple(one for one in replayed.changes if _whose(one) == advertiser_id)
    own = tuple(one for one in replayed.verdicts if one.advertiser_id == advertiser_id)
    return replace(replayed, cell="", same=not changes, verdicts=own, changes=changes, untold={})


def _whose(change: Change) -> str:
    verdict = change.then or change.now
    return verdict.advertiser_id if verdict else ""


def _verdict(
    offer: Offer, place: Place | None, creative_id: str = "", reason: str = "", detail: str = ""
) -> Verdict:
    item = offer.line_item
    return Verdict(
        item.line_item_id,
        item.advertiser_id,
        offer.advertiser_name,
        item.name,
        place.name if place else "",
        creative_id,
        reason,
        detail,
    )


def _whole(car: Car) -> Car:
    """Numbers of the car's without their fractions, which no limit of a line item has either."""
    numbers = {
        name: math.floor(value)
        for name in ("charge_percent", "fuel_percent", "odometer_km")
        if (value := getattr(car, name)) is not None
    }
    return replace(car, **numbers)


_WHERE = frozenset(
    {
        Reason.OUT_OF_REACH,
        Reason.FENCE_NOT_CROSSED,
        Reason.BEHIND_THE_CAR,
        Reason.DRIVEN_BY,
        Reason.OTHER_SIDE,
        Reason.DETOUR_TOO_LONG,
        Reason.BEYOND_RANGE,
        Reason.CLOSED_ON_ARRIVAL,
    }
)
"""What is refused for where the car is, and which way it goes."""
_UNTOLD = "untold"


def _as_everywhere(refusal: Refusal, where: str) -> bool:
    """Whether it would surely have been weighed from everywhere in the cell."""
    candidate = refusal.candidate
    if not candidate.offer.located:
        return True
    if candidate.place is None or refusal.reason in _WHERE:
        return False
    here, size = middle(where), size_deg(middle(where)[0])
    corner = min(90.0, here[0] + size[0] / 2), here[1] - size[1] / 2
    # The corner towards the equator is the farther one.
    other = max(-90.0, here[0] - size[0] / 2), here[1] - size[1] / 2
    half_m = max(geodesic_m(*here, *corner), geodesic_m(*here, *other))
    apart_m = geodesic_m(*here, candidate.place.latitude, candidate.place.longitude)
    return apart_m + half_m <= candidate.offer.line_item.radius_m


def _of(usage: Usage, weighed: Sequence[Candidate]) -> Usage:
    """What the counters said of these, and of no other."""
    ids = {_id(one) for one in weighed}
    turns = {turn_counter(item_id, card=card) for item_id in ids for card in (False, True)}
    names = {name for one in weighed for counted in one.offer.counted for name, _ in counted} | {GLANCES}
    return Usage(
        {one: n for one, n in usage.remaining_micros.items() if one in ids},
        {one: why for one, why in usage.full.items() if one in names},
        {one: n for one, n in usage.done.items() if one in ids},
        {one: n for one, n in usage.passes.items() if one in ids},
        {one: n for one, n in usage.turns.items() if one in turns},
    )


def _id(candidate: Candidate) -> str:
    return candidate.offer.line_item.line_item_id


def _without_position(candidate: Candidate, where: str, turn: int | None) -> Candidate:
    """The same as far as decisions ask.

    Its place lies where the car is, ahead and open, since it was not refused for that; as far away as its
    turn among the chosen says, or farther than those.
    """
    item = candidate.offer.line_item
    few = replace(item, place_ids=item.place_ids[:1], area_ids=item.area_ids[:1])
    place = candidate.place
    if place is not None:
        name = place.name if turn is not None else _UNTOLD
        place = Place(
            _UNTOLD, _UNTOLD, _UNTOLD, name, "", place.category, *(middle(where) if where else (0.0, 0.0))
        )
    return Candidate(
        offer=replace(candidate.offer, line_item=few),
        place=place,
        distance_m=float(POD_LIMIT if turn is None else turn),
        within=candidate.within,
        crossed=candidate.crossed,
    )
