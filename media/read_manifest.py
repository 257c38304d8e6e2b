"""Read the manifest of a ready asset, from memory wherever possible."""

from collections import OrderedDict
from dataclasses import dataclass, field

from media.manifest import AssetManifest
from media.ports import Assets

_HELD_LIMIT = 10_000


@dataclass(frozen=True)
class ReadManifest:
    """A ``media.ports.Manifests``. Manifests are immutable, so a held one is never stale."""

    assets: Assets
    _held: OrderedDict[str, AssetManifest] = field(default_factory=OrderedDict, init=False)

    def __call__(self, asset_id: str) -> AssetManifest | None:
        """The manifest; None while the asset is not ready, or unknown."""
        held = self._held.get(asset_id)
        if held is not None:
            return held
        asset = self.assets.find(asset_id)
        if asset is None or asset.manifest is None:
            return None
        self._held[asset_id] = asset.manifest
        if len(self._held) > _HELD_LIMIT:
            self._held.popitem(last=False)
        return asset.manifest
