"""Make the slate (black and silence, one segment) and, with it, the house init of every rendition."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from kernel.clock import Clock
from kernel.errors import Conflict
from media.asset import SLATE_ID, Asset, AssetState, house_init_key
from media.ports import Assets, Made, Objects, Transcode
from media.prepare_asset import store
from media.work_folder import work_folder


@dataclass(frozen=True)
class MakeSlate:
    """Must have run once before anything can be prepared."""

    assets: Assets
    objects: Objects
    transcode: Transcode
    clock: Clock
    work_dir: Path

    async def __call__(self) -> Asset:
        """The slate's asset; at once if it is there already.

        Raises:
            Conflict: ``house-init-changed`` if this encoder makes another init than the one stored.
        """
        known = await asyncio.to_thread(self.assets.find, SLATE_ID)
        if known is not None and known.state is AssetState.READY:
            return known
        with work_folder(self.work_dir, "slate-") as folder:
            made = await self.transcode.slate(folder)
            await self._found_house(made, folder)
            manifest = await store(self.objects, SLATE_ID, made, folder)
        blank = Asset(SLATE_ID, "", "slate", "", AssetState.QUEUED, 0, (), None, self.clock.now_ms())
        await asyncio.to_thread(self.assets.add, blank)
        await asyncio.to_thread(self.assets.begin, SLATE_ID)
        await asyncio.to_thread(self.assets.publish, manifest)
        return await asyncio.to_thread(self._slate)

    def _slate(self) -> Asset:
        slate = self.assets.find(SLATE_ID)
        assert slate is not None
        return slate

    async def _found_house(self, made: Made, folder: Path) -> None:
        for track in made.tracks:
            init = (folder / track.path).read_bytes()[: track.offsets[0]]
            key = house_init_key(track.rendition)
            if not await self.objects.put_new(key, init) and await self.objects.get(key) != init:
                raise Conflict(
                    "house-init-changed",
                    f"This encoder's init of {track.rendition} is not the one that the store was begun with.",
                    fix="Go back to the FFmpeg version of the lock file, or start with an empty store.",
                )
