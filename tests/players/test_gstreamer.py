"""GStreamer's playbin3: each buffer follows the last, in real time."""

import re

import pytest

from media.house_format import FPS, SAMPLE_RATE_HZ
from tests.players import sound
from tests.players.conftest import SECONDS, Played
from tests.players.reading import STOPPED

pytestmark = pytest.mark.timeout(600)
DRIFT_S = 0.040
_CHAIN = re.compile(
    r"Gst\w+:(\w+): last-message = chain .* pts: (\d+):(\d+):([\d.]+), duration: 0:00:([\d.]+)"
)
_JUMP = re.compile(r"imperfect-timestamp, delta=\(gint64\)(-?\d+)")
ROUNDED_NS = 1_000
# playbin3 prints a context that cannot be written out, and its resampler says which filter it takes.
USUAL = re.compile(r"No value transform to serialize|can't find exact taps")


def shown_in(told: str, sink: str) -> list[tuple[float, float]]:
    """(timestamp, duration) in seconds, in the order in which they came to ``sink``."""
    return [
        (int(m[2]) * 3600 + int(m[3]) * 60 + float(m[4]), float(m[5]))
        for m in _CHAIN.finditer(told)
        if m[1] == sink
    ]


def jumps_in(told: str) -> list[int]:
    """In nanoseconds, each step of the timestamps that is not the length of what came before."""
    return [int(delta) for delta in _JUMP.findall(told)]


def buffers(played: Played, sink: str) -> list[tuple[float, float]]:
    return shown_in(played.reading.text("gstreamer.out"), sink)


def test_it_played_to_the_end_and_complained_of_nothing(played: Played) -> None:
    assert played.reading.codes["gstreamer"] == STOPPED
    said = [
        line for line in played.reading.text("gstreamer.err").splitlines() if line and not USUAL.search(line)
    ]
    assert said == []
    assert "ERROR" not in played.reading.text("gstreamer.out")


@pytest.mark.parametrize(("sink", "per_s"), [("shown", FPS), ("heard", SAMPLE_RATE_HZ / 1024)])
def test_all_that_is_due_comes(played: Played, sink: str, per_s: float) -> None:
    """gst-launch prints from a thread of its own, and so tells now and then of one buffer twice or not."""
    came = {timestamp for timestamp, _ in buffers(played, sink)}
    asked = (max(came) - min(came)) * per_s
    assert max(came) - min(came) > SECONDS - 15
    assert len(came) > 0.95 * asked


def test_timestamps_are_continuous(played: Played) -> None:
    told = jumps_in(played.reading.text("gstreamer.out"))
    assert [delta for delta in told if abs(delta) > ROUNDED_NS] == []


def test_picture_and_sound_end_together(played: Played) -> None:
    """Each sink holds the next buffer until its time comes: so what came last is due now."""
    (shown_s, frame_s), (heard_s, _) = buffers(played, "shown")[-1], buffers(played, "heard")[-1]
    assert abs(shown_s - heard_s) < DRIFT_S + frame_s


def test_sound_never_stops(played: Played) -> None:
    left = sound.left_of((played.reading.folder / "gstreamer.raw").read_bytes())
    slate_s = 2 * len(played.listener.silent_ms("gstreamer"))
    assert sum(length_ms for _, length_ms in sound.silences(left)) / 1000 <= slate_s
