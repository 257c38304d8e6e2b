"""What editors have: programmes and partner items, with the state of each asset."""

from dataclasses import dataclass

import msgspec

from content.channels.channel import Channel
from content.library.partner_item import PartnerItem
from content.library.programme import Programme
from content.ports import Assets, Channels, PartnerItems, Programmes
from media.asset import Asset

LIBRARY_LIMIT = 1_000


class LibraryEntry(msgspec.Struct, frozen=True):
    """A programme with its asset (None if the media room has lost it) and whether a schedule names it."""

    programme: Programme
    asset: Asset | None
    scheduled: bool


class ItemEntry(msgspec.Struct, frozen=True):
    """A partner item with its asset (None if the media room has lost it)."""

    item: PartnerItem
    asset: Asset | None


@dataclass(frozen=True)
class ListLibrary:
    """Reads the newest thousand."""

    programmes: Programmes
    channels: Channels
    assets: Assets

    def __call__(self) -> list[LibraryEntry]:
        """The newest first."""
        programmes = self.programmes.newest(LIBRARY_LIMIT)
        assets = self.assets.by_ids({p.asset_id for p in programmes})
        scheduled = {
            programme_id
            for channel in self.channels.all()
            for programme_id in self.channels.versions(channel.channel_id)[-1].facts
        }
        return [LibraryEntry(p, assets.get(p.asset_id), p.programme_id in scheduled) for p in programmes]


@dataclass(frozen=True)
class ListItems:
    """Reads the newest thousand."""

    items: PartnerItems
    assets: Assets

    def __call__(self) -> list[ItemEntry]:
        """The newest first."""
        items = self.items.newest(LIBRARY_LIMIT)
        assets = self.assets.by_ids({item.asset_id for item in items})
        return [ItemEntry(item, assets.get(item.asset_id)) for item in items]


@dataclass(frozen=True)
class ListChannels:
    """Reads every channel."""

    channels: Channels

    def __call__(self) -> list[Channel]:
        """The oldest, which is the default, first."""
        return self.channels.all()
