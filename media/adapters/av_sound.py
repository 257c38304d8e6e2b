"""The sound of a source: decoded once to stereo at 48 kHz, measured, then levelled and encoded.

Loudness after EBU R 128 (ITU-R BS.1770): one linear gain towards the house's level; only where that
would lift peaks above the ceiling does a limiter hold them down.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph
from numpy.typing import NDArray

from media.adapters.av_package import AudioTrack, Pcm
from media.adapters.av_source import drain, open_source, starts_at
from media.card import BARS
from media.house_format import (
    AAC_FRAME_SAMPLES,
    AUDIO_TICKS_PER_SEGMENT,
    LOUDNESS_LUFS,
    SAMPLE_RATE_HZ,
    TRUE_PEAK_DBTP,
)

_SILENT_LUFS = -60.0
_GAIN_LIMIT_DB = 30.0
_FADE = SAMPLE_RATE_HZ // 100
_CHUNK = SAMPLE_RATE_HZ * 4
_HEADROOM_DB = 0.5
_STEREO = f"sample_fmts=fltp:sample_rates={SAMPLE_RATE_HZ}:channel_layouts=stereo"


@dataclass(frozen=True)
class Sound:
    """Decoded sound.

    Args:
        path: float32 samples, interleaved left and right.
        samples: how many for each ear.
        loudness_lufs, peak_dbtp: integrated loudness and true peak as brought.
    """

    path: Path
    samples: int
    loudness_lufs: float
    peak_dbtp: float

    def read(self) -> NDArray[np.float32]:
        """All samples, shape (n, 2), mapped from the disk."""
        if not self.samples:
            return np.zeros((0, 2), np.float32)
        return np.memmap(self.path, np.float32, "r", shape=(self.samples, 2))

    def peaks(self) -> list[float]:
        """The loudest sample of each of some equal stretches, 0..1."""
        pcm = self.read()
        return [float(np.abs(part).max()) if len(part) else 0.0 for part in np.array_split(pcm, BARS)]


def decode_sound(source: Path, index: int, target: Path, progress: Callable[[float], None]) -> Sound:
    """Decode stream ``index`` into ``target``, from the moment 0 of the file on.

    Gaps and late starts become silence, overlaps are squeezed out (``aresample=async``), so that
    the sound keeps step with the picture. ``progress`` is told the seconds done.
    """
    loudness = peak = -math.inf
    samples = 0
    with open_source(source) as container, target.open("wb") as file:
        stream = container.streams[index]
        graph: Graph | None = None
        start = starts_at(container)
        for frame in _decoded(container.decode(stream)):
            _shift(frame, start)
            if graph is None:
                graph = _measuring(frame)
            for out in drain(graph, frame):
                samples += _append(out, file)
                loudness, peak = _measure(out, loudness, peak)
            progress(samples / SAMPLE_RATE_HZ)
        if graph is not None:
            for out in drain(graph, None):
                samples += _append(out, file)
                loudness, peak = _measure(out, loudness, peak)
    return Sound(target, samples, loudness, peak)


def _decoded(frames: Iterator[Any]) -> Iterator[AudioFrame]:
    """Frames until the end or until the decoder gives up: what came before is kept."""
    while True:
        try:
            frame = next(frames)
        except (StopIteration, av.error.EOFError):
            return
        except av.error.InvalidDataError:
            continue
        yield frame


def _shift(frame: AudioFrame, start: Fraction) -> None:
    if frame.pts is not None and frame.time_base:
        frame.pts -= round(start / frame.time_base)


def _measuring(frame: AudioFrame) -> Graph:
    graph = Graph()
    source = graph.add(
        "abuffer",
        f"sample_rate={frame.sample_rate}:sample_fmt={frame.format.name}"
        f":channel_layout={frame.layout.name}:time_base={frame.time_base or Fraction(1, frame.sample_rate)}",
    )
    # Timestamps of a whole programme may hold gaps of hours only in a broken file: those are cut.
    steps = (
        ("aresample", f"{SAMPLE_RATE_HZ}:async=1000:first_pts=0:min_hard_comp=0.05"),
        ("aformat", _STEREO),
        ("ebur128", "metadata=1:peak=true:framelog=quiet"),
        ("aformat", _STEREO),
        ("abuffersink", ""),
    )
    last = source
    for name, options in steps:
        step = graph.add(name, options)
        last.link_to(step)
        last = step
    graph.configure()
    return graph


def _append(frame: AudioFrame, file: object) -> int:
    np.ascontiguousarray(frame.to_ndarray().T, np.float32).tofile(file)  # type: ignore[arg-type]
    return frame.samples


def _measure(frame: AudioFrame, loudness: float, peak: float) -> tuple[float, float]:
    found = frame.metadata
    if "lavfi.r128.I" in found:
        loudness = float(found["lavfi.r128.I"])
    for ear in ("lavfi.r128.true_peaks_ch0", "lavfi.r128.true_peaks_ch1"):
        amplitude = float(found.get(ear, 0.0))
        if amplitude > 0:
            peak = max(peak, 20 * math.log10(amplitude))
    return loudness, peak


def encode_sound(sound: Sound | None, track: AudioTrack, segments: int) -> None:
    """Write ``segments`` of levelled sound: the first 1024 samples mute, faded in and out by 10 ms.

    The codec overlaps its frames, so without this the end of one item would sound into the next.
    """
    total = segments * AUDIO_TICKS_PER_SEGMENT
    length = min(sound.samples, total) if sound else 0
    envelope = _Envelope(length)
    written = 0
    for part in _levelled(sound) if sound else ():
        take = part[:, : length - written]
        if not take.shape[1]:
            break
        track.write(envelope.shape(take, written))
        written += take.shape[1]
    while written < total:
        silence = min(_CHUNK, total - written)
        track.write(np.zeros((2, silence), np.float32))
        written += silence


def _levelled(sound: Sound) -> Iterator[Pcm]:
    gain_db, limited = plan_gain(sound.loudness_lufs, sound.peak_dbtp)
    pcm = sound.read()
    parts = (np.ascontiguousarray(pcm[at : at + _CHUNK].T) for at in range(0, len(pcm), _CHUNK))
    amplitude = np.float32(10 ** (gain_db / 20))
    if limited:
        yield from _limit(parts, gain_db)
    else:
        yield from (part * amplitude for part in parts)


def plan_gain(loudness_lufs: float, peak_dbtp: float) -> tuple[float, bool]:
    """The gain in dB towards the house's loudness, and whether peaks then need a limiter."""
    if not math.isfinite(loudness_lufs) or loudness_lufs < _SILENT_LUFS:
        return 0.0, False
    gain_db = max(-_GAIN_LIMIT_DB, min(_GAIN_LIMIT_DB, LOUDNESS_LUFS - loudness_lufs))
    return gain_db, peak_dbtp + gain_db > TRUE_PEAK_DBTP


