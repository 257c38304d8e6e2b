"""Where a vehicle stands to fences: a state machine for each of them, as a table.

A fence is an area at which something is to happen: when a car comes in, while it stays, when it leaves. It is
entered at its edge, and left some way beyond, so that a position that trembles there crosses nothing.
All of this lives in memory only, as positions do.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sized
from enum import Enum, StrEnum, auto
from typing import NamedTuple, Protocol

import msgspec

SILENT_MS = 60_000
"""After so long without a position nothing is known of what happened meanwhile."""
LEFT_MS = 3_600_000
"""How long it matters that a fence was left."""


class Fence(StrEnum):
    """What of an area is asked: being in it, having just come in, having stayed, or having just left."""

    INSIDE = "inside"
    ENTER = "enter"
    DWELL = "dwell"
    EXIT = "exit"


class Seen(Enum):
    """Where a position lies: in the fence, just beyond its edge, or farther away."""

    INSIDE = auto()
    EDGE = auto()
    OUTSIDE = auto()


class State(StrEnum):
    """What is known of a vehicle and a fence.

    Outside: it was not in it. Unsure: it was first seen at the edge. Found: it is in it, and was when it was
    first seen. Entered: it is in it, and was seen to come. Left: it was in it.
    """

    OUTSIDE = "outside"
    UNSURE = "unsure"
    FOUND = "found"
    ENTERED = "entered"
    LEFT = "left"


FIRST: dict[Seen, State] = {
    Seen.INSIDE: State.FOUND,
    Seen.EDGE: State.UNSURE,
    Seen.OUTSIDE: State.OUTSIDE,
}
MOVES: dict[tuple[State, Seen], State] = {
    (State.OUTSIDE, Seen.INSIDE): State.ENTERED,
    (State.OUTSIDE, Seen.EDGE): State.OUTSIDE,
    (State.OUTSIDE, Seen.OUTSIDE): State.OUTSIDE,
    (State.UNSURE, Seen.INSIDE): State.FOUND,
    (State.UNSURE, Seen.EDGE): State.UNSURE,
    (State.UNSURE, Seen.OUTSIDE): State.OUTSIDE,
    (State.FOUND, Seen.INSIDE): State.FOUND,
    (State.FOUND, Seen.EDGE): State.FOUND,
    (State.FOUND, Seen.OUTSIDE): State.LEFT,
    (State.ENTERED, Seen.INSIDE): State.ENTERED,
    (State.ENTERED, Seen.EDGE): State.ENTERED,
    (State.ENTERED, Seen.OUTSIDE): State.LEFT,
    (State.LEFT, Seen.INSIDE): State.ENTERED,
    (State.LEFT, Seen.EDGE): State.LEFT,
    (State.LEFT, Seen.OUTSIDE): State.LEFT,
}
"""What is seen once is the same when it is seen again: only crossing an edge moves anything."""

_WITHIN = frozenset({State.FOUND, State.ENTERED})


class Stay(msgspec.Struct, frozen=True, gc=False):
    """How a vehicle stands to a fence that it is in, or was in.

    Args:
        since_ms: when that began.
        seen_ms: when it was last seen to be so.
    """

    area_id: str
    state: State
    since_ms: int
    seen_ms: int


def holds(stay: Stay, asked: Fence, minutes: int, now_ms: int) -> bool:
    """Whether it is so: entered or left no longer than ``minutes`` ago, stayed for at least as many."""
    span_ms = minutes * 60_000
    match asked:
        case Fence.INSIDE:
            return stay.state in _WITHIN
        case Fence.ENTER:
            return stay.state is State.ENTERED and now_ms - stay.since_ms <= span_ms
        case Fence.DWELL:
            return stay.state in _WITHIN and stay.seen_ms - stay.since_ms >= span_ms
        case Fence.EXIT:
            return stay.state is State.LEFT and now_ms - stay.since_ms <= span_ms


class Fences(Sized, Protocol):
    """The fences that somebody asks for."""

    def seen(self, latitude: float, longitude: float) -> Mapping[str, Seen]:
        """How a point lies to them, by area; those that are not named are farther away."""

    def calm_deg(self, latitude: float, longitude: float, seen: Mapping[str, Seen]) -> float:
        """How far a vehicle goes from a point, in degrees, until it need be looked at again.

        ``seen`` is how the point lies, and so does all around it.
        """

    def same(self, before: "Fences", area_id: str) -> bool:
        """Whether a fence was among those before, and lay as it lies now."""


class _Known(NamedTuple):
    state: State
    since_ms: int


class Track(NamedTuple):
    """What is remembered of a vehicle, from one position to the next.

    Args:
        at_ms: of its last position.
        calm_deg: as far from the point that was looked at nothing is otherwise.
        known: how it stands to fences, by area; outside of all others.
    """

    fences: Fences
    at_ms: int
    latitude: float
    longitude: float
    calm_deg: float
    known: Mapping[str, _Known]

    def stays(self) -> tuple[Stay, ...]:
        """The fences that it is in, or was in."""
        return tuple(
            Stay(area_id, state, since_ms, self.at_ms)
            for area_id, (state, since_ms) in self.known.items()
            if state is not State.UNSURE
        )


def follow(before: Track | None, fences: Fences, latitude: float, longitude: float, at_ms: int) -> Track:
    """The track with one position more; one that is late, or comes twice, changes nothing.

    After a silence, and where a clock was set, it begins anew. So does each fence that was not there before,
    or was drawn otherwise: nobody crosses what is moved across them.
    """
    if before is not None:
        passed_ms = at_ms - before.at_ms
        if -SILENT_MS <= passed_ms <= 0:
            return before
        if abs(passed_ms) > SILENT_MS:
            before = None
    if before is not None and before.fences is fences and _near(before, latitude, longitude):
        return before._replace(at_ms=at_ms)
    seen = fences.seen(latitude, longitude)
    known = dict(_moved(before, fences, seen, at_ms)) if seen or (before is not None and before.known) else {}
    return Track(fences, at_ms, latitude, longitude, fences.calm_deg(latitude, longitude, seen), known)


def _near(track: Track, latitude: float, longitude: float) -> bool:
    return math.hypot(latitude - track.latitude, longitude - track.longitude) < track.calm_deg


def _moved(
    before: Track | None, fences: Fences, seen: Mapping[str, Seen], at_ms: int
) -> Iterator[tuple[str, _Known]]:
    known: Mapping[str, _Known] = before.known if before else {}
    for area_id in _either(seen, known):
        look = seen.get(area_id, Seen.OUTSIDE)
        was = known.get(area_id) or _Known(State.OUTSIDE, at_ms)
        goes_on = before is not None and (before.fences is fences or fences.same(before.fences, area_id))
        state = MOVES[was.state, look] if goes_on else FIRST[look]
        since_ms = was.since_ms if goes_on and state is was.state else at_ms
        gone = state is State.LEFT and at_ms - since_ms > LEFT_MS
        if state is not State.OUTSIDE and not gone:
            yield area_id, _Known(state, since_ms)


def _either(seen: Collection[str], known: Collection[str]) -> list[str]:
    return sorted({*seen, *known}) if known else list(seen)
