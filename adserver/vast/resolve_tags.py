"""Creatives that are somebody else's tags are asked for, fetched and conditioned, off the requests' way.

Called every few seconds by the worker, and before anybody reviews them: what is shown is the file that was
reviewed, whatever the tag answers later.
"""

import asyncio
import logging
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Creative, CreativeAction, move_creative
from adserver.booking.order import SPOT_LIMIT_MS
from adserver.ports import Announce
from adserver.vast.follow_wrappers import Failed, FollowWrappers
from adserver.vast.ports import Fetch, TagCreatives, TakeMedia, Unfetched
from adserver.vast.reading import ErrorCode
from adserver.vast.third_party import media_of, trackers_of
from kernel.clock import Clock
from kernel.errors import Invalid, RoadcastError

MEDIA_LIMIT_BYTES = 64 * 1024 * 1024
PATIENCE_MS = 15 * 60_000
"""For so long after it was handed in who does not answer is asked again."""
_BATCH = 32
_REASONS = {
    ErrorCode.UNREACHABLE: "tag-unreachable",
    ErrorCode.TOO_DEEP: "tag-too-deep",
    ErrorCode.NO_AD: "tag-empty",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResolveTags:
    """Preparing → preparing with its media, or failed.

    Args:
        fetch: for media, which are larger than documents.
        take: has the media conditioned.
    """

    creatives: TagCreatives
    follow: FollowWrappers
    fetch: Fetch
    take: TakeMedia
    clock: Clock
    announce: Announce

    async def __call__(self) -> int:
        """How many creatives moved."""
        moved = 0
        for creative in await asyncio.to_thread(self.creatives.unresolved, _BATCH):
            moved += await self._resolve(creative)
        if moved:
            await self.announce("demand")
        return moved

    async def _resolve(self, creative: Creative) -> bool:
        found = await self.follow(creative.tag_url)
        if isinstance(found, Failed):
            _log.info("the tag of %s gives no ad: %s [%d]", creative.creative_id, found.detail, found.code)
            return await self._failed(creative, _REASONS.get(found.code, "tag-malformed"))
        media = media_of(found)
        if media is None:
            return await self._failed(creative, "tag-without-media")
        body = await self.fetch(media.url, MEDIA_LIMIT_BYTES)
        if isinstance(body, Unfetched):
            large = body.code == "too-large"
            return await self._failed(creative, "tag-media-too-large" if large else "tag-unreachable")
        try:
            asset = await self.take(creative.advertiser_id, body, longest_ms=SPOT_LIMIT_MS)
        except Invalid as refused:
            return await self._failed(creative, refused.code)
        except RoadcastError as hindrance:  # such as a disk that is full: it is tried again
            _log.warning("the film of %s cannot be taken now: %s", creative.creative_id, hindrance.code)
            return False
        taken = msgspec.structs.replace(creative, asset_id=asset.asset_id)
        return await asyncio.to_thread(self.creatives.resolve, taken, trackers_of(found))

    async def _failed(self, creative: Creative, reason: str) -> bool:
        """Whether it is given up."""
        young = self.clock.now_ms() - creative.created_ms < PATIENCE_MS
        if reason == "tag-unreachable" and young:
            return False
        state = move_creative(creative.state, CreativeAction.FAIL)
        failed = msgspec.structs.replace(creative, state=state, reasons=(reason,))
        return await asyncio.to_thread(self.creatives.resolve, failed, ())
