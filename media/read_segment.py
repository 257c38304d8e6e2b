"""Read one segment of an asset, moved to where it stands on the grid."""

from collections import OrderedDict
from dataclasses import dataclass, field

from kernel.errors import NotFound
from media.house_format import BY_NAME
from media.ports import Manifests, Objects
from media.retime import retime

_CACHE_BYTES = 256 * 1024 * 1024


class SegmentCache:
    """The most recently used segments of this process, as they are stored.

    Args:
        limit_bytes: what all of them together may take.
    """

    def __init__(self, limit_bytes: int = _CACHE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._held: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()

    def get(self, key: tuple[str, str, int]) -> bytes | None:
        """The segment, if held."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: tuple[str, str, int], data: bytes) -> None:
        """Hold a segment, letting go of the longest unused ones."""
        self._bytes += len(data) - len(self._held.pop(key, b""))
        self._held[key] = data
        while self._bytes > self._limit_bytes:
            self._bytes -= len(self._held.popitem(last=False)[1])


@dataclass(frozen=True)
class ReadSegment:
    """What a player fetches."""

    manifests: Manifests
    objects: Objects
    cache: SegmentCache = field(default_factory=SegmentCache)

    async def __call__(self, asset_id: str, rendition: str, index: int, k: int) -> bytes:
        """Segment ``index`` of the asset, its clock set to grid position ``k``.

        Raises:
            NotFound: ``asset-unknown``, ``rendition-unknown`` or ``segment-unknown``.
        """
        manifest = await self.manifests(asset_id)
        if manifest is None:
            raise NotFound("asset-unknown", "There is no such asset, or it is not ready.")
        track = manifest.tracks.get(rendition)
        if track is None:
            raise NotFound("rendition-unknown", "There is no such rendition.")
        start, end = track.byte_range(index)
        key = (asset_id, rendition, index)
        data = self.cache.get(key)
        if data is None:
            data = await self.objects.get_range(track.key, start, end)
            self.cache.put(key, data)
        return retime(data, BY_NAME[rendition].ticks_per_segment, k)
