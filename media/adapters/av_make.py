"""Making every rendition of one source, from start to end, in one process.

Measured in seconds of processor time for 5 s of 1920x1080 (and 5 s of 1280x720, 5 s of 640x360): scaling
every rendition from the source 2.0 (1.1, 0.5), the smaller ones from the largest 0.9 (0.5, 0.3), which is
what is done; with cheaper scalers 0.7 (0.4, 0.2), not worth their blur. Encoding: see ``media.ladder``.
Sound costs 0.02 s a second and is made in a thread beside the picture.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import msgspec
from av.video.frame import VideoFrame

from media.acceptance import Refusal, Unpreparable
from media.adapters.av_lanes import Lanes
from media.adapters.av_package import AudioTrack, VideoTrack
from media.adapters.av_picture import encode_picture
from media.adapters.av_sound import Sound, Wanted, encode_sound, measure_sound
from media.adapters.av_still import artwork, black, jpeg, laid, paint
from media.card import card
from media.cue import WHOLE, Layout, Span, find_cues, lay_out
from media.house_format import (
    AUDIO_RENDITION,
    FPS,
    SAMPLE_RATE_HZ,
    SEGMENT_MS,
    VIDEO_RENDITIONS,
)
from media.ports import Made
from media.source import Source

_POSTER = "poster.jpg"
_TELL_EVERY_S = 1.0

Progress = Callable[[int], None]
"""Told permille."""


_SHARES = {"measured": 50, "heard": 50, "shown": 880}


class _Meter:
    """How far the parts are, told as one number: at once when it rises, else once a second."""

    def __init__(self, progress: Progress, expected_s: float) -> None:
        self._progress = progress
        self._expected_s = expected_s
        self._done = dict.fromkeys(_SHARES, 0.0)
        self._told, self._told_s = -1, 0.0
        self._lock = Lock()

    def part(self, name: str) -> Callable[[float], None]:
        """Takes the seconds done of a part."""

        def tell(done_s: float) -> None:
            with self._lock:
                self._done[name] = min(1.0, done_s / self._expected_s)
                permille = int(sum(_SHARES[part] * done for part, done in self._done.items()))
                now_s = time.monotonic()
                if permille > self._told or now_s - self._told_s > _TELL_EVERY_S:
                    self._told, self._told_s = max(permille, self._told), now_s
                    self._progress(self._told)

        return tell


def make(
    source: Path, found: Source, folder: Path, seed: str, progress: Progress, cues: Sequence[int] = ()
) -> Made:
    """Every rendition of ``source`` as files in ``folder``.

    Args:
        source: the file.
        found: what a look at the whole of it found.
        folder: empty, for the results.
        seed: colours a painted card.
        progress: told permille, at least once a second while work goes on.
        cues: rising frames of the source, at 25 a second, each of which shall begin a segment.

    Raises:
        media.acceptance.Unpreparable: if it turns out to be unfit.
    """
    meter = _Meter(progress, max((found.duration_ms or 60_000) / 1000, 0.1))
    audio = AudioTrack(AUDIO_RENDITION, folder / f"{AUDIO_RENDITION.name}.mp4")
    layout = lay_out(cues)
    black: Sequence[Span] = ()
    try:
        with _lanes(folder, layout) as lanes, ThreadPoolExecutor(1) as aside:
            hearing = aside.submit(_sound, source, found, audio, meter, layout)
            has_picture = bool(found.picture and found.picture.decodable)
            if found.picture and has_picture:
                told = meter.part("shown")
                shown = encode_picture(source, found.picture.index, found.clock, lanes, told)
                poster, black, sound = shown.poster, shown.black, hearing.result()
            else:
                sound = hearing.result()
                poster = _show(_still(source, found, sound, seed), lanes)
            made = _finish(folder, lanes, audio, poster, sound, has_picture)
    finally:
        audio.close()
    silence = (sound or Sound()).silence
    candidates = () if cues else find_cues(black, silence, lanes.frames)
    return msgspec.structs.replace(made, candidates=candidates)


def make_slate(folder: Path) -> Made:
    """One segment of black and silence in every rendition."""
    audio = AudioTrack(AUDIO_RENDITION, folder / f"{AUDIO_RENDITION.name}.mp4")
    try:
        with _lanes(folder) as lanes:
            return _finish(folder, lanes, audio, _show(black(), lanes), None, has_picture=False)
    finally:
        audio.close()


def _lanes(folder: Path, layout: Layout = WHOLE) -> Lanes:
    tracks = [VideoTrack(rendition, folder / f"{rendition.name}.mp4") for rendition in VIDEO_RENDITIONS]
    return Lanes(tracks, layout)


def _sound(source: Path, found: Source, audio: AudioTrack, meter: _Meter, layout: Layout) -> Sound | None:
    if found.sound is None or not found.sound.decodable:
        return None
    wanted = Wanted(source, found.sound.index, found.clock)
    sound = measure_sound(wanted, meter.part("measured"), layout)
    encode_sound(wanted, sound, audio, meter.part("heard"))
    return sound if sound.samples else None


def _still(source: Path, found: Source, sound: Sound | None, seed: str) -> VideoFrame:
    if sound is None:
        raise Unpreparable((Refusal("media-undecodable", "No sound could be decoded.", "Export it again."),))
    return (artwork(source) if found.artwork else None) or paint(card(seed, sound.peaks))


def _show(still: VideoFrame, lanes: Lanes) -> VideoFrame:
    row = [laid(still, rendition.width, rendition.height) for rendition in lanes.renditions]
    lanes.write(row)
    return row[0]


def _finish(
    folder: Path, lanes: Lanes, audio: AudioTrack, poster: VideoFrame, sound: Sound | None, has_picture: bool
) -> Made:
    shown = lanes.frames if has_picture else 0
    layout = lanes.layout
    segments = max(layout.segments(shown), sound.segments if sound else 1)
    tracks = (*lanes.finish(segments), audio.finish(segments))
    (folder / _POSTER).write_bytes(jpeg(poster))
    heard_ms = sound.kept * 1000 // SAMPLE_RATE_HZ if sound else 0
    return Made(
        tracks=tracks,
        poster=_POSTER,
        segments=segments,
        duration_ms=max(heard_ms, shown * 1000 // FPS) or SEGMENT_MS,
        has_picture=has_picture,
        has_sound=sound is not None and sound.is_heard,
        cues=layout.starts[1:],
    )
