"""Wherever the cues are: every frame plays once, in order, and each part fills the grid."""

from contextlib import nullcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from media.adapters.av_sound import Sound
from media.cue import CueRules, check_cues, find_cues, lay_out
from media.house_format import AUDIO_TICKS_PER_SEGMENT, FRAMES_PER_SEGMENT

FRAME = 1920
CUES = st.sets(st.integers(1, 5000), max_size=20).map(sorted)
SPANS = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(1, 60)).map(lambda s: (s[0] * 960, sum(s) * 960))
)


def played(cues: list[int], frames: int) -> list[int]:
    """Which source frame stands at each place of the grid; a held one is its number again, negative."""
    layout, out = lay_out(cues), []
    for frame in range(frames):
        if frame in layout.cues:
            out += [-out[-1]] * (-len(out) % FRAMES_PER_SEGMENT)
        out.append(frame)
    return out + [-out[-1]] * (-len(out) % FRAMES_PER_SEGMENT)


@given(CUES, st.integers(1, 3000))
def test_every_frame_once_in_order_and_each_part_on_the_grid(cues, more):
    frames, layout = max([0, *cues]) + more, lay_out(cues)
    out = played(cues, frames)
    assert len(out) == layout.segments(frames) * FRAMES_PER_SEGMENT
    ends = [*layout.cues, frames]
    again = []
    for first, start, end in zip(layout.firsts, layout.starts, ends, strict=True):
        begins = start * FRAMES_PER_SEGMENT
        again += out[begins : begins + end - first]
    assert again == list(range(frames))
    assert list(layout.starts) == sorted(set(layout.starts))
    assert len(out) - frames < FRAMES_PER_SEGMENT * len(layout.firsts)


@given(CUES, st.integers(1, 8000 * FRAME))
def test_every_sample_once_and_none_beyond_its_part(cues, samples):
    """The overhang that a codec leaves (50 ms) may open no segment of its own, and is dropped then."""
    sound = Sound(samples=samples, layout=lay_out(cues))
    assert [start for start, _ in sound.parts] == [min(cue * FRAME, sound.kept) for cue in (0, *cues)]
    assert sound.parts[-1][1] == sound.kept
    assert samples - 2400 <= sound.kept <= samples
    starts = [*sound.layout.starts, sound.segments]
    for (first, end), start, after in zip(sound.parts, starts[:-1], starts[1:], strict=True):
        assert 0 <= end - first <= (after - start) * AUDIO_TICKS_PER_SEGMENT


@given(SPANS, SPANS, st.integers(1, 1600), st.integers(0, 4000), st.integers(0, 9000))
def test_candidates_keep_their_distances(black, silence, frames, edge_ms, spacing_ms):
    rules = CueRules(edge_ms=edge_ms, spacing_ms=spacing_ms, limit=5)
    cues = [cue.frame for cue in find_cues(black, silence, frames, rules)]
    assert len(cues) <= 5
    assert all(edge_ms // 40 <= cue <= frames - edge_ms // 40 for cue in cues)
    assert all(after - cue >= max(1, spacing_ms // 40) for cue, after in pairwise(cues))
    for cue in cues:
        assert any(start <= cue * FRAME <= end for start, end in black)
        assert any(start <= cue * FRAME <= end for start, end in silence)


@given(st.lists(st.integers(0, 3000), max_size=5), st.integers(1, 3000))
def test_whatever_is_decided_makes_parts_of_a_segment_or_more(cues, frames):
    ends = [0, *sorted(cues), frames]
    fit = not cues or min(after - before for before, after in pairwise(ends)) >= FRAMES_PER_SEGMENT
    with nullcontext() if fit else pytest.raises(Invalid):
        assert check_cues(cues, frames) == tuple(sorted(cues))
