"""Which promotions fill an avail, and why the others do not: a pure function, the same for the same roll."""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain, groupby
from operator import lt, or_
from typing import Self

import msgspec

from adserver.booking.campaign import (
    Creative,
    LineItem,
    Priority,
    Rotation,
)
from adserver.booking.terms import PPM
from adserver.serving.avail import Avail
from adserver.serving.demand import Candidate
from adserver.serving.eligibility import Refusal, no, plain, unable
from adserver.serving.frequency import turn_counter
from adserver.serving.lot import Draw, lot
from adserver.serving.offer import CATEGORY_BITS, Offer, first_of
from adserver.serving.pod import POD_LIMIT, Entry, Pod, pack
from adserver.serving.reason import Reason
from adserver.serving.rotation import drawn, turned
from adserver.serving.usage import Usage


class Fill(msgspec.Struct, frozen=True, gc=False):
    """A line item that is chosen, with the creative that is shown."""

    candidate: Candidate
    creative: Creative

    @property
    def line_item(self) -> LineItem:
        """What pays."""
        return self.candidate.offer.line_item


class Decision(msgspec.Struct, frozen=True):
    """The fills in the order in which they play, and a refusal for every other candidate."""

    fills: tuple[Fill, ...]
    refusals: tuple[Refusal, ...]


class _Able(msgspec.Struct, frozen=True, gc=False):
    """A candidate that nothing but the others in the pod can keep out, and what it can show.

    Args:
        lengths: of the creatives that the break is long enough for, longest first.
    """

    candidate: Candidate
    playable: tuple[Creative, ...]
    lengths: tuple[int, ...] = ()


def fill(avail: Avail, candidates: Sequence[Candidate], usage: Usage, roll: float) -> Decision:
    """Fill ``avail``: by priority, then nearest, then by what is expected of it, then by ``roll`` in [0, 1).

    A break is packed as :mod:`adserver.serving.pod` says; a card is the first in rank. Every candidate
    ends as a fill or as a refusal with the first reason that the checklist finds.
    """
    judged = [_judge(avail, candidate, usage, roll) for candidate in _ranked(candidates, roll)]
    able = [one for one in judged if isinstance(one, _Able)]
    fills = _packed(avail, able, roll) if avail.segments else [_fill(one, 0, roll) for one in able[:1]]
    chosen = {one.line_item.line_item_id for one in fills}
    standing = _Standing.of(avail, fills)
    refusals = [
        _crowded(avail, one, standing) if isinstance(one, _Able) else one
        for one in judged
        if not (isinstance(one, _Able) and one.candidate.offer.line_item.line_item_id in chosen)
    ]
    return Decision(tuple(fills), tuple(refusals))


def _packed(avail: Avail, able: Sequence[_Able], roll: float) -> list[Fill]:
    """The pod, in playing order: class by class, each in the order of rank."""
    pod, fills = Pod(avail.segments, POD_LIMIT - min(avail.ads_limit, POD_LIMIT)), []
    advertisers: dict[str, int] = {}
    for priority, members in groupby(able, key=_priority):
        fitting = [one for one in members if one.lengths]
        entries = [_entry(one, advertisers) for one in fitting]
        # What the house says of itself is there to fill: which of it comes first matters less.
        found = pack(pod, entries, anchored=priority is not Priority.HOUSE)
        fills += [_fill(fitting[index], length, roll) for index, length in found]
    return fills


def _priority(one: _Able) -> Priority:
    return one.candidate.offer.line_item.priority


def _entry(one: _Able, advertisers: dict[str, int]) -> Entry:
    """What it is and what it bars as bits; each advertiser, and so each campaign, has one of its own."""
    offer = one.candidate.offer
    own = 1 << CATEGORY_BITS + advertisers.setdefault(offer.line_item.advertiser_id, len(advertisers))
    return Entry(one.lengths, own | offer.competes, own | offer.bars)


def _fill(one: _Able, length: int, roll: float) -> Fill:
    made = [creative for creative in one.playable if creative.segments == length]
    return Fill(one.candidate, drawn(made, _ticket(one.candidate, roll)))


def _ticket(candidate: Candidate, roll: float) -> str:
    """Another one than that of a tie, so that who wins a tie is not always shown the same."""
    return f"{roll}:{candidate.offer.line_item.line_item_id}:creative"


def _ranked(candidates: Sequence[Candidate], roll: float) -> Iterable[Candidate]:
    ranks = list(map(_rank, candidates))
    if all(map(lt, ranks, ranks[1:])):
        return candidates
    alike: dict[tuple[int, float, int], list[Candidate]] = {}
    for rank, candidate in zip(ranks, candidates, strict=True):
        alike.setdefault(rank, []).append(candidate)
    tied = (alike[rank] for rank in sorted(alike))
    return chain.from_iterable(
        some if len(some) == 1 else sorted(some, key=lambda one: _lot(one, roll)) for some in tied
    )


def _rank(candidate: Candidate) -> tuple[int, float, int]:
    offer = candidate.offer
    return offer.rank, candidate.distance_m, -offer.value_micros


def _lot(candidate: Candidate, roll: float) -> int:
    """What a tie is decided by: every order is equally likely, and the same for the same roll."""
    return lot(candidate.offer.key, roll, Draw.TIE)


