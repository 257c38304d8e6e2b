"""Read one segment of an asset, moved to where it stands on the grid."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from kernel.errors import NotFound, Unavailable
from kernel.shared import Shared
from media.house_format import BY_NAME
from media.ports import Manifests, Objects, store_unavailable
from media.retime import retime

_CACHE_BYTES = 256 * 1024 * 1024
Key = tuple[str, str, int]
"""Asset, rendition and index."""

TRIES_S = (2.0, 4.0)
"""How long a read may take, the first and the second time: players hold a few seconds, leases last five."""

_PAUSE_S = 0.2


class SegmentCache:
    """The most recently used segments of this process, as they are stored.

    Args:
        limit_bytes: what all of them together may take.
    """

    def __init__(self, limit_bytes: int = _CACHE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._held: OrderedDict[Key, bytes] = OrderedDict()

    def get(self, key: Key) -> bytes | None:
        """The segment, if held."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: Key, data: bytes) -> None:
        """Hold a segment, letting go of the longest unused ones."""
        self._bytes += len(data) - len(self._held.pop(key, b""))
        self._held[key] = data
        while self._bytes > self._limit_bytes:
            self._bytes -= len(self._held.popitem(last=False)[1])


@dataclass(frozen=True)
class ReadSegment:
    """What a player fetches.

    All players of a channel want its next segment at once: the store is asked by the first of them alone.
    """

    manifests: Manifests
    objects: Objects
    cache: SegmentCache = field(default_factory=SegmentCache)
    tries_s: tuple[float, float] = TRIES_S
    _reads: Shared[Key, bytes] = field(default_factory=Shared, init=False)

    async def __call__(self, asset_id: str, rendition: str, index: int, k: int) -> bytes:
        """Segment ``index`` of the asset, its clock set to grid position ``k``.

        Raises:
            NotFound: ``asset-unknown``, ``rendition-unknown``, ``segment-unknown`` or ``object-missing``.
            Unavailable: ``store-unavailable``.
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
            data = await self._reads(key, lambda: self._read(key, track.key, start, end))
        return retime(data, BY_NAME[rendition].ticks_per_segment, k)

    async def _read(self, key: Key, name: str, start: int, end: int) -> bytes:
        """From the store, which may fail or hang once."""
        first_s, second_s = self.tries_s
        try:
            data = await self._tried(name, start, end, first_s)
        except Unavailable:
            await asyncio.sleep(_PAUSE_S)
            data = await self._tried(name, start, end, second_s)
        self.cache.put(key, data)
        return data

    async def _tried(self, name: str, start: int, end: int, limit_s: float) -> bytes:
        try:
            async with asyncio.timeout(limit_s):
                return await self.objects.get_range(name, start, end)
        except TimeoutError:
            raise store_unavailable() from None
