"""Read the cue sheet of an asset."""

from dataclasses import dataclass

from kernel.errors import Conflict, NotFound
from media.asset import Asset, AssetState
from media.cue_sheet import CueSheet, sheet, undecided
from media.ports import Assets, Cues


@dataclass(frozen=True)
class ReadCues:
    """Candidates, what was decided, and how far the making of it is."""

    assets: Assets
    cues: Cues

    def __call__(self, asset_id: str) -> CueSheet:
        """The sheet.

        Raises:
            NotFound: ``asset-unknown``.
            Conflict: see :func:`find_original`.
        """
        asset = find_original(self.assets, asset_id)
        decision = self.cues.find(asset_id) or undecided(asset_id)
        wanted = self.assets.find(decision.wanted_id) or asset
        return sheet(asset, decision, wanted, self.cues.rejected(asset_id))


def find_original(assets: Assets, asset_id: str) -> Asset:
    """A ready asset that can be made around cues.

    Raises:
        NotFound: ``asset-unknown``.
        Conflict: ``cues-of-a-version``, ``asset-without-source`` or ``asset-not-ready``.
    """
    asset = assets.find(asset_id)
    if asset is None:
        raise NotFound("asset-unknown", "There is no such asset.")
    if asset.cut_from:
        raise Conflict(
            "cues-of-a-version",
            "This was made around cues itself.",
            fix=f"Change the cues of {asset.cut_from}, which it was made from.",
        )
    if not asset.source_key:
        raise Conflict("asset-without-source", "This has no source that it could be made from anew.")
    if asset.state is not AssetState.READY:
        raise Conflict("asset-not-ready", "The asset is not prepared yet.", fix="Wait until it is ready.")
    return asset
