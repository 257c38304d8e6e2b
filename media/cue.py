"""Cue points: where a break may stand inside a programme, exact to the frame.

A cue is a frame of the source at the house's 25 a second: the part before it ends with its predecessor,
the part after begins with it. Candidates are where black and silence meet; editors decide.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from kernel.errors import Invalid
from media.house_format import FPS, FRAMES_PER_SEGMENT, SAMPLE_RATE_HZ

SAMPLES_PER_FRAME = SAMPLE_RATE_HZ // FPS
CUES_LIMIT = 100
_FRAME_MS = 1000 // FPS

Span = tuple[int, int]
"""[start, end) in samples at 48 kHz."""


class CueCandidate(msgspec.Struct, frozen=True):
    """A place where black and silence meet.

    Args:
        frame: the middle of both; the part after would begin with it.
        at_ms: its moment in the source.
        black_ms, silence_ms: how long either lasts.
        score: 0..1000; a second of both together is as sure as can be.
    """

    frame: int
    at_ms: int
    black_ms: int
    silence_ms: int
    score: int


@dataclass(frozen=True, slots=True)
class CueRules:
    """What may be a candidate: how short, how near to an end and to a better one, how many."""

    together_ms: int = 2 * _FRAME_MS
    edge_ms: int = 10_000
    spacing_ms: int = 20_000
    limit: int = CUES_LIMIT


def find_cues(
    black: Sequence[Span], silence: Sequence[Span], frames: int, rules: CueRules = CueRules()
) -> tuple[CueCandidate, ...]:
    """The candidates of a picture of ``frames`` frames, in order; the surest win where they crowd."""
    edge, spacing = rules.edge_ms // _FRAME_MS, rules.spacing_ms // _FRAME_MS
    least = rules.together_ms * SAMPLE_RATE_HZ // 1000
    length = frames * SAMPLES_PER_FRAME
    found = [
        _candidate(dark, quiet)
        for dark, quiet in _meetings(_joined(black, length), _joined(silence, length))
        if min(dark[1], quiet[1]) - max(dark[0], quiet[0]) >= least
    ]
    chosen: list[int] = []
    kept: list[CueCandidate] = []
    for cue in sorted(found, key=lambda cue: (-cue.score, cue.frame)):
        place = bisect_left(chosen, cue.frame)
        near = chosen[max(0, place - 1) : place + 1]
        if len(chosen) == rules.limit:
            break
        if edge <= cue.frame <= frames - edge and all(abs(cue.frame - other) >= spacing for other in near):
            chosen.insert(place, cue.frame)
            kept.append(cue)
    return tuple(sorted(kept, key=lambda cue: cue.frame))


def _joined(spans: Sequence[Span], length: int) -> list[Span]:
    """In order, up to ``length``, those that touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return [(start, min(end, length)) for start, end in joined if start < length]


def _meetings(black: Sequence[Span], silence: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Pairs that overlap; both in order, none touching its neighbour."""
    darks, quiets = iter(black), iter(silence)
    dark, quiet = next(darks, None), next(quiets, None)
    while dark and quiet:
        if max(dark[0], quiet[0]) < min(dark[1], quiet[1]):
            yield dark, quiet
        if dark[1] <= quiet[1]:
            dark = next(darks, None)
        else:
            quiet = next(quiets, None)


def _candidate(dark: Span, quiet: Span) -> CueCandidate:
    start, end = max(dark[0], quiet[0]), min(dark[1], quiet[1])
    frame = (start + end + SAMPLES_PER_FRAME) // (2 * SAMPLES_PER_FRAME)
    return CueCandidate(
        frame=frame,
        at_ms=frame * _FRAME_MS,
        black_ms=_ms(dark),
        silence_ms=_ms(quiet),
        score=min(1000, _ms((start, end))),
    )


def _ms(span: Span) -> int:
    return (span[1] - span[0]) * 1000 // SAMPLE_RATE_HZ


def check_cues(cues: Sequence[int], frames: int) -> tuple[int, ...]:
    """The cues in order, fit for a source of ``frames`` frames. Each part lasts a segment at least.

    Raises:
        Invalid: ``cues-too-many``, ``cue-outside`` or ``cues-too-close``.
    """
    if len(cues) > CUES_LIMIT:
        raise Invalid(
            "cues-too-many", f"At most {CUES_LIMIT} cue points are kept.", fix="Leave the weakest out."
        )
    rising = tuple(sorted(cues))
    least_s = FRAMES_PER_SEGMENT / FPS
    for cue in rising:
        if not FRAMES_PER_SEGMENT <= cue <= frames - FRAMES_PER_SEGMENT:
            raise Invalid(
                "cue-outside",
                f"Frame {cue} is not inside the programme, which has {frames} frames.",
                fix=f"Keep {least_s} s ({FRAMES_PER_SEGMENT} frames) from its start and its end.",
            )
    for cue, after in pairwise(rising):
        if after - cue < FRAMES_PER_SEGMENT:
            raise Invalid(
                "cues-too-close",
                f"Frames {cue} and {after} leave a part of less than {least_s} s between them.",
                fix=f"Leave one of them out, or keep them {FRAMES_PER_SEGMENT} frames apart.",
            )
    return rising


@dataclass(frozen=True, slots=True)
class Layout:
    """How the parts between cues lie on the grid: each begins a segment, and the rest of its last is padding.

    Args:
        firsts: the source frame that each part begins with; the first of them is 0.
        starts: the segment that it begins.
    """

    firsts: tuple[int, ...]
    starts: tuple[int, ...]

    def segments(self, length: int, a_frame: int = 1) -> int:
        """How many segments a source of ``length`` needs; ``a_frame`` of its units make a frame."""
        rest = length - self.firsts[-1] * a_frame
        return self.starts[-1] + max(1, -(-rest // (FRAMES_PER_SEGMENT * a_frame)))

    @property
    def cues(self) -> tuple[int, ...]:
        """The source frames at which a later part begins."""
        return self.firsts[1:]


def lay_out(cues: Sequence[int]) -> Layout:
    """The layout of a source with rising ``cues``, each after frame 0."""
    firsts = (0, *cues)
    starts = [0]
    for first, after in pairwise(firsts):
        starts.append(starts[-1] - (first - after) // FRAMES_PER_SEGMENT)
    return Layout(firsts, tuple(starts))


WHOLE = lay_out(())
