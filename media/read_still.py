"""Read single frames of an asset as small stills, for those who look for the right one."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kernel.errors import NotFound
from media.house_format import FRAMES_PER_SEGMENT, VIDEO_RENDITIONS
from media.ports import Manifests, Objects

Strip = Callable[[bytes], tuple[bytes, ...]]
"""The frames of a segment of video (init, moof+mdat) as JPEGs, in order."""

_HELD_SEGMENTS = 32
_RENDITION = VIDEO_RENDITIONS[-1].name


@dataclass(frozen=True)
class ReadStill:
    """Neighbours are asked for together, so a segment is decoded once for all its frames.

    One at a time is decoded, and the newest few are held (some 15 MB): however many stills are asked
    for, they cost a process no more than one thread.
    """

    manifests: Manifests
    objects: Objects
    strip: Strip
    _held: OrderedDict[tuple[str, int], tuple[bytes, ...]] = field(default_factory=OrderedDict, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def __call__(self, asset_id: str, frame: int) -> bytes:
        """A JPEG of 320x180 of frame ``frame``, counted at 25 a second in the asset as it is prepared.

        Raises:
            NotFound: ``asset-unknown`` or ``frame-unknown``.
        """
        manifest = await self.manifests(asset_id)
        if manifest is None:
            raise NotFound("asset-unknown", "There is no such asset, or it is not ready.")
        segment, offset = divmod(frame, FRAMES_PER_SEGMENT)
        if not 0 <= segment < manifest.segments:
            raise NotFound("frame-unknown", f"The asset has no frame {frame}.")
        key = asset_id, segment
        async with self._turn:
            if key not in self._held:
                track = manifest.tracks[_RENDITION]
                init = await self.objects.get_range(track.key, 0, track.offsets[0])
                data = await self.objects.get_range(track.key, *track.byte_range(segment))
                self._held[key] = await asyncio.to_thread(self.strip, init + data)
            self._held.move_to_end(key)
            if len(self._held) > _HELD_SEGMENTS:
                self._held.popitem(last=False)
            return self._held[key][offset]
