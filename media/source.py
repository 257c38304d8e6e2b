"""What a probe found in a file that somebody brought."""

from enum import StrEnum

import msgspec

from media.file_clock import PLAIN, FileClock


class FoundKind(StrEnum):
    """How far the probe came."""

    MEDIA = "media"
    NO_MEDIA = "no-media"
    TOO_SLOW = "too-slow"
    CRASHED = "crashed"


class Picture(msgspec.Struct, frozen=True):
    """The video stream that was chosen.

    Args:
        index: of the stream in its file.
        width, height: coded pixels.
        decodable: at least one frame came out of the decoder.
        declared_frames: what the container's own index promises; 0 if it promises nothing.
        packets: how many were really there; meaningful when the scan reached the end.
    """

    index: int
    codec: str
    width: int
    height: int
    decodable: bool
    declared_frames: int = 0
    packets: int = 0


class Sound(msgspec.Struct, frozen=True):
    """The audio stream that was chosen; fields as in :class:`Picture`."""

    index: int
    codec: str
    rate_hz: int
    channels: int
    decodable: bool
    declared_frames: int = 0
    packets: int = 0


class Source(msgspec.Struct, frozen=True):
    """Everything that acceptance judges by.

    Args:
        kind: anything but ``media`` leaves the other fields at their defaults.
        container: FFmpeg's demuxer name.
        streams: how many streams of any kind.
        claimed_ms: duration by the header; None if it names none.
        measured_ms: duration by the packets, as it is played; None if the scan was cut short.
        reached_ms: where the last packet of any stream ends, by the file's own clock; None likewise.
        clock: what is amiss with its clock, and made good.
        torn: its clock jumps back in one stream and not in the other.
        encrypted: a chosen stream is under DRM.
        artwork: an embedded cover picture can be had.
        detail: what the demuxer said, for people.
    """

    kind: FoundKind
    container: str = ""
    size_bytes: int = 0
    streams: int = 0
    picture: Picture | None = None
    sound: Sound | None = None
    claimed_ms: int | None = None
    measured_ms: int | None = None
    reached_ms: int | None = None
    encrypted: bool = False
    artwork: bool = False
    clock: FileClock = PLAIN
    torn: bool = False
    detail: str = ""

    @property
    def duration_ms(self) -> int | None:
        """The best knowledge of how long it plays."""
        return self.claimed_ms if self.measured_ms is None else self.measured_ms
