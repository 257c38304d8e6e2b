"""The sound of a source: decoded to stereo at 48 kHz and measured, then decoded again and levelled.

Loudness after EBU R 128 (ITU-R BS.1770): one linear gain towards the house's level; only where that
would lift peaks above the ceiling does a limiter hold them down. Decoding twice costs a hundredth of
what the picture costs, and nothing has to lie on the disk meanwhile.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph

from media.acceptance import DURATION_LIMIT_MS, Refusal, Unpreparable
from media.adapters.av_cues import ENDLESS, SILENCEDETECT, Spans
from media.adapters.av_package import AudioTrack, Pcm
from media.adapters.av_source import chain, drain, open_source, readable
from media.cue import SAMPLES_PER_FRAME, WHOLE, Layout, Span
from media.file_clock import PLAIN, FileClock
from media.house_format import (
    AAC_FRAME_SAMPLES,
    AUDIO_TICKS_PER_SEGMENT,
    LOUDNESS_LUFS,
    SAMPLE_RATE_HZ,
    TRUE_PEAK_DBTP,
)

_SILENT_LUFS = -60.0
_HEARD = 10 ** (-80 / 20)
_GAIN_LIMIT_DB = 30.0
_FADE = SAMPLE_RATE_HZ // 100
_HEADROOM_DB = 0.5
_OVERSAMPLING = 4
_SETTLING, _SETTLED_DB = 3, 0.3
_EBU_R128 = ("ebur128", "metadata=1:peak=true:framelog=quiet")
_OVERHANG = SAMPLE_RATE_HZ // 20
_SAMPLES_LIMIT = DURATION_LIMIT_MS * SAMPLE_RATE_HZ // 1000
_STEREO = f"sample_fmts=fltp:sample_rates={SAMPLE_RATE_HZ}:channel_layouts=stereo"

Progress = Callable[[float], None]
"""Told the seconds done."""


@dataclass(frozen=True)
class Wanted:
    """Which sound of which file, and what is amiss with the file's clock."""

    source: Path
    index: int
    clock: FileClock = PLAIN


@dataclass
class Sound:
    """What measuring found.

    Args:
        samples: how many for each ear, at 48 kHz.
        loudness_lufs, peak_dbtp: integrated loudness and true peak as brought.
        peaks: the loudest sample of each short stretch, 0..1.
        layout: where its parts go on the grid.
        silence: where nothing is heard once it is levelled; endless after its end.
    """

    samples: int = 0
    loudness_lufs: float = -math.inf
    peak_dbtp: float = -math.inf
    peaks: list[float] = field(default_factory=list)
    layout: Layout = WHOLE
    silence: list[Span] = field(default_factory=lambda: [(0, ENDLESS)])

    def note(self, measured: AudioFrame) -> None:
        """Take what the meter wrote on a frame that passed it."""
        found = measured.metadata
        self.loudness_lufs = float(found.get("lavfi.r128.I", self.loudness_lufs))
        for ear in ("lavfi.r128.true_peaks_ch0", "lavfi.r128.true_peaks_ch1"):
            amplitude = float(found.get(ear, 0.0))
            if amplitude > 0:
                self.peak_dbtp = max(self.peak_dbtp, 20 * math.log10(amplitude))

    @property
    def is_heard(self) -> bool:
        """Whether anything is in it but silence and the noise of its last bit."""
        return max(self.peaks, default=0.0) > _HEARD

    @property
    def segments(self) -> int:
        """How many it needs. An overhang of less than 50 ms, as codecs leave it, opens none of its own."""
        return self.layout.segments(self.samples - _OVERHANG, SAMPLES_PER_FRAME)

    @property
    def kept(self) -> int:
        """How many samples of it are played."""
        last = self.layout.firsts[-1] * SAMPLES_PER_FRAME
        room = (self.segments - self.layout.starts[-1]) * AUDIO_TICKS_PER_SEGMENT
        return min(self.samples, last + room)

    @property
    def parts(self) -> tuple[Span, ...]:
        """The samples between one cue and the next, as far as they are kept."""
        firsts = [min(first * SAMPLES_PER_FRAME, self.kept) for first in self.layout.firsts]
        return tuple(pairwise((*firsts, self.kept)))


def measure_sound(wanted: Wanted, progress: Progress, layout: Layout = WHOLE) -> Sound:
    """Length, loudness and peaks.

    Raises:
        Unpreparable: ``media-too-long``.
    """
    sound = Sound(layout=layout)
    graph = _graph(*_EBU_R128)
    for frame in _stereo(wanted):
        sound.samples += frame.samples
        sound.peaks.append(float(np.abs(frame.to_ndarray()).max(initial=0.0)))
        for measured in drain(graph, frame):
            sound.note(measured)
        progress(sound.samples / SAMPLE_RATE_HZ)
    if sound.samples:
        for measured in drain(graph, None):
            sound.note(measured)
    return sound


def encode_sound(wanted: Wanted, sound: Sound, track: AudioTrack, progress: Progress) -> None:
    """Write it levelled, and note where it is silent.

    Of each part the first 1024 samples are mute, and it is faded in and out by 10 ms: the codec overlaps
    its frames, so without this the end of one item would sound into the next.
    """
    if not sound.samples:
        return
    silence, at = Spans("silence"), 0
    parts = deque(zip(sound.parts, sound.layout.starts, strict=True))
    for frame in _levelled(wanted, sound, progress):
        silence.note(frame.metadata)
        pcm, until = frame.to_ndarray(), at + frame.samples
        while parts and parts[0][0][0] < until:
            (start, end), segment = parts[0]
            first, last = max(at, start), min(end, until)
            if first < last:
                envelope = _envelope(np.arange(first - start, last - start, dtype=np.float64), end - start)
                track.hold(segment)
                track.write(np.asarray(pcm[:, first - at : last - at] * envelope, np.float32))
            if end > until:
                break
            parts.popleft()
        at = until
        progress(at / SAMPLE_RATE_HZ)
    silence.close(ENDLESS)
    sound.silence = [*silence.found, (at, ENDLESS)]


