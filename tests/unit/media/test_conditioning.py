"""Films made around cues: what comes out is taken apart again, frame by frame and sample by sample."""

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from media.adapters.av_look import look
from media.adapters.av_make import make, make_slate
from media.cue import lay_out
from media.house_format import AUDIO_TICKS_PER_SEGMENT, BY_NAME, FRAMES_PER_SEGMENT
from media.retime import retime
from tests.media.films import Prepared, luma, prepared
from tests.media.numbered import SAMPLES, number_of, numbered

FRAMES = 560
BLACK = range(262, 275)
CUES = (100, 268, 336)  # none on the grid, in the black, and 7 x 48
FADE = 480
QUIET = 2e-3


def cut(source: Path, folder: Path, cues) -> Prepared:
    folder.mkdir()
    return Prepared(folder, make(source, look(source), folder, "seed", lambda permille: None, cues), ())


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Prepared:
    folder = tmp_path_factory.mktemp("whole")
    return prepared(numbered(folder / "film.mkv", FRAMES, BLACK), folder / "made")


@pytest.fixture(scope="module")
def parted(whole) -> Prepared:
    return cut(whole.folder.parent / "film.mkv", whole.folder.parent / "parted", CUES)


def parts(out, cues, frames, units):
    """What stands where each part is meant to be, and what stands in its padding; along the last axis."""
    layout = lay_out(cues)
    starts = [*layout.starts, layout.segments(frames)]
    for first, end, (start, after) in zip(layout.firsts, [*cues, frames], pairwise(starts), strict=True):
        begins, ends = (n * FRAMES_PER_SEGMENT * units for n in (start, after))
        filled = begins + (end - first) * units
        yield out[..., begins:filled], out[..., filled:ends]


def test_black_and_silence_are_found_to_the_frame(whole, parted):
    (cue,) = whole.made.candidates
    assert cue.frame in (268, 269)
    assert (cue.black_ms, cue.silence_ms) == (520, pytest.approx(520, abs=20))
    assert parted.made.candidates == ()


@pytest.mark.parametrize("rendition", ["v720", "v540", "v360"])
def test_every_frame_comes_back_once_in_order_and_the_rest_is_held(parted, rendition):
    seen = np.array([number_of(frame) for frame in parted.frames(rendition)])
    assert len(seen) == parted.made.segments * FRAMES_PER_SEGMENT
    wanted = [-1 if n in BLACK else n for n in range(FRAMES)]
    found = list(parts(seen, CUES, FRAMES, 1))
    assert [n for part, _ in found for n in part] == wanted
    assert [set(pad) for _, pad in found] == [{99}, {-1}, {335}, {FRAMES - 1}]


def test_length_and_cues_are_told(whole, parted):
    assert (whole.made.segments, parted.made.segments) == (12, 14)
    assert (whole.made.cues, parted.made.cues) == ((), (3, 7, 9))
    assert parted.made.duration_ms == whole.made.duration_ms == FRAMES * 40
    assert {len(track.offsets) for track in parted.made.tracks} == {15}


def test_every_sample_comes_back_once_and_joins_make_no_click(whole, parted):
    before, after = whole.pcm(), parted.pcm()
    assert after.shape == (2, 14 * AUDIO_TICKS_PER_SEGMENT)
    found = list(parts(after, CUES, FRAMES, SAMPLES))
    firsts = (0, *CUES)
    for (part, pad), first in zip(found, firsts, strict=True):
        same = before[:, first * SAMPLES :][:, : part.shape[1]]
        assert np.abs(part - same)[:, 1024 + FADE : -FADE - 1024].max() < 0.01
        assert np.abs(part)[:, :900].max() < QUIET
        assert np.abs(part)[:, -8:].max() < 0.02
        assert pad.shape[1] == 0 or np.abs(pad)[:, 256:].max() < QUIET
    assert np.abs(np.diff(after)).max() <= 1.1 * np.abs(np.diff(before)).max()


def test_nothing_of_a_part_sounds_in_what_is_put_between(parted, tmp_path):
    """The tracks as a player gets them, with slate in the break: the same samples, and silence between."""
    slate = Prepared(tmp_path, make_slate(tmp_path), ())
    sequence = [(parted, n) for n in range(3)] + [(slate, 0)] * 2 + [(parted, n) for n in range(3, 7)]
    ticks = BY_NAME["a128"].ticks_per_segment
    stream = segment(parted, None) + b"".join(
        retime(segment(made, n), ticks, k) for k, (made, n) in enumerate(sequence)
    )
    with av.open(io.BytesIO(stream), format="mp4") as container:
        pcm = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    alone = parted.pcm()
    assert np.abs(pcm[:, : 3 * ticks] - alone[:, : 3 * ticks]).max() < 1e-5
    assert np.abs(pcm[:, 3 * ticks : 5 * ticks]).max() < QUIET
    assert np.abs(pcm[:, 5 * ticks : 9 * ticks] - alone[:, 3 * ticks : 7 * ticks]).max() < QUIET


