"""The house format: the one shape that everything played on a channel is conditioned to.

The grid makes audio and video end together exactly: at 25 fps a segment of 1.92 s is 48 video
frames and 90 AAC frames of 1024 samples at 48 kHz. Position k of the grid covers
[EPOCH + k x 1.92 s, EPOCH + (k + 1) x 1.92 s), for every channel, session and process.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from kernel.clock import to_ms

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH_MS = to_ms(EPOCH)
SEGMENT_MS = 1920
FPS = 25
FRAMES_PER_SEGMENT = 48
VIDEO_TIMESCALE = 90_000
VIDEO_TICKS_PER_SEGMENT = 172_800
SAMPLE_RATE_HZ = 48_000
AAC_FRAME_SAMPLES = 1024
AAC_FRAMES_PER_SEGMENT = 90
AUDIO_TICKS_PER_SEGMENT = 92_160
LOUDNESS_LUFS = -23.0
TRUE_PEAK_DBTP = -2.0


class Medium(StrEnum):
    """What a rendition carries; the motion policy speaks of these."""

    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One track of the ladder.

    Args:
        name: appears in URLs and object keys: ``v720``, ``a128``.
        bitrate_bps: what the encoder aims at; ``peak_bps`` is its ceiling (maxrate) and the
            BANDWIDTH that a multivariant playlist may promise before container overhead.
        width, height: pixels; 0 for audio.
        codecs: the RFC 6381 string for the CODECS attribute.
    """

    name: str
    medium: Medium
    bitrate_bps: int
    peak_bps: int
    codecs: str
    width: int = 0
    height: int = 0

    @property
    def ticks_per_segment(self) -> int:
        """Duration of one segment in the track's own timescale."""
        return VIDEO_TICKS_PER_SEGMENT if self.medium is Medium.VIDEO else AUDIO_TICKS_PER_SEGMENT


LADDER: tuple[Rendition, ...] = (
    Rendition("v720", Medium.VIDEO, 2_200_000, 3_300_000, "avc1.64001f", 1280, 720),
    Rendition("v540", Medium.VIDEO, 1_200_000, 1_800_000, "avc1.64001f", 960, 540),
    Rendition("v360", Medium.VIDEO, 600_000, 900_000, "avc1.64001f", 640, 360),
    Rendition("a128", Medium.AUDIO, 128_000, 144_000, "mp4a.40.2"),
)
VIDEO_RENDITIONS = tuple(r for r in LADDER if r.medium is Medium.VIDEO)
AUDIO_RENDITION = LADDER[-1]
BY_NAME = {r.name: r for r in LADDER}


def position_at(now_ms: int) -> int:
    """The grid position that is on air at ``now_ms`` (milliseconds since 1970)."""
    return (now_ms - EPOCH_MS) // SEGMENT_MS


def starts_at_ms(position: int) -> int:
    """When a grid position begins, in milliseconds since 1970."""
    return EPOCH_MS + position * SEGMENT_MS
