"""An organisation becomes an advertiser."""

from dataclasses import dataclass

from adserver.booking.advertiser import Advertiser, check_name
from adserver.booking.campaign import Category
from adserver.ports import Campaigns
from kernel.clock import Clock
from kernel.ids import NewId


@dataclass(frozen=True)
class RegisterAdvertiser:
    """Adds an advertiser; its accounts belong to the server."""

    campaigns: Campaigns
    new_id: NewId
    clock: Clock

    def __call__(
        self,
        name: str,
        timezone: str = "Europe/Paris",
        currency: str = "EUR",
        category: Category = Category.OTHER,
        *,
        house: bool = False,
    ) -> Advertiser:
        """The new advertiser; ``house`` where it is the operator itself.

        Raises:
            Invalid: ``advertiser-name-missing`` or ``advertiser-name-too-long``.
        """
        advertiser = Advertiser(
            advertiser_id=self.new_id("adv"),
            name=check_name(name, "advertiser"),
            created_ms=self.clock.now_ms(),
            currency=currency,
            timezone=timezone,
            category=category,
            house=house,
        )
        self.campaigns.add_advertiser(advertiser)
        return advertiser