def test_the_picture_leads_into_a_break_and_goes_on_behind_it_without_a_frame_lost(parted, tmp_path):
    slate = Prepared(tmp_path, make_slate(tmp_path), ())
    sequence = [(parted, n) for n in range(3)] + [(slate, 0)] * 2 + [(parted, n) for n in range(3, 7)]
    ticks = BY_NAME["v360"].ticks_per_segment
    stream = segment(parted, None, "v360") + b"".join(
        retime(segment(made, n, "v360"), ticks, k) for k, (made, n) in enumerate(sequence)
    )
    with av.open(io.BytesIO(stream), format="mp4") as container:
        frames = list(container.decode(video=0))
    assert [frame.pts * frame.time_base for frame in frames] == [Fraction(n, 25) for n in range(9 * 48)]
    seen = [number_of(frame) for frame in frames]
    held, black, after = [99] * 44, [-1] * 96, [-1 if n in BLACK else n for n in range(100, 268)]
    assert seen == [*range(100), *held, *black, *after, *[-1] * 24]


def segment(made: Prepared, index: int | None, rendition: str = "a128") -> bytes:
    """Segment ``index`` of a track; the init for None."""
    (track,) = (track for track in made.made.tracks if track.rendition == rendition)
    start, end = (0, track.offsets[0]) if index is None else track.offsets[index : index + 2]
    return (made.folder / track.path).read_bytes()[start:end]


def test_the_init_is_the_houses(whole, parted):
    for rendition in BY_NAME:
        assert segment(whole, None, rendition) == segment(parted, None, rendition)


def test_the_first_picture_after_a_cue_can_be_decoded_alone(parted):
    for cue, number in zip(parted.made.cues, CUES, strict=True):
        with av.open(io.BytesIO(segment(parted, None, "v360") + segment(parted, cue, "v360"))) as container:
            frames = [number_of(frame) for frame in container.decode(video=0)]
        assert frames[-1] == number + 47
        assert len(frames) == 48


@pytest.mark.parametrize(
    ("shown", "heard", "cues", "segments"),
    [
        (100, 160, (60,), 5),
        (100, 160, (60, 130), 5),  # after the picture has ended
        (160, 100, (60, 130), 5),  # after the sound has ended
        (96, 96, (48,), 2),
    ],
)
def test_picture_and_sound_of_different_lengths(tmp_path, shown, heard, cues, segments):
    source = numbered(tmp_path / "film.mkv", shown, heard=heard)
    made = cut(source, tmp_path / "made", cues)
    frames = max(shown, heard)
    assert (made.made.segments, made.made.duration_ms) == (segments, frames * 40)
    seen = np.array([number_of(frame) for frame in made.frames("v360")])
    played = np.concatenate([part for part, _ in parts(seen, cues, frames, 1)])
    assert list(played) == [min(n, shown - 1) for n in range(frames)]
    sound = np.concatenate([part for part, _ in parts(made.pcm(), cues, frames, SAMPLES)], axis=1)
    loud = [n for n in range(frames) if np.abs(sound[0, n * SAMPLES + 1510 : (n + 1) * SAMPLES]).max() > 0.01]
    assert loud[-1] in (heard - 1, heard)
    assert len(loud) >= heard - 1


def test_sound_alone_is_made_around_cues_too(tmp_path):
    source = tmp_path / "tone.mkv"
    numbered(source, 120)
    with av.open(str(source)) as film, av.open(str(tmp_path / "tone.wav"), "w") as target:
        stream = target.add_stream_from_template(film.streams.audio[0])
        for packet in film.demux(film.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    made = cut(tmp_path / "tone.wav", tmp_path / "made", (60,))
    assert (made.made.segments, made.made.cues, made.made.has_picture) == (4, (2,), False)
    (_, pad), (after, _) = parts(made.pcm(), (60,), 120, SAMPLES)
    assert np.abs(pad[:, 256:]).max() < QUIET
    assert np.abs(after[:, 2000:4000]).max() > 0.01
    assert luma(made.frames("v360")[-1]) == pytest.approx(luma(made.frames("v360")[0]), abs=4)
