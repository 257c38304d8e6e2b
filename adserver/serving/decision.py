"""Which promotions fill an avail, and why the others do not: a pure function, the same for the same roll."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import lt

import msgspec

from adserver.booking.campaign import PRIORITY_RANK, Creative, LineItem, Priority, Rotation
from adserver.booking.terms import PPM
from adserver.serving.avail import Avail
from adserver.serving.demand import Candidate
from adserver.serving.eligibility import Refusal, no, plain, unable
from adserver.serving.frequency import GLANCES, turn_counter
from adserver.serving.lot import Draw, lot
from adserver.serving.offer import first_of
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


def fill(
    avail: Avail,
    candidates: Sequence[Candidate],
    usage: Usage,
    roll: float,
    entries: Sequence[Entry | None] = (),
) -> Decision:
    """Fill ``avail``: by priority, then nearest, then by what is expected of it, then by ``roll`` in [0, 1).

    A break is packed as :mod:`adserver.serving.pod` says; a card is the first in rank. Every candidate
    ends as a fill or as a refusal with the first reason that the checklist finds.

    Args:
        avail: what is offered.
        candidates: who is weighed, in any order; with ``entries`` in that of their rank.
        usage: what counters say of them.
        roll: what lots are drawn by.
        entries: what :class:`adserver.serving.demand.Weighed` knows of them: it saves asking, and changes
            nothing.
    """
    ranked = candidates if entries else list(_ranked(candidates, roll))
    if entries and usage.full:
        known = zip(candidates, entries, strict=True)
        entries = [None if _enough(avail, candidate, usage) else entry for candidate, entry in known]
    judged = [
        entry or _judge(avail, candidate, usage, roll)
        for candidate, entry in zip(ranked, entries or repeat(None, len(ranked)), strict=True)
    ]
    pod = Pod(avail.segments, POD_LIMIT - min(avail.ads_limit, POD_LIMIT))
    chosen = _chosen(pod, judged)
    fills = {n: _fill(avail, ranked[n], length, usage, roll) for n, length in chosen}
    return Decision(tuple(fills.values()), tuple(_refusals(pod, ranked, judged, fills)))


def _chosen(pod: Pod, judged: Sequence[Entry | Refusal]) -> list[tuple[int, int]]:
    """Where those stand that fill the pod, and how long each is: class by class, in the order of rank."""
    able = [n for n, one in enumerate(judged) if isinstance(one, Entry)]
    entries = [one for one in judged if isinstance(one, Entry)]
    if not pod.left:
        # Whoever is beaten by a promotion of its own is told so, as in a break.
        pod.owners = tuple(entry.owner for entry in entries[:1])
        return [(n, 0) for n in able[:1]]
    found: list[tuple[int, int]] = []
    begin = 0
    while begin < len(entries) and pod.left:
        rank = entries[begin].rank
        end = len(entries) if entries[-1].rank == rank else bisect_right(entries, rank, begin, key=_class)
        # What the house says of itself is there to fill: which of it comes first matters less.
        packed = pack(pod, entries[begin:end], anchored=rank != _HOUSE)
        found += [(able[begin + index], length) for index, length in packed]
        begin = end
    return found


def _class(entry: Entry) -> int:
    return entry.rank


def _fill(avail: Avail, candidate: Candidate, length: int, usage: Usage, roll: float) -> Fill:
    playable = _turned(avail, candidate, _playable(avail, candidate), usage, roll)
    made = [creative for creative in playable if creative.segments == length]
    return Fill(candidate, made[0] if len(made) == 1 else drawn(made, _ticket(candidate, roll)))


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


def _judge(avail: Avail, candidate: Candidate, usage: Usage, roll: float) -> Entry | Refusal:
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
    offer, shown = candidate.offer, _turned(avail, candidate, playable, usage, roll)
    lengths = {creative.segments for creative in shown if creative.segments <= avail.segments}
    ordered = tuple(sorted(lengths, reverse=True))
    return Entry(ordered, offer.competes, offer.bars, offer.rank, offer.owner)


def _turned(
    avail: Avail, candidate: Candidate, playable: tuple[Creative, ...], usage: Usage, roll: float
) -> tuple[Creative, ...]:
    """Those of ``playable`` whose turn it is."""
    item = candidate.offer.line_item
    if item.rotation is _FIT:
        return playable
    turn = usage.turns.get(turn_counter(item.line_item_id, card=avail.segments == 0), 0)
    return turned(item.rotation, playable, _ticket(candidate, roll), turn, avail.segments)


# A member of an enum is looked up anew, and slowly, wherever it is written.
_FIT, _POD_FULL = Rotation.FIT, Reason.POD_FULL
_HOUSE = PRIORITY_RANK[Priority.HOUSE]


def _enough(avail: Avail, candidate: Candidate, usage: Usage) -> Refusal | None:
    """What the car has seen enough of."""
    if avail.glances and GLANCES in usage.full:
        return no(candidate, Reason.GLANCE_BUDGET, usage.full[GLANCES])

    for name, _ in candidate.offer.counted[avail.segments == 0]:
        if name in usage.full:
            return no(candidate, Reason.FREQUENCY_CAP, usage.full[name])

    return None


def _used_up(avail: Avail, candidate: Candidate, usage: Usage, roll: float) -> Refusal | None:
    """What the counters refuse: an unknown budget is none."""
    offer, item = candidate.offer, candidate.offer.line_item
    if usage.done and item.goal.amount and usage.done.get(item.line_item_id, 0) >= item.goal.amount:
        return no(candidate, Reason.GOAL_REACHED)

    if usage.remaining_micros.get(item.line_item_id, 0) < offer.price_micros:
        return no(candidate, Reason.NO_BUDGET)

    if usage.full and (refusal := _enough(avail, candidate, usage)):
        return refusal

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


def _refusals(
    pod: Pod, ranked: Sequence[Candidate], judged: Sequence[Entry | Refusal], fills: Mapping[int, Fill]
) -> Iterator[Refusal]:
    """Why the others are not in the pod: the checklist, their length, what stands there, or no time left."""
    stand = [(one, entry) for n, one in fills.items() if isinstance(entry := judged[n], Entry)]
    left = f"segments left: {pod.left}" if pod.segments else ""
    marks, bars, owners = pod.marks, pod.bars, pod.owners
    for n, (candidate, one) in enumerate(zip(ranked, judged, strict=True)):
        if n in fills:
            continue
        if isinstance(one, Refusal):
            yield one
        elif not one.lengths:
            yield no(candidate, Reason.TOO_LONG, f"segments of the break: {pod.segments}")
        elif one.marks & bars or one.bars & marks or one.owner in owners:
            yield next(_beside(candidate, one, other, its) for other, its in stand if not its.bears(one))
        else:
            yield Refusal(candidate, _POD_FULL, left)


def _beside(candidate: Candidate, mine: Entry, other: Fill, its: Entry) -> Refusal:
    """Why the two do not stand in one pod."""
    name = other.candidate.offer.advertiser_name
    if mine.owner == its.owner:
        same = candidate.offer.line_item.campaign_id == other.line_item.campaign_id
        return (
            no(candidate, Reason.DUPLICATE_IN_POD) if same else no(candidate, Reason.ADVERTISER_IN_POD, name)
        )

    shared = mine.marks & its.marks
    if shared:
        return no(candidate, Reason.COMPETITIVE_SEPARATION, f"{first_of(shared)}: {name}")

    barred = mine.bars & its.marks | its.bars & mine.marks
    return no(candidate, Reason.EXCLUDED_CATEGORY, f"{first_of(barred)}: {name}")
