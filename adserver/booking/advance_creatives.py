"""Creatives whose media is ready, or failed, take their next step. Called every second or so."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Creative, CreativeAction, CreativeState, move_creative
from adserver.booking.order import SPOT_LIMIT_MS
from adserver.ports import Announce, Campaigns, FindMedia
from adserver.serving.avail import Format
from media.manifest import AssetManifest

_BATCH = 200


@dataclass(frozen=True)
class AdvanceCreatives:
    """Preparing → review (or approved) | failed.

    Args:
        auto_approve: whether what is ready serves without an operator's review.
    """

    campaigns: Campaigns
    media: FindMedia
    announce: Announce
    auto_approve: bool

    async def __call__(self) -> int:
        """How many creatives moved."""
        moved = await asyncio.to_thread(self._advance)
        if moved:
            await self.announce("demand")
        return moved

    def _advance(self) -> int:
        waiting = self.campaigns.creatives_in(CreativeState.PREPARING, _BATCH)
        changed = (self._next(creative) for creative in waiting)
        return sum(
            self.campaigns.replace_creative(creative, CreativeState.PREPARING)
            for creative in changed
            if creative
        )

    def _next(self, creative: Creative) -> Creative | None:
        if not creative.asset_id:
            return None  # its tag has yet to be asked
        asset = self.media(creative.asset_id)
        if asset is None:
            return _failed(creative, ("media-missing",))
        if asset.state == "failed":
            return _failed(creative, tuple(asset.reasons))
        if asset.state != "ready" or asset.manifest is None:
            return None
        if asset.manifest.duration_ms > SPOT_LIMIT_MS:
            return _failed(creative, ("creative-too-long",))
        if not asset.manifest.has_sound:
            # A break is decided once; driven through, this would be bought silence.
            return _failed(creative, ("creative-silent",))
        ready = _measured(creative, asset.manifest)
        if self.auto_approve:
            ready = msgspec.structs.replace(ready, state=move_creative(ready.state, CreativeAction.APPROVE))
        return ready


def _measured(creative: Creative, manifest: AssetManifest) -> Creative:
    return msgspec.structs.replace(
        creative,
        state=move_creative(creative.state, CreativeAction.READY),
        formats=frozenset({Format.VIDEO, Format.AUDIO}),
        segments=manifest.segments,
        duration_ms=manifest.duration_ms,
    )


def _failed(creative: Creative, reasons: tuple[str, ...]) -> Creative:
    state = move_creative(creative.state, CreativeAction.FAIL)
    return msgspec.structs.replace(creative, state=state, reasons=reasons)
