"""Which promotions fill an avail, and why the others do not: a pure function, the same for the same roll."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
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
)
from adserver.serving.avail import Avail, Format
from adserver.serving.demand import Candidate
from adserver.serving.frequency import counter
from kernel.clock import to_ms


class Reason(StrEnum):
    """Why a line item is not chosen, in the order in which it is asked."""

    PAUSED = "paused"
    ENDED = "ended"
    NOT_IN_FLIGHT = "not-in-flight"
    LOCATION_UNKNOWN = "location-unknown"
    OUT_OF_REACH = "out-of-reach"
    CREATIVE_NOT_READY = "creative-not-ready"
    FORMAT_NOT_OFFERED = "format-not-offered"
    NO_BUDGET = "no-budget"
    FREQUENCY_CAP = "frequency-cap"
    DUPLICATE_IN_POD = "duplicate-in-pod"
    COMPETITIVE_SEPARATION = "competitive-separation"
    TOO_LONG = "too-long"
    POD_FULL = "pod-full"


CHOSEN = "chosen"
PASSED_OVER = frozenset(
    {
        Reason.FORMAT_NOT_OFFERED,
        Reason.FREQUENCY_CAP,
        Reason.COMPETITIVE_SEPARATION,
        Reason.TOO_LONG,
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


def fill(avail: Avail, candidates: Sequence[Candidate], usage: Usage, roll: float) -> Decision:
    """Fill ``avail``: by priority, then nearest, then best paid, then by ``roll`` in [0, 1).

    Every candidate ends as a fill or as a refusal with the first reason that the checklist finds.
    """
    fills: list[Fill] = []
    refusals: list[Refusal] = []
    for candidate in _ranked(candidates, roll):
        found = _judge(avail, candidate, usage, fills)
        (fills if isinstance(found, Fill) else refusals).append(found)  # type: ignore[arg-type]
    return Decision(tuple(fills), tuple(refusals))


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


def _judge(avail: Avail, candidate: Candidate, usage: Usage, fills: Sequence[Fill]) -> Fill | Refusal:
    refusal = _unable(avail, candidate) or _used_up(avail, candidate, usage)
    if refusal is not None:
        return refusal
    playable = _playable(avail, candidate)
    if not playable:
        offered = ", ".join(sorted(avail.formats)) or "nothing"
        return _no(candidate, Reason.FORMAT_NOT_OFFERED, f"now possible: {offered}")
    return _crowded(candidate, fills) or _fit(avail, candidate, playable, fills)


def _unable(avail: Avail, candidate: Candidate) -> Refusal | None:
    """What no counter can change: state, dates, place, creatives."""
    offer, item = candidate.offer, candidate.offer.line_item
    if offer.state is CampaignState.PAUSED:
        return _no(candidate, Reason.PAUSED)

    if offer.state is CampaignState.ENDED:
        return _no(candidate, Reason.ENDED)

    if not item.starts_ms <= to_ms(avail.at) < item.ends_ms:
        return _no(candidate, Reason.NOT_IN_FLIGHT)

    if avail.location is None:
        return _no(candidate, Reason.LOCATION_UNKNOWN)

    if candidate.place is None:
        return _no(candidate, Reason.OUT_OF_REACH, f"no place of its within {item.radius_m} m")

    if not any(creative.state is CreativeState.APPROVED for creative in offer.creatives):
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


def _crowded(candidate: Candidate, fills: Sequence[Fill]) -> Refusal | None:
    """What the pod so far forbids: the same campaign again, or a competitor."""
    item = candidate.offer.line_item
    for other in fills:
        if other.line_item.campaign_id == item.campaign_id:
            return _no(candidate, Reason.DUPLICATE_IN_POD)

        if item.category is not Category.OTHER and other.line_item.category is item.category:
            return _no(
                candidate,
                Reason.COMPETITIVE_SEPARATION,
                f"{item.category}: {other.candidate.offer.advertiser_name}",
            )

    return None


def _playable(avail: Avail, candidate: Candidate) -> list[Creative]:
    """The approved creatives that can be shown now; spots and cards never stand in for each other.

    A break is decided once and heard wherever the car is by then: a spot needs sound even where it is parked.
    """
    return [
        creative
        for creative in candidate.offer.creatives
        if creative.state is CreativeState.APPROVED
        and creative.formats & avail.formats
        and (Format.CARD if avail.segments == 0 else Format.AUDIO) in creative.formats
    ]


def _fit(
    avail: Avail, candidate: Candidate, playable: Sequence[Creative], fills: Sequence[Fill]
) -> Fill | Refusal:
    if avail.segments == 0:
        if fills:
            return _no(candidate, Reason.POD_FULL)
        return Fill(candidate, playable[0])
    left = avail.segments - sum(other.creative.segments for other in fills)
    fitting = [creative for creative in playable if creative.segments <= left]
    if fitting:
        return Fill(candidate, max(fitting, key=lambda creative: (creative.segments, creative.creative_id)))
    if any(creative.segments <= avail.segments for creative in playable):
        return _no(candidate, Reason.POD_FULL, f"{left} segments left")
    return _no(candidate, Reason.TOO_LONG, f"the break has {avail.segments} segments")


def _no(candidate: Candidate, reason: Reason, detail: str = "") -> Refusal:
    return Refusal(candidate, reason, detail)
