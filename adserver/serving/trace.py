"""A decision with all that it was made from, so that it can be made again later and compared.

A trace holds no position. A decision is made from what was derived of one: how far places are in coarse
steps, on which side, how long the detour is; the position itself decides nothing any more. What is kept
instead of it is the middle of its cell, and of a place all but where it is. Nor does a trace name the vehicle
or its session: its id is a pseudonym of the avail's, which only who has that can find.
"""

import dataclasses
import hashlib
import math

import msgspec
from msgspec.structs import replace

from adserver.serving.avail import Avail, Car, Location
from adserver.serving.decision import Decision, fill
from adserver.serving.demand import Candidate
from adserver.serving.offer import Offer
from adserver.serving.usage import Usage
from geotarget.coarsen import cell, middle
from geotarget.place import Place


class Verdict(msgspec.Struct, frozen=True):
    """What was said of one line item.

    Args:
        creative_id: what is shown of it; empty where it was refused.
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
    """A decision's inputs and what came of it."""

    trace_id: str
    decided_ms: int
    cell: str
    avail: Avail
    candidates: tuple[Candidate, ...]
    usage: Usage
    roll: float
    verdicts: tuple[Verdict, ...]


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
    """

    trace_id: str
    decided_ms: int
    cell: str
    segments: int
    same: bool
    verdicts: tuple[Verdict, ...]
    changes: tuple[Change, ...] = ()


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
    return Trace(
        trace_id=trace_id_of(avail.avail_id),
        decided_ms=decided_ms,
        cell=where,
        avail=replace(
            avail,
            avail_id="",
            subject="",
            location=Location(*middle(where)) if where else None,
            course=None,
            stays=(),
            car=_whole(avail.car),
        ),
        candidates=tuple(map(_without_position, candidates)),
        usage=usage,
        roll=roll,
        verdicts=verdicts(decision),
    )


def verdicts(decision: Decision) -> tuple[Verdict, ...]:
    """What a decision says of each line item."""
    chosen = [
        _verdict(one.candidate.offer, one.candidate.place, creative_id=one.creative.creative_id)
        for one in decision.fills
    ]
    refused = [
        _verdict(one.candidate.offer, one.candidate.place, reason=one.reason.value, detail=one.detail)
        for one in decision.refusals
    ]
    return (*chosen, *refused)


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
    )


def seen_by(advertiser_id: str, replayed: Replayed) -> Replayed:
    """What an advertiser may see of it: its own line items, and whether they came out alike."""
    changes = tuple(one for one in replayed.changes if _whose(one) == advertiser_id)
    own = tuple(one for one in replayed.verdicts if one.advertiser_id == advertiser_id)
    return replace(replayed, cell="", same=not changes, verdicts=own, changes=changes)


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


def _without_position(candidate: Candidate) -> Candidate:
    """The same as far as decisions ask: its place without where that is, one place and area for all."""
    item = candidate.offer.line_item
    few = replace(item, place_ids=item.place_ids[:1], area_ids=item.area_ids[:1])
    place = candidate.place
    if place is not None:
        latitude, longitude = middle(cell(place.latitude, place.longitude))
        place = dataclasses.replace(place, latitude=latitude, longitude=longitude)
    return replace(candidate, offer=replace(candidate.offer, line_item=few), place=place)