def plan_gain(loudness_lufs: float, peak_dbtp: float) -> tuple[float, bool]:
    """The gain in dB towards the house's loudness, and whether peaks then need a limiter."""
    if not math.isfinite(loudness_lufs) or loudness_lufs < _SILENT_LUFS:
        return 0.0, peak_dbtp > TRUE_PEAK_DBTP
    gain_db = max(-_GAIN_LIMIT_DB, min(_GAIN_LIMIT_DB, LOUDNESS_LUFS - loudness_lufs))
    return gain_db, peak_dbtp + gain_db > TRUE_PEAK_DBTP - _HEADROOM_DB


def _stereo(wanted: Wanted) -> Iterator[AudioFrame]:
    """Frames of stereo at 48 kHz, without a hole, from the file's moment 0 on."""
    graph: Graph | None = None
    done, shape = 0, None
    with open_source(wanted.source) as container:
        stream = container.streams[wanted.index]
        assert isinstance(stream, AudioStream)
        for frame in readable(container, stream, wanted.clock):
            if graph is None or shape != _shape(frame):
                for out in drain(graph, None) if graph else ():
                    done += _counted(out, done)
                    yield out
                graph, shape = _aligning(frame, done), _shape(frame)
            for out in drain(graph, frame):
                done += _counted(out, done)
                yield out
        for out in drain(graph, None) if graph else ():
            done += _counted(out, done)
            yield out


def _counted(frame: AudioFrame, done: int) -> int:
    if done > _SAMPLES_LIMIT:
        raise Unpreparable((Refusal("media-too-long", "It plays for more than 4 hours.", "Cut it."),))
    frame.pts, frame.time_base = done, Fraction(1, SAMPLE_RATE_HZ)
    return frame.samples


def _shape(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.format.name, frame.layout.name


def _aligning(frame: AudioFrame, done: int) -> Graph:
    """Gaps and late starts become silence, overlaps are squeezed out, so that sound keeps step."""
    graph = Graph()
    source = graph.add(
        "abuffer",
        f"sample_rate={frame.sample_rate}:sample_fmt={frame.format.name}"
        f":channel_layout={frame.layout.name}:time_base={frame.time_base or Fraction(1, frame.sample_rate)}",
    )
    resample = f"{SAMPLE_RATE_HZ}:async=1000:first_pts={done}:min_hard_comp=0.05"
    chain(graph, source, (("aresample", resample), ("aformat", _STEREO), ("abuffersink", "")))
    graph.configure()
    return graph


def _graph(*steps: str) -> Graph:
    """Stereo at 48 kHz in and out, through pairs of filter and options."""
    graph = Graph()
    source = graph.add(
        "abuffer",
        f"sample_rate={SAMPLE_RATE_HZ}:sample_fmt=fltp:channel_layout=stereo:time_base=1/{SAMPLE_RATE_HZ}",
    )
    pairs = tuple(zip(steps[::2], steps[1::2], strict=True))
    chain(graph, source, (*pairs, ("aformat", _STEREO), ("abuffersink", "")))
    graph.configure()
    return graph


def _levelled(wanted: Wanted, sound: Sound, progress: Progress) -> Iterator[AudioFrame]:
    gain_db, limited = plan_gain(sound.loudness_lufs, sound.peak_dbtp)
    if not limited:
        return _through(_graph(*_volume(gain_db), *SILENCEDETECT), wanted)
    return _through(_graph(*_limited(_settled(gain_db, wanted, progress)), *SILENCEDETECT), wanted)


def _settled(gain_db: float, wanted: Wanted, progress: Progress) -> float:
    """The gain that leaves the house's loudness after the limiter has taken its part."""
    for _ in range(_SETTLING):
        heard = Sound()
        for frame in _through(_graph(*_limited(gain_db), *_EBU_R128), wanted):
            heard.note(frame)
            progress(0.0)
        short_db = LOUDNESS_LUFS - heard.loudness_lufs
        if not _SETTLED_DB < short_db < _GAIN_LIMIT_DB:
            break
        gain_db += short_db
    return gain_db


def _through(graph: Graph, wanted: Wanted) -> Iterator[AudioFrame]:
    for frame in _stereo(wanted):
        yield from drain(graph, frame)
    yield from drain(graph, None)


def _volume(gain_db: float) -> tuple[str, str]:
    return "volume", f"volume={gain_db}dB:precision=float"


def _limited(gain_db: float) -> tuple[str, ...]:
    """Works on four times the samples, because peaks lie between them (ITU-R BS.1770, annex 2)."""
    ceiling = 10 ** ((TRUE_PEAK_DBTP - _HEADROOM_DB) / 20)
    return (
        *_volume(gain_db),
        *("aresample", str(SAMPLE_RATE_HZ * _OVERSAMPLING)),
        *("alimiter", f"limit={ceiling}:level=false:latency=true"),
        *("aresample", str(SAMPLE_RATE_HZ)),
    )


def _envelope(position: np.ndarray[tuple[int], np.dtype[np.float64]], length: int) -> Pcm:
    """Mute, fade in, … fade out at ``length``, for the samples at ``position``."""
    rise = np.clip((position - AAC_FRAME_SAMPLES) / _FADE, 0, 1)
    fall = np.clip((length - 1 - position) / _FADE, 0, 1)
    return np.minimum(rise, fall).astype(np.float32)
