"""No longer offer a place, or offer it again."""

from collections.abc import Callable
from dataclasses import dataclass

from geotarget.in_use import refuse_in_use
from geotarget.ports import CampaignsAt, Places
from kernel.clock import Clock


@dataclass(frozen=True)
class WithdrawPlace:
    """A withdrawn place is found nowhere, and an import does not bring it back.

    It is kept, so that reports go on naming it and it can be put back.

    Args:
        campaigns_at: who points at it; a place is not taken from under a campaign.
        announce: told ``places`` when something changed.
    """

    places: Places
    campaigns_at: CampaignsAt
    clock: Clock
    announce: Callable[[str], None]

    def __call__(self, place_id: str) -> None:
        """Withdraw it; one that is not there, or is withdrawn, is let be.

        Raises:
            Conflict: ``place-in-use`` while a campaign that is not over points at it.
        """
        refuse_in_use("place", self.campaigns_at(place_id))
        self.places.withdraw(place_id, self.clock.now_ms())
        self.announce("places")

    def put_back(self, place_id: str) -> None:
        """Offer it again."""
        self.places.withdraw(place_id, None)
        self.announce("places")
