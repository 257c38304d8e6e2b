"""ffmpeg: every packet is where the grid says, and picture and sound belong together."""

import re
from collections import Counter
from itertools import pairwise

import av
import numpy as np
import pytest

from media.house_format import AAC_FRAMES_PER_SEGMENT, EPOCH_MS, FRAMES_PER_SEGMENT, SEGMENT_MS
from tests.players import sound
from tests.players.conftest import SECONDS, Played
from tests.players.film import BEEP_AT_S
from tests.players.reading import STOPPED

pytestmark = pytest.mark.timeout(600)
DRIFT_S = 0.040
# It reads the init again with each reload of the playlist; NUT wants one key frame at a time.
USUAL = re.compile(r"Found duplicated MOOV Atom|Last message repeated|Multiple keyframes with same PTS")


@pytest.fixture(scope="module")
def nut(played: Played) -> str:
    return str(played.reading.folder / "ffmpeg.nut")


def packets(path: str, kind: str) -> list[float]:
    with av.open(path) as container:
        stream = getattr(container.streams, kind)[0]
        return [float(p.pts * p.time_base) for p in container.demux(stream) if p.pts is not None]


def heard(path: str) -> tuple[float, np.ndarray]:
    """The first timestamp, and everything that is decoded after it."""
    with av.open(path) as container:
        frames = list(container.decode(audio=0))
        left = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        return float(frames[0].time), left.astype(np.float64) * 32768


def test_it_ended_well_and_complained_of_nothing(played: Played) -> None:
    assert played.reading.codes["ffmpeg"] == STOPPED
    said = [line for line in played.reading.text("ffmpeg.err").splitlines() if not USUAL.search(line)]
    assert said == []


def test_it_crossed_at_least_four_splices(played: Played) -> None:
    assert played.listener.splices("ffmpeg") >= 4


@pytest.mark.parametrize(
    ("kind", "per_segment"), [("video", FRAMES_PER_SEGMENT), ("audio", AAC_FRAMES_PER_SEGMENT)]
)
def test_every_position_is_full_and_nothing_lies_between(nut: str, kind: str, per_segment: int) -> None:
    step_s = SEGMENT_MS / 1000 / per_segment
    times = packets(nut, kind)
    assert times[-1] - times[0] > SECONDS - 15
    assert max(abs(after - before - step_s) for before, after in pairwise(times)) < 0.0001
    counts = Counter(int((time + 0.001) * 1000 // SEGMENT_MS) for time in times)
    whole = sorted(counts)[1:-1]
    assert {counts[k] for k in whole} == {per_segment}


def test_sound_never_stops_but_where_slate_stood(nut: str, played: Played) -> None:
    start_s, wave = heard(nut)
    assert len(wave) == len(packets(nut, "audio")) * 1024
    slate = played.listener.silent_ms("ffmpeg")
    silent = [EPOCH_MS + (start_s + at_s) * 1000 for at_s, _ in sound.silences(wave)]
    assert [at for at in silent if not any(start <= at <= end for start, end in slate)] == []


def test_flash_and_beep_stay_together_to_the_end(nut: str) -> None:
    with av.open(nut) as container:
        container.streams.video[0].thread_type = "AUTO"
        means = [(f.time, f.to_ndarray()[: f.height : 8, ::8].mean()) for f in container.decode(video=0)]
    flashes = [now[0] for before, now in pairwise(means) if now[1] > 225 > before[1]]
    start_s, wave = heard(nut)
    beeps = np.array([start_s + at_s - BEEP_AT_S for at_s in sound.beeps(wave)])
    assert len(flashes) > 30
    apart = [min(beeps - flash, key=abs) for flash in flashes[1:-1]]
    assert max(map(abs, apart)) < DRIFT_S
