"""How often one vehicle may be shown anything of an advertiser."""

import asyncio
from dataclasses import dataclass

import msgspec

from adserver.booking.advertiser import Advertiser
from adserver.booking.cap import FrequencyCap, cap_faults
from adserver.booking.order import Fault, refuse
from adserver.ports import Announce, Campaigns
from kernel.errors import NotFound


@dataclass(frozen=True)
class CapAdvertiser:
    """Keeps an advertiser's caps; each decision holds to them from then on."""

    campaigns: Campaigns
    announce: Announce

    async def __call__(
        self, viewer: str | None, advertiser_id: str, caps: tuple[FrequencyCap, ...]
    ) -> Advertiser:
        """The advertiser with ``caps``; ``viewer`` may change its own, and an operator (None) all.

        Raises:
            Invalid: ``cap-out-of-range``, ``caps-alike`` or ``caps-too-many``.
            NotFound: ``advertiser-unknown``, also for another's.
        """
        found = tuple(Fault(code, "advertiser_cap_count", *told) for code, *told in cap_faults(caps))
        refuse(found)
        advertiser = await asyncio.to_thread(self.read, viewer, advertiser_id)
        await asyncio.to_thread(self.campaigns.cap_advertiser, advertiser_id, caps)
        await self.announce("demand")
        return msgspec.structs.replace(advertiser, caps=caps)

    def read(self, viewer: str | None, advertiser_id: str) -> Advertiser:
        """The advertiser, with its caps.

        Raises:
            NotFound: ``advertiser-unknown``.
        """
        own = viewer is None or viewer == advertiser_id
        advertiser = self.campaigns.advertiser(advertiser_id) if own else None
        if advertiser is None:
            fix = "Sign in with an account of it, or as an operator."
            raise NotFound("advertiser-unknown", "There is no such advertiser.", fix=fix)
        return advertiser
