"""What is on: an immutable snapshot of every channel and partner item, for the hot paths."""

from collections.abc import Mapping
from dataclasses import dataclass

from content.channels.plan import DEFAULT_TIMEZONE
from content.library.partner_item import PartnerItem
from content.library.programme import Programme
from content.library.rights import Territories
from media.timeline import Schedule


@dataclass(frozen=True, slots=True)
class ChannelLineup:
    """One channel as it plays.

    Args:
        schedule: what stands at every grid position; slate where nothing is scheduled.
        programmes: by id, every programme that the schedule names.
        timezone: IANA name of the time that its days are reckoned in.
        logo: as in :class:`content.channels.channel.Channel`.
        territories: ISO 3166-1 countries in which it is offered; empty for all.
        known_from: the first position of what is remembered; before it nobody knows what aired.
        offered: whether cars are offered it, where it may be watched; who watches it may go on.
    """

    channel_id: str
    name: str
    slug: str
    schedule: Schedule
    programmes: Mapping[str, Programme]
    timezone: str = DEFAULT_TIMEZONE
    territories: tuple[str, ...] = ()
    known_from: int = 0
    logo: str = ""
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Lineups:
    """All channels and all items that can be played now.

    Args:
        channels: by channel id, the default first.
        default_channel_id: the oldest channel that is offered, else the oldest that waits to be filled;
            empty while there is none.
        items: partner items whose asset is ready, by item id, newest first.
        withdrawn: ids of the items that were withdrawn, for those who still play one.
        withdrawn_assets: what may no longer be played on demand, by those who hold its playlist either.
    """

    channels: Mapping[str, ChannelLineup]
    default_channel_id: str
    items: Mapping[str, PartnerItem]
    withdrawn: frozenset[str] = frozenset()
    withdrawn_assets: frozenset[str] = frozenset()

    def offered(self, market: str) -> list[ChannelLineup]:
        """The channels that may be watched in ``market``, the default first.

        Where none is named, those that may be watched everywhere.
        """
        offered = [one for one in self.channels.values() if one.offered]
        return [one for one in offered if not Territories(one.territories).refusal(market)]
