"""Decide the cues of an asset: remember the frames, and have a version made around them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kernel.clock import Clock
from kernel.errors import Conflict
from media.asset import Asset, AssetState
from media.cue import check_cues
from media.cue_sheet import (
    SUPERSEDED,
    CueDecision,
    CueSheet,
    sheet,
    source_frames,
    undecided,
    version_id,
)
from media.ports import Announce, Assets, Cues, PrepareQueue
from media.read_cues import find_original


@dataclass(frozen=True)
class DecideCues:
    """The version before stays and plays until the new one is ready, whatever happens to that.

    Args:
        announce: told ``content``, as what plays may have changed at once.
    """

    assets: Assets
    cues: Cues
    queue: PrepareQueue
    announce: Announce
    clock: Clock

    async def __call__(
        self, account_id: str, asset_id: str, frames: Sequence[int], revision: int | None = None
    ) -> CueSheet:
        """The sheet after the decision. The same decision again only tries again what failed.

        Args:
            account_id: whose decision it is.
            asset_id: of the asset as it was prepared first.
            frames: the cues, as frames of the source at 25 a second, in any order; none takes all away.
            revision: that of the sheet that the editor saw; None decides whatever it was.

        Raises:
            NotFound: ``asset-unknown``.
            Conflict: ``cues-changed`` where somebody else was faster; and see ``read_cues``.
            Invalid: see ``media.cue.check_cues``.
        """
        asset, decision, wanted = await asyncio.to_thread(
            self._decide, account_id, asset_id, frames, revision
        )
        if wanted.state is not AssetState.READY:
            await self.queue.enqueue(wanted.asset_id)
        await self.announce("content")
        return sheet(asset, decision, wanted, await asyncio.to_thread(self.cues.rejected, asset_id))

    def _decide(
        self, account_id: str, asset_id: str, frames: Sequence[int], revision: int | None
    ) -> tuple[Asset, CueDecision, Asset]:
        asset = find_original(self.assets, asset_id)
        before = self.cues.find(asset_id) or undecided(asset_id)
        if revision not in (None, before.revision):
            raise _changed()
        rising = check_cues(frames, source_frames(asset))
        wanted_id = self._wanted_id(before, rising)
        # The version first: a decision must never name what is not there.
        wanted = self._version(asset, wanted_id, rising)
        if wanted_id == before.wanted_id:
            return asset, before, wanted
        last = self.assets.find(before.wanted_id)
        ready = last is not None and last.state is AssetState.READY
        decision = CueDecision(
            asset_id=asset_id,
            frames=rising,
            revision=before.revision + 1,
            wanted_id=wanted_id,
            fallback_id=before.wanted_id if ready else before.fallback_id,
            decided_by=account_id,
            decided_ms=self.clock.now_ms(),
        )
        if not self.cues.decide(decision):
            self._let_go(asset_id, wanted_id)
            raise _changed()
        if not ready:
            self.assets.fail(before.wanted_id, SUPERSEDED)
        return asset, decision, wanted

    def _wanted_id(self, before: CueDecision, frames: tuple[int, ...]) -> str:
        """That of the version around ``frames`` which is there, or else of a new one."""
        if frames == before.frames:
            return before.wanted_id
        known = self.cues.version(before.asset_id, frames) if frames else None
        return known or version_id(before.asset_id, frames, before.revision + 1)

    def _let_go(self, asset_id: str, wanted_id: str) -> None:
        """Nobody has to make the version of a decision that came too late, unless who was faster wants it."""
        newest = self.cues.find(asset_id)
        if newest is None or wanted_id not in (newest.wanted_id, newest.fallback_id):
            self.assets.fail(wanted_id, SUPERSEDED)

    def _version(self, asset: Asset, wanted_id: str, frames: tuple[int, ...]) -> Asset:
        """The version, new or known; one that failed begins again."""
        known = self.assets.find(wanted_id)
        if known is None:
            self.assets.add(
                replace(
                    asset,
                    asset_id=wanted_id,
                    state=AssetState.QUEUED,
                    progress_permille=0,
                    manifest=None,
                    created_ms=self.clock.now_ms(),
                    cut_from=asset.asset_id,
                    cue_frames=frames,
                )
            )
        elif known.state is AssetState.FAILED:
            self.assets.begin(wanted_id)
        return self.assets.find(wanted_id) or asset


def _changed() -> Conflict:
    return Conflict(
        "cues-changed", "Somebody else has changed the cues meanwhile.", fix="Look at them again."
    )
