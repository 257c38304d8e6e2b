import math

import av
import numpy as np
import pytest

from media.acceptance import Unpreparable
from media.adapters import av_sound
from media.adapters.av_package import AudioTrack
from media.adapters.av_sound import Sound, Wanted, encode_sound, measure_sound, plan_gain
from media.house_format import AUDIO_RENDITION
from tests.media.films import loudness, sound

SECOND = 48_000
T = np.arange(4 * SECOND) / SECOND


def tone(amplitude: float, hertz: float = 997.0, seconds: float = 4.0) -> np.ndarray:
    wave = amplitude * np.sin(2 * np.pi * hertz * T[: int(seconds * SECOND)])
    return np.stack([wave, wave])


def levelled(path, tmp_path) -> np.ndarray:
    wanted = Wanted(path, 0)
    heard = measure_sound(wanted, lambda seconds: None)
    track = AudioTrack(AUDIO_RENDITION, tmp_path / "a.mp4")
    encode_sound(wanted, heard, track, lambda seconds: None)
    track.finish(heard.segments)
    with av.open(str(tmp_path / "a.mp4")) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


@pytest.mark.parametrize("amplitude", [0.9, 0.02])
def test_loud_and_quiet_come_to_the_same(tmp_path, amplitude):
    integrated, peak = loudness(levelled(sound(tmp_path / "a.wav", tone(amplitude)), tmp_path))
    assert integrated == pytest.approx(-23, abs=1)
    assert peak <= -2


def test_quiet_sound_with_loud_clicks_is_limited_and_still_as_loud(tmp_path):
    pcm = tone(0.02)
    for start in range(SECOND, 3 * SECOND, SECOND // 2):
        pcm[:, start : start + 200] = 0.95 * np.sign(np.sin(np.arange(200) * 1.3))
    integrated, peak = loudness(levelled(sound(tmp_path / "a.wav", pcm), tmp_path))
    assert integrated == pytest.approx(-23, abs=1)
    assert peak <= -2


def test_an_item_begins_mute_and_ends_faded(tmp_path):
    heard = levelled(sound(tmp_path / "a.wav", tone(0.3)), tmp_path)[0]
    assert np.abs(heard[:512]).max() < 0.005
    assert np.abs(heard[SECOND // 2 : SECOND]).max() > 0.05
    end = np.abs(heard[4 * SECOND - 100 : 4 * SECOND])
    assert end.max() < 0.35 * np.abs(heard[SECOND:]).max()
    assert np.abs(heard[4 * SECOND + 2048 :]).max() < 0.001


def test_silence_stays_silence(tmp_path):
    assert np.abs(levelled(sound(tmp_path / "a.wav", np.zeros((2, SECOND))), tmp_path)).max() == 0


def test_six_channels_become_two(tmp_path):
    with av.open(str(tmp_path / "a.wav"), "w") as target:
        stream = target.add_stream("pcm_f32le", rate=SECOND, layout="5.1")
        data = np.tile(tone(0.3, seconds=1)[:1].T, (1, 6)).astype(np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format="flt", layout="5.1")
        frame.sample_rate, frame.pts = SECOND, 0
        target.mux([*stream.encode(frame), *stream.encode(None)])
    heard = measure_sound(Wanted(tmp_path / "a.wav", 0), lambda seconds: None)
    assert heard.samples == SECOND
    assert heard.loudness_lufs < 0


def test_a_stream_that_changes_its_rate_midway_goes_on(tmp_path):
    for name, rate in (("1", 44_100), ("2", 48_000)):
        sound(tmp_path / f"{name}.aac", tone(0.3, seconds=1.0), rate=rate, codec="aac")
    joined = tmp_path / "joined.aac"
    joined.write_bytes((tmp_path / "1.aac").read_bytes() + (tmp_path / "2.aac").read_bytes())
    heard = measure_sound(Wanted(joined, 0), lambda seconds: None)
    assert heard.samples == pytest.approx((48_000 / 44_100 + 1) * SECOND, rel=0.1)


@pytest.mark.parametrize(
    ("loud", "peak", "expected"),
    [
        (-23.0, -10.0, (0.0, False)),
        (-13.0, -1.0, (-10.0, False)),
        (-33.0, -5.0, (10.0, True)),
        (-58.0, -40.0, (30.0, False)),  # noise is not lifted without end
        (-70.0, -69.0, (0.0, False)),
        (-math.inf, -math.inf, (0.0, False)),
        (-70.0, 0.0, (0.0, True)),  # too short to be measured, and loud
    ],
)
def test_the_gain(loud, peak, expected):
    assert plan_gain(loud, peak) == expected


def test_a_codecs_overhang_opens_no_segment_of_its_own():
    assert (Sound(samples=2 * 92_160 + 2399).segments, Sound(samples=2 * 92_160 + 2401).segments) == (2, 3)
    assert Sound(samples=2 * 92_160 + 2399).kept == 2 * 92_160
    assert (Sound(samples=1).segments, Sound(samples=1).kept) == (1, 1)


def test_a_sound_longer_than_allowed_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(av_sound, "_SAMPLES_LIMIT", 10_000)
    with pytest.raises(Unpreparable) as refused:
        measure_sound(Wanted(sound(tmp_path / "a.wav", tone(0.1)), 0), lambda seconds: None)
    assert refused.value.refusals[0].code == "media-too-long"
