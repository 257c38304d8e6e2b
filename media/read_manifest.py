"""Read the manifest of a ready asset, from memory wherever possible."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeVar

from kernel.clock import Clock
from media.manifest import AssetManifest
from media.ports import Assets

MISS_MS = 1_000
_HELD_LIMIT = 10_000
_Kept = TypeVar("_Kept")


@dataclass(frozen=True)
class ReadManifest:
    """A ``media.ports.Manifests``. Manifests are immutable, so a held one is never stale.

    The records are asked in a thread; that there is none is believed for a second, so that whoever
    asks again and again for what is not there costs nobody else anything.
    """

    assets: Assets
    clock: Clock
    _held: OrderedDict[str, AssetManifest] = field(default_factory=OrderedDict, init=False)
    _missed: OrderedDict[str, int] = field(default_factory=OrderedDict, init=False)

    async def __call__(self, asset_id: str) -> AssetManifest | None:
        """The manifest; None while the asset is not ready, or unknown."""
        held = self._held.get(asset_id)
        if held is not None:
            return held
        now_ms = self.clock.now_ms()
        if now_ms < self._missed.get(asset_id, 0):
            return None
        asset = await asyncio.to_thread(self.assets.find, asset_id)
        if asset is None or asset.manifest is None:
            _keep(self._missed, asset_id, now_ms + MISS_MS)
            return None
        _keep(self._held, asset_id, asset.manifest)
        return asset.manifest


def _keep(held: OrderedDict[str, _Kept], asset_id: str, kept: _Kept) -> None:
    held[asset_id] = kept
    if len(held) > _HELD_LIMIT:
        held.popitem(last=False)
