"""A file's own clock, and what may be amiss with it: it leaps ahead, or jumps back.

It jumps back where recordings were joined end to end, as MPEG-TS allows: each part counts from a
beginning of its own. All tracks of a part are moved by the same time to where the part before it
ended, so that picture and sound keep step.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

import msgspec

from media.gaps import Gap

BACK_S = 1.0
"""Less than that is an overlap, as joining leaves it, and no new beginning."""
AHEAD_S = 10.0
"""Less than that is a pause or a frame that lasts, and no damaged time."""

Packet = TypeVar("Packet")
Span = tuple[float, float]
"""First and last moment, in seconds."""


class FileClock(msgspec.Struct, frozen=True):
    """How a file's times become those that are played.

    Args:
        gaps: stretches that are left out, once the parts were moved.
        shifts_s: how far each part but the first is moved.
    """

    gaps: tuple[Gap, ...] = ()
    shifts_s: tuple[float, ...] = ()

    def shift_s(self, part: int) -> float:
        """How far ``part`` is moved; one more than was counted goes with the last."""
        return self.shifts_s[min(part, len(self.shifts_s)) - 1] if part and self.shifts_s else 0.0


PLAIN = FileClock()
"""Nothing is amiss."""


@dataclass
class _Track(Generic[Packet]):
    part: int = 0
    last_s: float | None = None
    held: Packet | None = None
    held_s: float | None = None

    def number(self, next_s: float | None) -> int:
        """The part that the held packet belongs to, knowing when the one behind it is.

        A single packet that is early or late among its neighbours is damage, and begins nothing.
        """
        at_s, last_s = self.held_s, self.last_s
        if at_s is None:
            return self.part
        if last_s is None:
            self.last_s = at_s
        elif at_s < last_s - BACK_S:
            if next_s is None or next_s < last_s:
                self.part, self.last_s = self.part + 1, at_s
        elif at_s < last_s + AHEAD_S or next_s is None or next_s > at_s - BACK_S:
            self.last_s = max(last_s, at_s)
        return self.part


def numbered(
    packets: Iterable[Packet], track_of: Callable[[Packet], int], at_s: Callable[[Packet], float | None]
) -> Iterator[tuple[Packet, int]]:
    """Each packet with the number of its part, those of a track in their order.

    Args:
        packets: as they lie in the file.
        track_of: which track a packet is of; each is judged by itself.
        at_s: when it is decoded; None where it does not say.
    """
    tracks: dict[int, _Track[Packet]] = {}
    for packet in packets:
        track, now_s = tracks.setdefault(track_of(packet), _Track()), at_s(packet)
        if track.held is not None:
            yield track.held, track.number(now_s)
        track.held, track.held_s = packet, now_s
    for track in tracks.values():
        if track.held is not None:
            yield track.held, track.number(None)


def shifts(parts: Sequence[Span]) -> tuple[float, ...]:
    """How far each part but the first is moved, so that it begins where the one before it ends."""
    found: list[float] = []
    for before, (begins_s, _) in pairwise(parts):
        ended_s = before[1] + (found[-1] if found else 0.0)
        found.append(ended_s - begins_s)
    return tuple(found)


def parts_of(spans: Mapping[tuple[int, int], Span]) -> tuple[Span, ...] | None:
    """The span of each part over all tracks; None where the tracks do not have the same parts.

    Args:
        spans: by track and part.
    """
    counts = {track: 0 for track, _ in spans}
    for track, part in spans:
        counts[track] = max(counts[track], part + 1)
    if len(set(counts.values())) > 1:
        return None
    return tuple(
        (
            min(begins_s for (_, number), (begins_s, _) in spans.items() if number == part),
            max(ends_s for (_, number), (_, ends_s) in spans.items() if number == part),
        )
        for part in range(max(counts.values(), default=0))
    )