def _judge(avail: Avail, candidate: Candidate, usage: Usage, roll: float) -> _Able | Refusal:
    refusal = None if plain(avail, candidate) else unable(avail, candidate)
    refusal = refusal or _used_up(avail, candidate, usage, roll)
    if refusal is not None:
        return refusal
    playable = _playable(avail, candidate)
    if not playable:
        if avail.segments == 0 and candidate.offer.line_item.films_only:
            return no(candidate, Reason.CARDS_DO_NOT_COUNT)
        offered = ", ".join(sorted(avail.formats)) or "nothing"
        return no(candidate, Reason.FORMAT_NOT_OFFERED, f"now possible: {offered}")
    item = candidate.offer.line_item
    if item.rotation is not _FIT:
        turn = usage.exposures.get(turn_counter(item.line_item_id, card=avail.segments == 0), 0)
        playable = turned(item.rotation, playable, _ticket(candidate, roll), turn, avail.segments)
    return _Able(candidate, playable, _lengths(playable, avail.segments))


def _lengths(playable: tuple[Creative, ...], longest: int) -> tuple[int, ...]:
    if len(playable) == 1:
        length = playable[0].segments
        return (length,) if length <= longest else ()
    lengths = {creative.segments for creative in playable if creative.segments <= longest}
    return tuple(sorted(lengths, reverse=True))


# A member of an enum is looked up anew, and slowly, wherever it is written.
_FIT = Rotation.FIT


def _used_up(avail: Avail, candidate: Candidate, usage: Usage, roll: float) -> Refusal | None:
    """What the counters refuse: an unknown budget is none."""
    offer, item = candidate.offer, candidate.offer.line_item
    if usage.done and item.goal.amount and usage.done.get(item.line_item_id, 0) >= item.goal.amount:
        return no(candidate, Reason.GOAL_REACHED)

    if usage.remaining_micros.get(item.line_item_id, 0) < offer.price_micros:
        return no(candidate, Reason.NO_BUDGET)

    seen = usage.exposures.get(offer.windows[avail.segments == 0], 0)
    if seen >= item.cap.count:
        return no(candidate, Reason.FREQUENCY_CAP, f"{seen} of {item.cap.count} in {item.cap.window_s} s")

    if usage.passes:
        let_through = usage.passes.get(item.line_item_id, PPM)
        if let_through < PPM and let_through <= lot(offer.key, roll, Draw.PACE) % PPM:
            return no(candidate, Reason.PACED)

    return None


def _playable(avail: Avail, candidate: Candidate) -> tuple[Creative, ...]:
    """The conditioned creatives that can be shown now; spots and cards never stand in for each other.

    A break is decided once and heard wherever the car is by then: a spot needs sound even where it is parked.
    """
    offered = avail.formats
    made = candidate.offer.spots if avail.segments else candidate.offer.cards
    if len(made) == 1:
        return () if offered.isdisjoint(made[0].formats) else made
    return tuple([creative for creative in made if not offered.isdisjoint(creative.formats)])


class _Standing(msgspec.Struct, frozen=True, gc=False):
    """What stands in the pod, as far as others are told of it."""

    fills: Sequence[Fill]
    advertisers: frozenset[str]
    competes: int
    bars: int
    left: str

    @classmethod
    def of(cls, avail: Avail, fills: Sequence[Fill]) -> Self:
        offers = [one.candidate.offer for one in fills]
        left = avail.segments - sum([one.creative.segments for one in fills])
        return cls(
            fills=fills,
            advertisers=frozenset([offer.line_item.advertiser_id for offer in offers]),
            competes=reduce(or_, [offer.competes for offer in offers], 0),
            bars=reduce(or_, [offer.bars for offer in offers], 0),
            left=f"segments left: {left}" if avail.segments else "",
        )

    def bears(self, offer: Offer) -> bool:
        """Whether nothing in it keeps the offer out."""
        apart = not (offer.competes & self.bars or offer.bars & self.competes)
        return apart and offer.line_item.advertiser_id not in self.advertisers


def _crowded(avail: Avail, one: _Able, standing: _Standing) -> Refusal:
    """Why one that could play is not in the pod: its length, what stands there already, or no time left."""
    candidate = one.candidate
    if avail.segments and not one.lengths:
        return no(candidate, Reason.TOO_LONG, f"segments of the break: {avail.segments}")
    if avail.segments and not standing.bears(candidate.offer):
        for other in standing.fills:
            refusal = _beside(candidate, other)
            if refusal is not None:
                return refusal
    return no(candidate, Reason.POD_FULL, standing.left)


def _beside(candidate: Candidate, other: Fill) -> Refusal | None:
    """Why the two do not stand in one pod."""
    mine, its = candidate.offer, other.candidate.offer
    if its.line_item.campaign_id == mine.line_item.campaign_id:
        return no(candidate, Reason.DUPLICATE_IN_POD)

    if its.line_item.advertiser_id == mine.line_item.advertiser_id:
        return no(candidate, Reason.ADVERTISER_IN_POD, its.advertiser_name)

    shared = mine.competes & its.competes
    if shared:
        return no(candidate, Reason.COMPETITIVE_SEPARATION, f"{first_of(shared)}: {its.advertiser_name}")

    barred = mine.bars & its.competes | its.bars & mine.competes
    if barred:
        return no(candidate, Reason.EXCLUDED_CATEGORY, f"{first_of(barred)}: {its.advertiser_name}")

    return None
