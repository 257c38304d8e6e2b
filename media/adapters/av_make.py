"""Making every rendition of one source, from start to end, in one process."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from av.video.frame import VideoFrame

from media.adapters.av_package import AudioTrack, VideoTrack
from media.adapters.av_picture import encode_picture
from media.adapters.av_sound import Sound, decode_sound, encode_sound
from media.adapters.av_still import artwork, black, jpeg, laid, paint
from media.card import card
from media.house_format import (
    AUDIO_RENDITION,
    AUDIO_TICKS_PER_SEGMENT,
    FPS,
    FRAMES_PER_SEGMENT,
    SAMPLE_RATE_HZ,
    VIDEO_RENDITIONS,
)
from media.ports import Made
from media.source import Source

_ENCODER_THREADS = 0
_POSTER = "poster.jpg"
_SOUND_SHARE, _PICTURE_SHARE = 150, 750

Progress = Callable[[int], None]
"""Told permille."""


def make(source: Path, found: Source, folder: Path, seed: str, progress: Progress) -> Made:
    """Every rendition of ``source`` as files in ``folder``.

    Args:
        source: the file.
        found: what the probe said of it.
        folder: empty, for the results.
        seed: colours a painted card.
        progress: told permille.

    Raises:
        media.acceptance.Unpreparable: if it turns out to be unfit.
    """
    expected_s = max((found.duration_ms or 60_000) / 1000, 0.1)
    sound = _sound(source, found, folder, _scaled(progress, 0, _SOUND_SHARE, expected_s))
    sounding = -(-sound.samples // AUDIO_TICKS_PER_SEGMENT) if sound else 0
    tracks = [VideoTrack(r, folder / f"{r.name}.mp4", _ENCODER_THREADS) for r in VIDEO_RENDITIONS]
    try:
        if found.picture and found.picture.decodable:
            told = _scaled(progress, _SOUND_SHARE, _PICTURE_SHARE, expected_s)
            poster = encode_picture(source, found.picture.index, tracks, told)
            duration_s = max(tracks[0].frames / FPS, (sound.samples if sound else 0) / SAMPLE_RATE_HZ)
        else:
            assert sound is not None
            still = (artwork(source) if found.artwork else None) or paint(card(seed, sound.peaks()))
            poster = _show(still, tracks)
            duration_s = sound.samples / SAMPLE_RATE_HZ
        segments = max(-(-tracks[0].frames // FRAMES_PER_SEGMENT), sounding)
        made = _finish(folder, tracks, sound, segments, poster, duration_s, progress)
        return msgspec.structs.replace(made, has_picture=bool(found.picture and found.picture.decodable))
    finally:
        for track in tracks:
            track.close()


def make_slate(folder: Path) -> Made:
    """One segment of black and silence in every rendition."""
    tracks = [VideoTrack(r, folder / f"{r.name}.mp4", 1) for r in VIDEO_RENDITIONS]
    poster = _show(black(), tracks)
    return _finish(folder, tracks, None, 1, poster, 1.92, lambda _permille: None)


def _show(still: VideoFrame, tracks: list[VideoTrack]) -> VideoFrame:
    for track in tracks:
        track.write(laid(still, track.rendition.width, track.rendition.height))
    return laid(still, tracks[0].rendition.width, tracks[0].rendition.height)


def _sound(source: Path, found: Source, folder: Path, told: Callable[[float], None]) -> Sound | None:
    if found.sound is None or not found.sound.decodable:
        return None
    sound = decode_sound(source, found.sound.index, folder / "sound.f32", told)
    return sound if sound.samples else None


def _finish(
    folder: Path,
    tracks: list[VideoTrack],
    sound: Sound | None,
    segments: int,
    poster: VideoFrame,
    duration_s: float,
    progress: Progress,
) -> Made:
    for track in tracks:
        track.hold(segments)
    progress(_SOUND_SHARE + _PICTURE_SHARE)
    audio = AudioTrack(AUDIO_RENDITION, folder / f"{AUDIO_RENDITION.name}.mp4")
    try:
        encode_sound(sound, audio, segments)
        made = (*(track.finish() for track in tracks), audio.finish(segments))
    finally:
        audio.close()
    (folder / _POSTER).write_bytes(jpeg(poster))
    progress(1000)
    return Made(
        tracks=made,
        poster=_POSTER,
        segments=segments,
        duration_ms=round(duration_s * 1000),
        has_picture=False,
        has_sound=sound is not None,
    )


def _scaled(progress: Progress, base: int, share: int, expected_s: float) -> Callable[[float], None]:
    return lambda done_s: progress(base + int(share * min(1.0, done_s / expected_s)))
