"""An operator lets a creative on the air, or does not."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.campaign import Creative, CreativeAction, move_creative
from adserver.ports import Announce, Campaigns
from kernel.errors import Conflict, Invalid, NotFound

REASON_LIMIT = 300


@dataclass(frozen=True)
class ReviewCreative:
    """Approves or rejects."""

    campaigns: Campaigns
    announce: Announce

    async def __call__(self, creative_id: str, action: CreativeAction, reason: str = "") -> Creative:
        """The creative after ``action`` (``approve`` or ``reject``).

        Raises:
            NotFound: ``creative-unknown``.
            Invalid: ``review-reason-missing`` where a rejection says nothing, ``review-reason-too-long``.
            Conflict: ``creative-state`` if it cannot take this step.
        """
        creative = await asyncio.to_thread(self.campaigns.creative, creative_id)
        if creative is None:
            raise NotFound("creative-unknown", "There is no such creative.", fix="Open it from the list.")
        reasons = _reasons(action, reason)
        after = move_creative(creative.state, action)
        changed = msgspec.structs.replace(creative, state=after, reasons=reasons)
        if not await asyncio.to_thread(self.campaigns.replace_creative, changed, creative.state):
            raise Conflict(
                "creative-state", "The creative has just changed.", fix="Reload the page and try again."
            )
        await self.announce("demand")
        return changed


def _reasons(action: CreativeAction, reason: str) -> tuple[str, ...]:
    if action is CreativeAction.APPROVE:
        return ()
    reason = reason.strip()
    if not reason:
        fix = "Say in a sentence what the advertiser should change."
        raise Invalid("review-reason-missing", "A rejection needs a reason.", fix=fix, fields={"reason": fix})
    if len(reason) > REASON_LIMIT:
        fix = f"Use at most {REASON_LIMIT} characters."
        raise Invalid("review-reason-too-long", "The reason is too long.", fix=fix, fields={"reason": fix})
    return (reason,)
