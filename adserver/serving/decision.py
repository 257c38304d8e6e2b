"""Which promotions fill an avail, and why the others do not: a pure function, the same for the same roll."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby

import msgspec

from adserver.booking.campaign import (
    PRIORITY_RANK,
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
)
from adserver.serving.avail import Avail, Format
from adserver.serving.demand import Candidate
from adserver.serving.frequency import counter
from adserver.serving.pod import Entry, Pod, pack
from kernel.clock import to_ms


class Reason(StrEnum):
    """Why a line item is not chosen, in the order in which it is asked."""

    PAUSED = "paused"
    ENDED = "ended"
    NOT_IN_FLIGHT = "not-in-flight"
    MARKET_NOT_BOOKED = "market-not-booked"
    LOCATION_UNKNOWN = "location-unknown"
    OUT_OF_REACH = "out-of-reach"
    CREATIVE_NOT_READY = "creative-not-ready"
    FORMAT_NOT_OFFERED = "format-not-offered"
    NO_BUDGET = "no-budget"
    FREQUENCY_CAP = "frequency-cap"
    TOO_LONG = "too-long"
    DUPLICATE_IN_POD = "duplicate-in-pod"
    ADVERTISER_IN_POD = "advertiser-in-pod"
    COMPETITIVE_SEPARATION = "competitive-separation"
    EXCLUDED_CATEGORY = "excluded-category"
    POD_FULL = "pod-full"


CHOSEN = "chosen"
PASSED_OVER = frozenset(
    {
        Reason.FORMAT_NOT_OFFERED,
        Reason.FREQUENCY_CAP,
        Reason.TOO_LONG,
        Reason.ADVERTISER_IN_POD,
        Reason.COMPETITIVE_SEPARATION,
        Reason.EXCLUDED_CATEGORY,
        Reason.POD_FULL,
    }
)
"""Why a line item that could serve here and now does not: what its advertiser cannot see by itself."""


class Refusal(msgspec.Struct, frozen=True):
    """A coded answer to "why not this one?"; ``detail`` may be read by anybody, competitors too."""

    candidate: Candidate
    reason: Reason
    detail: str = ""

    @property
    def line_item(self) -> LineItem:
        """What was not chosen."""
        return self.candidate.offer.line_item


class Fill(msgspec.Struct, frozen=True):
    """A line item that is chosen, with the creative that is shown."""

    candidate: Candidate
    creative: Creative

    @property
    def line_item(self) -> LineItem:
        """What pays."""
        return self.candidate.offer.line_item


class Usage(msgspec.Struct, frozen=True):
    """What the counters say: micros left by line item id, exposures within the cap's window by counter."""

    remaining_micros: Mapping[str, int]
    exposures: Mapping[str, int]


class Decision(msgspec.Struct, frozen=True):
    """The fills in the order in which they play, and a refusal for every other candidate."""

    fills: tuple[Fill, ...]
    refusals: tuple[Refusal, ...]


class _Able(msgspec.Struct, frozen=True):
    """A candidate that nothing but the others in the pod can keep out, and what it can show."""

    candidate: Candidate
    playable: tuple[Creative, ...]


def fill(avail: Avail, candidates: Sequence[Candidate], usage: Usage, roll: float) -> Decision:
    """Fill ``avail``: by priority, then nearest, then best paid, then by ``roll`` in [0, 1).

    A break is packed as :mod:`adserver.serving.pod` says; a card is the first in rank. Every candidate
    ends as a fill or as a refusal with the first reason that the checklist finds.
    """
    judged = [_judge(avail, candidate, usage) for candidate in _ranked(candidates, roll)]
    able = [one for one in judged if isinstance(one, _Able)]
    fills = _packed(avail, able) if avail.segments else [_fill(one, 0) for one in able[:1]]
    chosen = {one.line_item.line_item_id for one in fills}
    refusals = (
        _crowded(avail, one, fills) if isinstance(one, _Able) else one
        for one in judged
        if not (isinstance(one, _Able) and one.candidate.offer.line_item.line_item_id in chosen)
    )
    return Decision(tuple(fills), tuple(refusals))


def _packed(avail: Avail, able: Sequence[_Able]) -> list[Fill]:
    """The pod, in playing order: class by class, each in the order of rank."""
    pod, bits, fills = Pod(avail.segments), _Bits(), []
    for priority, members in groupby(able, key=lambda one: one.candidate.offer.line_item.priority):
        fitting = [one for one in members if _lengths(one, avail.segments)]
        entries = [bits.entry(one, _lengths(one, avail.segments)) for one in fitting]
        # What the house says of itself is there to fill: which of it comes first matters less.
        found = pack(pod, entries, anchored=priority is not Priority.HOUSE)
        fills += [_fill(fitting[index], length) for index, length in found]
    return fills


def _lengths(one: _Able, limit: int) -> tuple[int, ...]:
    return tuple(sorted({c.segments for c in one.playable if c.segments <= limit}, reverse=True))


def _fill(one: _Able, length: int) -> Fill:
    best = max((c for c in one.playable if not length or c.segments == length), key=lambda c: c.creative_id)
    return Fill(one.candidate, best if length else one.playable[0])


