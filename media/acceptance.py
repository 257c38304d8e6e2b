"""Whether a file can be prepared: a checklist from top to bottom, every refusal coded."""

import msgspec

from kernel.errors import Invalid, Unavailable
from media.source import FoundKind, Picture, Sound, Source

DURATION_LIMIT_MS = 4 * 3600 * 1000
DURATION_FLOOR_MS = 100
STREAMS_LIMIT = 64
CHANNELS_LIMIT = 16
SIDE_LIMIT_PX = 8192
PIXELS_LIMIT = 8192 * 4320
_MISSING_SHARE = 0.02
_MISSING_MS = 1000
_STATING = {"matroska", "mov", "flac", "aiff", "flv"}
"""Containers whose header states a duration; of others it is an estimate."""
_LIE_FACTOR = 10


class Refusal(msgspec.Struct, frozen=True):
    """One reason why a file is not taken: ``media-`` and a word, a sentence, and what to do."""

    code: str
    detail: str
    fix: str


class Hindered(Unavailable):
    """The machine, not the file, got in the way: preparing it may succeed later.

    Args:
        code: ``media-too-heavy``, ``media-disk-full`` or ``media-interrupted``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code, "The file could not be prepared now.", fix="Free memory and disk; try again.")


class Unpreparable(Invalid):
    """A file was refused; ``refusals`` says why, the first of them in the error's own words."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        first = refusals[0]
        super().__init__(first.code, first.detail, fix=first.fix, fields={"file": first.detail})
        self.refusals = refusals


def accept(source: Source) -> tuple[Refusal, ...]:
    """Every reason against ``source``, the gravest first; empty means that it can be prepared."""
    unread = _unread(source)
    if unread:
        return (unread,)
    checks = (
        _streams(source),
        *_picture(source.picture, source.sound is not None),
        *_sound(source.sound),
        *_length(source),
    )
    return tuple(refusal for refusal in checks if refusal)


def is_film(source: Source) -> bool:
    """Whether it has a moving picture: more than a cover, or a single frame."""
    single = source.measured_ms is not None and source.picture is not None and source.picture.packets == 1
    return source.picture is not None and not single


def picture_needed() -> Invalid:
    """The refusal of sound alone where a film is wanted; the file itself is fine."""
    return Invalid(
        "picture-needed",
        "There is only sound in the file.",
        fix="Make it music or a podcast, or bring a film.",
        fields={"kind": "There is only sound in the file: choose music or podcast, or bring a film."},
    )


def over_length(source: Source, longest_ms: int) -> tuple[Refusal, ...]:
    """Against what plays longer than it is wanted for; the file itself is fine."""
    duration_ms = source.duration_ms or 0
    if duration_ms <= longest_ms:
        return ()
    lasts = duration_ms / 1000
    shown = f"{lasts:.0f} s" if lasts < 60 * 10 else f"{lasts / 60:.0f} min"
    return (
        Refusal(
            "media-over-length",
            f"The file plays for {shown}; at most {longest_ms // 1000} s are taken here.",
            "Cut it.",
        ),
    )


def _unread(source: Source) -> Refusal | None:
    if source.kind is FoundKind.NO_MEDIA:
        return Refusal(
            "media-no-media",
            "The file is not a film or sound in a form that is understood.",
            "Export it as MP4, WebM, MKV, MOV, MP3, FLAC or WAV.",
        )
    if source.kind is FoundKind.TOO_SLOW:
        return Refusal(
            "media-too-slow", "Reading the file took too long.", "Export it again with another program."
        )
    if source.kind is FoundKind.CRASHED:
        return Refusal(
            "media-unreadable", "The file made the reader give up.", "Export it again with another program."
        )
    return None


def _streams(source: Source) -> Refusal | None:
    if source.encrypted:
        return Refusal("media-encrypted", "The file is encrypted (DRM).", "Bring a file without protection.")
    if source.streams > STREAMS_LIMIT:
        return Refusal(
            "media-too-many-streams",
            f"The file holds {source.streams} streams; at most {STREAMS_LIMIT} are taken.",
            "Keep one picture and one sound.",
        )
    if source.picture is None and source.sound is None:
        return Refusal(
            "media-no-streams", "There is neither picture nor sound in the file.", "Choose another file."
        )
    playable = (source.picture and source.picture.decodable) or (source.sound and source.sound.decodable)
    if not playable:
        return Refusal(
            "media-undecodable",
            "Nothing in the file could be decoded.",
            "Export it again as H.264 and AAC in MP4.",
        )
    return None


def _picture(picture: Picture | None, heard: bool) -> tuple[Refusal | None, ...]:
    if picture is None:
        return ()
    if max(picture.width, picture.height) > SIDE_LIMIT_PX or picture.width * picture.height > PIXELS_LIMIT:
        return (
            Refusal(
                "media-too-large-picture",
                f"The picture has {picture.width} x {picture.height} pixels; "
                f"at most {SIDE_LIMIT_PX} a side are taken.",
                "Export it at 1280 x 720 or 1920 x 1080.",
            ),
        )
    if picture.packets == 1 and not heard:
        return (
            Refusal(
                "media-single-picture",
                "It is a picture, not a film.",
                "Bring a film, or a sound with artwork.",
            ),
        )
    return ()


def _sound(sound: Sound | None) -> tuple[Refusal | None, ...]:
    if sound is not None and sound.channels > CHANNELS_LIMIT:
        return (
            Refusal(
                "media-too-many-channels",
                f"The sound has {sound.channels} channels; at most {CHANNELS_LIMIT} are taken.",
                "Mix it down to stereo.",
            ),
        )
    return ()


def _length(source: Source) -> tuple[Refusal | None, ...]:
    claimed, measured = source.claimed_ms, source.measured_ms
    if source.torn:
        return (
            Refusal(
                "media-clock-jumps",
                "The file's clock jumps back in its picture or its sound, and not in both.",
                "Join its parts again with a program that writes new times (remux).",
            ),
        )
    if claimed is not None and measured is not None and claimed > _LIE_FACTOR * max(measured, 1000):
        return (
            Refusal(
                "media-lying-duration",
                f"The file claims {claimed / 1000:.0f} s and holds {measured / 1000:.0f} s.",
                "Copy the streams into a new file (remux).",
            ),
        )
    if measured is not None and _is_truncated(source):
        return (
            Refusal(
                "media-truncated",
                "The file ends before everything that its index promises.",
                "Copy or export it again.",
            ),
        )
    duration = source.duration_ms
    if duration is not None and duration > DURATION_LIMIT_MS:
        return (
            Refusal(
                "media-too-long",
                f"It plays for {duration / 3_600_000:.1f} hours; at most 4 are taken.",
                "Cut it into parts.",
            ),
        )
    if duration is not None and duration < DURATION_FLOOR_MS:
        return (
            Refusal("media-too-short", "It plays for less than 0.1 s.", "Choose a longer film or sound."),
        )
    return ()


def _is_truncated(source: Source) -> bool:
    """By the index of a track; without one by the duration in the header, which nothing reaches."""
    if _short_of_index(source.picture) or _short_of_index(source.sound):
        return True
    indexed = any(track.declared_frames for track in (source.picture, source.sound) if track)
    claimed, reached = source.claimed_ms, source.reached_ms
    if indexed or claimed is None or reached is None or source.container.split(",")[0] not in _STATING:
        return False
    return reached < claimed * (1 - _MISSING_SHARE) - _MISSING_MS


def _short_of_index(track: Picture | Sound | None) -> bool:
    if track is None or not track.declared_frames:
        return False
    return track.packets < track.declared_frames * (1 - _MISSING_SHARE) - 1
