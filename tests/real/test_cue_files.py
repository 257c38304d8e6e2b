"""Cue points in films that others made."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from media.adapters.av_look import look
from media.adapters.av_make import make
from media.cue import lay_out
from media.house_format import AUDIO_TICKS_PER_SEGMENT, FRAMES_PER_SEGMENT
from tests.media.films import Prepared, prepared

SAMPLES = 1920


def parted(source: Path, folder: Path, cues: tuple[int, ...]) -> Prepared:
    folder.mkdir()
    return Prepared(folder, make(source, look(source), folder, "seed", lambda permille: None, cues), ())


def small(made: Prepared) -> np.ndarray:
    """Every frame of the smallest rendition, its brightness in 160x90."""
    return np.stack([frame.reformat(160, 90, "gray").to_ndarray() for frame in made.frames("v360")]).astype(
        int
    )


@pytest.mark.parametrize(
    ("name", "cues"),
    [
        ("sample_with_increasing_timestamps_360p.mp4", (51, 211, 300)),  # a rate that varies
        ("nasa_13013.mp4", (143,)),
    ],
)
def test_a_film_made_around_cues_is_the_same_film(real_data, tmp_path, name, cues):
    source = real_data / "media" / name
    whole = prepared(source, tmp_path / "whole")
    made = parted(source, tmp_path / "parted", cues)
    assert made.made.duration_ms == whole.made.duration_ms
    frames = -(-whole.made.duration_ms // 40)
    layout, before, after = lay_out(cues), small(whole), small(made)
    heard, heard_after = whole.pcm(), made.pcm()
    starts = [*layout.starts, made.made.segments]
    for first, end, start, stop in zip(
        layout.firsts, [*cues, frames], layout.starts, starts[1:], strict=True
    ):
        begins, length = start * FRAMES_PER_SEGMENT, end - first
        part = after[begins : begins + length]
        assert np.abs(part - before[first:end]).mean(axis=(1, 2)).max() < 3
        held = after[begins + length : stop * FRAMES_PER_SEGMENT]
        assert held.size == 0 or np.abs(held - part[-1]).mean(axis=(1, 2)).max() < 3
        sound = heard_after[:, start * AUDIO_TICKS_PER_SEGMENT :][:, : length * SAMPLES]
        same = heard[:, first * SAMPLES :][:, : length * SAMPLES]
        middle = slice(4096, min(sound.shape[1], same.shape[1]) - 4096)
        noise = np.sqrt(np.mean((sound[:, middle] - same[:, middle]) ** 2))
        assert noise < 0.1 * np.sqrt(np.mean(same[:, middle] ** 2)) + 1e-4
        silence = heard_after[:, : stop * AUDIO_TICKS_PER_SEGMENT][:, start * AUDIO_TICKS_PER_SEGMENT :]
        assert np.abs(silence[:, length * SAMPLES + 2048 :]).max(initial=0) < 1e-5  # the codec rings so long


def test_the_black_and_silence_between_two_films_is_found(real_data, tmp_path):
    """Two clips, 1.2 s of a black and silent one between them, as a broadcaster would deliver it."""
    media = real_data / "media"
    source = joined(
        tmp_path / "joined.mkv",
        (media / "big_buck_bunny_0_30.webm", 2.0, 13.0),
        (media / "silent-black-10s.mp4", 1.0, 2.2),
        (media / "sample_with_increasing_timestamps_360p.mp4", 1.0, 13.0),
    )
    made = prepared(source, tmp_path / "made")
    (cue,) = made.made.candidates
    assert cue.frame == pytest.approx((11.0 + 0.6) * 25, abs=1)
    assert cue.black_ms == pytest.approx(1200, abs=80)
    assert cue.score >= 900


def test_a_film_all_black_and_silent_has_no_place_for_a_break(real_data, tmp_path):
    assert prepared(real_data / "media" / "silent-black-10s.mp4", tmp_path / "made").made.candidates == ()


def joined(path: Path, *clips: tuple[Path, float, float]) -> Path:
    """Stretches of films one after another, 320x180 at 25 frames a second, stereo at 48 kHz."""
    steps, pads = [], ""
    for n, (_, start, end) in enumerate(clips):
        picture = "setpts=PTS-STARTPTS,fps=25,scale=320:180,format=yuv420p,setsar=1"
        sound = "asetpts=PTS-STARTPTS,aresample=48000,aformat=fltp:channel_layouts=stereo"
        steps += [f"[{n}:v]trim={start}:{end},{picture}[v{n}]", f"[{n}:a]atrim={start}:{end},{sound}[a{n}]"]
        pads += f"[v{n}][a{n}]"
    graph = ";".join([*steps, f"{pads}concat=n={len(clips)}:v=1:a=1"])
    inputs = [argument for source, _, _ in clips for argument in ("-i", str(source))]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le"]
    command = ["ffmpeg", "-v", "error", "-nostdin", *inputs, "-filter_complex", graph, *codecs, str(path)]
    subprocess.run(command, check=True)
    return path
