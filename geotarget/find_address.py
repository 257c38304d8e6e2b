"""Where an address is, by a provider that the operator chose."""

from dataclasses import dataclass

from geotarget.address import FoundAddresses, TooOften, check_text
from geotarget.ports import AddressesAsked, Geocoder
from kernel.errors import Conflict


@dataclass(frozen=True)
class FindAddress:
    """What was asked before is told again for a week, and costs nobody anything.

    Args:
        geocoder: None where the operator chose none.
        asked: what was asked, and how often.
    """

    geocoder: Geocoder | None
    asked: AddressesAsked

    async def __call__(self, text: str, language: str, account_id: str) -> FoundAddresses | TooOften:
        """The best candidates, at most five, or why it is not asked now.

        Args:
            text: 3 to 200 characters.
            language: of the labels, such as ``fr``.
            account_id: who asks.

        Raises:
            Conflict: ``address-search-off``.
            Invalid: ``address-too-short`` or ``address-too-long``.
            Unavailable: ``address-search-failed``.
        """
        if self.geocoder is None:
            raise Conflict(
                "address-search-off",
                "Addresses cannot be searched here: no provider is configured.",
                fix="Type latitude and longitude, or ask the operator to set ROADCAST_GEOCODER_URL.",
            )
        text = check_text(text)
        found = await self.asked.find(text, language)
        if found is None:
            if refused := await self.asked.count(account_id) or await self.asked.turn():
                return refused
            found = await self.geocoder(text, language)
            await self.asked.keep(text, language, found)
        return FoundAddresses(tuple(found), self.geocoder.attribution)