class _Bits:
    """Numbers what ads are and bar, as bits."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}

    def entry(self, one: _Able, lengths: tuple[int, ...]) -> Entry:
        offer = one.candidate.offer
        own = self._of(
            ("campaign", offer.line_item.campaign_id), ("advertiser", offer.line_item.advertiser_id)
        )
        competes = self._of(*(("category", name) for name in offer.categories))
        bars = self._of(*(("category", name) for name in offer.line_item.exclusions))
        return Entry(lengths, own | competes, own | competes | bars)

    def _of(self, *names: tuple[str, str]) -> int:
        bits = 0
        for name in names:
            bits |= self._known.setdefault(name, 1 << len(self._known))
        return bits


def _ranked(candidates: Sequence[Candidate], roll: float) -> Iterator[Candidate]:
    for _, tied in groupby(sorted(candidates, key=_rank), key=_rank):
        first, *others = tied
        yield from sorted((first, *others), key=lambda c: _lot(c, roll)) if others else (first,)


def _rank(candidate: Candidate) -> tuple[int, float, int]:
    item = candidate.offer.line_item
    return PRIORITY_RANK[item.priority], candidate.distance_m, -item.cpm_micros


def _lot(candidate: Candidate, roll: float) -> bytes:
    """What a tie is decided by: every order is equally likely, and the same for the same roll."""
    ticket = f"{roll}:{candidate.offer.line_item.line_item_id}"
    return hashlib.blake2b(ticket.encode(), digest_size=8).digest()


def _judge(avail: Avail, candidate: Candidate, usage: Usage) -> _Able | Refusal:
    refusal = _unable(avail, candidate) or _used_up(avail, candidate, usage)
    if refusal is not None:
        return refusal
    playable = _playable(avail, candidate)
    if not playable:
        offered = ", ".join(sorted(avail.formats)) or "nothing"
        return _no(candidate, Reason.FORMAT_NOT_OFFERED, f"now possible: {offered}")
    return _Able(candidate, playable)


def _unable(avail: Avail, candidate: Candidate) -> Refusal | None:
    """What no counter can change: state, dates, place, creatives."""
    offer, item = candidate.offer, candidate.offer.line_item
    if offer.state is CampaignState.PAUSED:
        return _no(candidate, Reason.PAUSED)

    if offer.state is CampaignState.ENDED:
        return _no(candidate, Reason.ENDED)

    if not item.starts_ms <= to_ms(avail.at) < item.ends_ms:
        return _no(candidate, Reason.NOT_IN_FLIGHT)

    if item.markets and avail.market not in item.markets:
        return _no(candidate, Reason.MARKET_NOT_BOOKED, f"here: {avail.market}")

    if item.place_ids and avail.location is None:
        return _no(candidate, Reason.LOCATION_UNKNOWN)

    if item.place_ids and candidate.place is None:
        return _no(candidate, Reason.OUT_OF_REACH, f"no place of its within {item.radius_m} m")

    if not any(creative.ready for creative in offer.creatives):
        return _no(candidate, Reason.CREATIVE_NOT_READY)

    return None


def _used_up(avail: Avail, candidate: Candidate, usage: Usage) -> Refusal | None:
    """What the counters refuse: an unknown budget is none."""
    item = candidate.offer.line_item
    if usage.remaining_micros.get(item.line_item_id, 0) < item.price_micros:
        return _no(candidate, Reason.NO_BUDGET)

    seen = usage.exposures.get(counter(item.line_item_id, card=avail.segments == 0), 0)
    if seen >= item.cap.count:
        return _no(candidate, Reason.FREQUENCY_CAP, f"{seen} of {item.cap.count} in {item.cap.window_s} s")

    return None


def _playable(avail: Avail, candidate: Candidate) -> tuple[Creative, ...]:
    """The conditioned creatives that can be shown now; spots and cards never stand in for each other.

    A break is decided once and heard wherever the car is by then: a spot needs sound even where it is parked.
    """
    needed = Format.CARD if avail.segments == 0 else Format.AUDIO
    return tuple(
        creative
        for creative in candidate.offer.creatives
        if creative.ready and creative.formats & avail.formats and needed in creative.formats
    )


def _crowded(avail: Avail, one: _Able, fills: Sequence[Fill]) -> Refusal:
    """Why one that could play is not in the pod: its length, what stands there already, or no time left."""
    candidate, shortest = one.candidate, min(creative.segments for creative in one.playable)
    if shortest > avail.segments:
        return _no(candidate, Reason.TOO_LONG, f"the break has {avail.segments} segments")
    if avail.segments == 0:
        return _no(candidate, Reason.POD_FULL)
    for other in fills:
        refusal = _beside(candidate, other)
        if refusal is not None:
            return refusal
    left = avail.segments - sum(other.creative.segments for other in fills)
    return _no(candidate, Reason.POD_FULL, f"{left} segments left")


def _beside(candidate: Candidate, other: Fill) -> Refusal | None:
    """Why the two do not stand in one pod."""
    item, its = candidate.offer.line_item, other.line_item
    if its.campaign_id == item.campaign_id:
        return _no(candidate, Reason.DUPLICATE_IN_POD)

    name = other.candidate.offer.advertiser_name
    if its.advertiser_id == item.advertiser_id:
        return _no(candidate, Reason.ADVERTISER_IN_POD, name)

    shared = candidate.offer.categories & other.candidate.offer.categories
    if shared:
        return _no(candidate, Reason.COMPETITIVE_SEPARATION, f"{_first(shared)}: {name}")

    barred = set(item.exclusions) & other.candidate.offer.categories
    barred |= set(its.exclusions) & candidate.offer.categories
    return _no(candidate, Reason.EXCLUDED_CATEGORY, f"{_first(barred)}: {name}") if barred else None


def _first(categories: Iterable[Category]) -> Category:
    return min(categories)


def _no(candidate: Candidate, reason: Reason, detail: str = "") -> Refusal:
    return Refusal(candidate, reason, detail)