def _limit(parts: Iterator[Pcm], gain_db: float) -> Iterator[Pcm]:
    ceiling = 10 ** ((TRUE_PEAK_DBTP - _HEADROOM_DB) / 20)
    graph = Graph()
    source = graph.add(
        "abuffer",
        f"sample_rate={SAMPLE_RATE_HZ}:sample_fmt=fltp:channel_layout=stereo:time_base=1/{SAMPLE_RATE_HZ}",
    )
    volume = graph.add("volume", f"volume={gain_db}dB:precision=float")
    limiter = graph.add("alimiter", f"limit={ceiling}:level=false:latency=true")
    shape = graph.add("aformat", _STEREO)
    sink = graph.add("abuffersink")
    for one, next_one in ((source, volume), (volume, limiter), (limiter, shape), (shape, sink)):
        one.link_to(next_one)
    graph.configure()
    at = 0
    for part in parts:
        frame = AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, at, Fraction(1, SAMPLE_RATE_HZ)
        at += frame.samples
        yield from (out.to_ndarray() for out in drain(graph, frame))
    yield from (out.to_ndarray() for out in drain(graph, None))


class _Envelope:
    """Mute, fade in, … fade out, over ``length`` samples."""

    def __init__(self, length: int) -> None:
        self._length = length

    def shape(self, pcm: Pcm, at: int) -> Pcm:
        """``pcm`` (2, n), which begins at sample ``at`` of the item, with the envelope laid on."""
        position = np.arange(at, at + pcm.shape[1], dtype=np.float32)
        rise = np.clip((position - AAC_FRAME_SAMPLES) / _FADE, 0, 1)
        fall = np.clip((self._length - 1 - position) / _FADE, 0, 1)
        return np.asarray(pcm * np.minimum(rise, fall), np.float32)
