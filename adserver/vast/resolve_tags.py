"""Creatives that are somebody else's tags are asked for, fetched and conditioned, off the requests' way.

Called every few seconds by the worker, and before anybody reviews them: what is shown is the file that was
reviewed, whatever the tag answers later. Whoever claims a tag is alone with it for a while, and a few are
asked at once: one that hangs, or breaks what asks it, keeps nobody waiting but itself.
"""

import asyncio
import logging
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Creative, CreativeAction, move_creative
from adserver.booking.order import SPOT_LIMIT_MS
from adserver.ports import Announce
from adserver.vast.follow_wrappers import Failed, FollowWrappers, Resolved, told_of
from adserver.vast.ports import Fetch, TagCreatives, TakeMedia, Unfetched
from adserver.vast.reading import ErrorCode
from adserver.vast.third_party import films_of, trackers_of
from kernel.clock import Clock
from kernel.errors import Invalid, RoadcastError

MEDIA_LIMIT_BYTES = 64 * 1024 * 1024
PATIENCE_MS = 15 * 60_000
"""For so long after it was handed in who does not answer is asked again."""
AGAIN_MS = 3 * 60_000
"""So long after it was asked last; longer than asking takes at most."""
FILMS_TIME_S = 150.0
AT_ONCE = 4
_REASONS = {
    ErrorCode.UNREACHABLE: "tag-unreachable",
    ErrorCode.TOO_DEEP: "tag-too-deep",
    ErrorCode.NO_AD: "tag-empty",
    ErrorCode.MEDIA_UNREACHABLE: "tag-unreachable",
    ErrorCode.NO_MEDIA: "tag-without-media",
    ErrorCode.UNPLAYABLE: "tag-media-too-large",
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
        async with asyncio.TaskGroup() as group:
            some = [group.create_task(self._some()) for _ in range(AT_ONCE)]
        return sum(one.result() for one in some)

    async def _some(self) -> int:
        """One after the other, until none is due."""
        moved = 0
        while True:
            now_ms = self.clock.now_ms()
            creative = await asyncio.to_thread(self.creatives.claim_tag, now_ms, now_ms + AGAIN_MS)
            if creative is None:
                return moved
            if await self._moved(creative):
                await self.announce("demand")
                moved += 1

    async def _moved(self, creative: Creative) -> bool:
        try:
            return await self._resolve(creative)
        except Exception as broken:
            _log.exception("the tag of %s fails in a way that is not expected", creative.creative_id)
            failed = Failed(ErrorCode.UNREACHABLE, type(broken).__name__, final=False)
            return await self._failed(creative, failed)

    async def _resolve(self, creative: Creative) -> bool:
        found = await self.follow(creative.tag_url)
        if isinstance(found, Failed):
            return await self._failed(creative, found)
        body = await self._film(found)
        if isinstance(body, Failed):
            return await self._failed(creative, body)
        try:
            asset = await self.take(creative.advertiser_id, body, longest_ms=SPOT_LIMIT_MS)
        except Invalid as refused:
            unplayable = self._without(found, ErrorCode.UNPLAYABLE, refused.code)
            return await self._failed(creative, unplayable, refused.code)
        except RoadcastError as hindrance:  # such as a disk that is full: it is tried again
            _log.warning("the film of %s cannot be taken now: %s", creative.creative_id, hindrance.code)
            return False
        taken = msgspec.structs.replace(creative, asset_id=asset.asset_id)
        return await asyncio.to_thread(self.creatives.resolve, taken, trackers_of(found))

    async def _film(self, found: Resolved) -> bytes | Failed:
        """The best of its files that can be fetched."""
        unfetched: list[Unfetched] = []
        try:
            async with asyncio.timeout(FILMS_TIME_S):
                for url in films_of(found, self.follow.values()):
                    body = await self.fetch(url, MEDIA_LIMIT_BYTES)
                    if not isinstance(body, Unfetched):
                        return body
                    unfetched.append(body)
        except TimeoutError:
            unfetched.append(Unfetched("too-slow", f"not within {FILMS_TIME_S:.0f} s"))
        if not unfetched:
            return self._without(found, ErrorCode.NO_MEDIA, "no file to fetch whole")
        large = any(one.code == "too-large" for one in unfetched)
        code = ErrorCode.UNPLAYABLE if large else ErrorCode.MEDIA_UNREACHABLE
        why = ", ".join(f"{one.code}: {one.detail}" for one in unfetched)
        return self._without(found, code, why, final=all(one.final for one in unfetched))

    def _without(self, found: Resolved, code: ErrorCode, detail: str, *, final: bool = True) -> Failed:
        return Failed(code, detail, told_of(found.errors, code, self.follow.values()), final)

    async def _failed(self, creative: Creative, why: Failed, reason: str = "") -> bool:
        """Whether it is given up; then those who want to know of it are told, once."""
        _log.info("the tag of %s gives no film: %s [%d]", creative.creative_id, why.detail, why.code)
        now_ms = self.clock.now_ms()
        if not why.final and now_ms - creative.created_ms < PATIENCE_MS:
            return False
        reason = reason or _REASONS.get(why.code, "tag-malformed")
        state = move_creative(creative.state, CreativeAction.FAIL)
        failed = msgspec.structs.replace(creative, state=state, reasons=(reason,))
        return await asyncio.to_thread(self.creatives.fail, failed, why.told, now_ms)
