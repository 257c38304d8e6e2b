"""What a prepared asset consists of: one object per rendition, and where each segment lies in it."""

from typing import Self

import msgspec

from kernel.errors import NotFound
from media.cue import CueCandidate


class Track(msgspec.Struct, frozen=True):
    """One rendition of an asset, stored as one object: init, then moof+mdat pairs from time 0.

    Args:
        key: object key of the whole track.
        offsets: byte offset of each segment, and the object's size last (``segments + 1`` values).
        peak_bps: the largest measured bit rate over any one segment.
        average_bps: the measured bit rate over the whole track.
    """

    key: str
    offsets: tuple[int, ...]
    peak_bps: int
    average_bps: int

    def byte_range(self, index: int) -> tuple[int, int]:
        """[start, end) of segment ``index``.

        Raises:
            NotFound: ``segment-unknown`` outside the asset.
        """
        if not 0 <= index < len(self.offsets) - 1:
            raise NotFound("segment-unknown", f"The asset has no segment {index}.")
        return self.offsets[index], self.offsets[index + 1]


class AssetManifest(msgspec.Struct, frozen=True):
    """A published asset: immutable once written.

    Args:
        segments: length on the grid; the same in every track.
        duration_ms: length of the source before it was padded to the grid.
        tracks: by rendition name (``media.house_format.LADDER``).
        poster_key: object key of a 1280x720 JPEG.
        has_picture: False where the source had sound only, and the picture is a still card.
        has_sound: False where the source was silent.
        candidates: where black and silence meet; none where the asset was made around cues.
        cues: rising segments before which a break may stand: what was made around cues begins a part there.
    """

    asset_id: str
    segments: int
    duration_ms: int
    tracks: dict[str, Track]
    poster_key: str
    has_picture: bool = True
    has_sound: bool = True
    candidates: tuple[CueCandidate, ...] = ()
    cues: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, data: bytes | str) -> Self:
        """From JSON, validated."""
        return msgspec.json.decode(data, type=cls)
