"""What the content room asks of the world."""

from collections.abc import Collection, Mapping
from typing import Protocol

from content.channel import Channel
from content.partner_item import PartnerItem
from content.programme import Programme
from content.schedule import ScheduleVersion
from media.asset import Asset


class Programmes(Protocol):
    """The library."""

    def add(self, programme: Programme) -> Programme:
        """Keeps a new programme; gives the one kept before, unchanged, where the id is known."""

    def by_ids(self, programme_ids: Collection[str]) -> Mapping[str, Programme]:
        """Those that exist, by id."""

    def newest(self, limit: int) -> list[Programme]:
        """The newest first."""

    def awaiting_schedule(self) -> list[Programme]:
        """Those that are to join a schedule once ready, oldest first."""

    def settle_schedule(self, programme_id: str) -> None:
        """The programme no longer waits to join a schedule."""


class Channels(Protocol):
    """Channels and their schedules."""

    def add(self, channel: Channel, first: ScheduleVersion) -> bool:
        """Keeps a new channel; False if its slug is taken."""

    def all(self) -> list[Channel]:
        """Every channel, oldest first."""

    def get(self, channel_id: str) -> Channel | None:
        """One channel."""

    def versions(self, channel_id: str) -> list[ScheduleVersion]:
        """The versions kept, oldest first; at least one for a channel that exists."""

    def replace_versions(self, channel_id: str, expected: int, versions: Collection[ScheduleVersion]) -> bool:
        """Keeps exactly ``versions``; False, and no change, unless ``expected`` is the newest number."""


class PartnerItems(Protocol):
    """What partners supply."""

    def add(self, item: PartnerItem) -> PartnerItem:
        """Keeps a new item; gives the one kept before, unchanged, where the id is known."""

    def newest(self, limit: int) -> list[PartnerItem]:
        """The newest first."""


class Assets(Protocol):
    """The technical assets, as the media room knows them."""

    def by_ids(self, asset_ids: Collection[str]) -> Mapping[str, Asset]:
        """Those that exist, by id."""


class AdmitUpload(Protocol):
    """The media room's use case that turns a finished upload into an asset."""

    async def __call__(self, owner: str, upload_id: str) -> Asset:
        """The queued asset; raises ``Invalid`` with a coded reason for a file that cannot be played."""


class Announce(Protocol):
    """Tells every process that a snapshot is out of date."""

    def __call__(self, topic: str) -> None:
        """``topic`` is ``content`` here."""
