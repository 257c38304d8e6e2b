"""What the content room asks of the world."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from content.channels.channel import Channel
from content.channels.schedule import ScheduleVersion
from content.library.audit import AuditEntry
from content.library.partner_item import PartnerItem
from content.library.programme import Programme
from media.asset import Asset


class Programmes(Protocol):
    """The library."""

    def add(self, programme: Programme) -> Programme:
        """Keeps a new programme; gives the one kept before, unchanged, where the id is known."""

    def by_ids(self, programme_ids: Collection[str]) -> Mapping[str, Programme]:
        """Those that exist, by id; withdrawn ones too."""

    def newest(self, limit: int) -> list[Programme]:
        """Those of the library, the newest first."""

    def withdrawn_assets(self) -> set[str]:
        """The assets of those that were ever taken out of the library."""

    def awaiting_schedule(self) -> list[Programme]:
        """Those that are to join a schedule once ready, oldest first."""

    def settle_schedule(self, programme_id: str) -> None:
        """The programme no longer waits to join a schedule."""

    def replace(self, programme: Programme, change: AuditEntry) -> bool:
        """Keeps it as it is now, and ``change`` with it; False, and no change, once it was withdrawn."""


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

    def replace_versions(
        self,
        channel_id: str,
        expected: int,
        versions: Collection[ScheduleVersion],
        change: AuditEntry | None = None,
        in_time: Callable[[], bool] | None = None,
    ) -> bool:
        """Keeps exactly ``versions``, and ``change`` with them.

        False, and nothing is kept, unless ``expected`` is the newest number and ``in_time`` still says so
        when nobody else can save any more.
        """

    def replace(self, channel: Channel, change: AuditEntry) -> None:
        """Keeps its name and whether it is offered, and ``change`` with them."""

    def remove(self, channel_id: str, change: AuditEntry) -> None:
        """Forgets it and its schedule, and keeps ``change``."""

    def replace_logo(self, channel_id: str, logo: str, change: AuditEntry) -> str:
        """Keeps which picture of its own is the channel's logo (empty for none), and ``change`` with it.

        Gives the one that was before.
        """


class PartnerItems(Protocol):
    """What partners supply."""

    def add(self, item: PartnerItem) -> PartnerItem:
        """Keeps a new item; gives the one kept before, unchanged, where the id is known."""

    def newest(self, limit: int) -> list[PartnerItem]:
        """Those not withdrawn, the newest first."""

    def get(self, item_id: str) -> PartnerItem | None:
        """One item, withdrawn or not."""

    def offered(self) -> int:
        """How many are not withdrawn."""

    def withdrawn(self) -> Mapping[str, str]:
        """Assets of those that were ever withdrawn, by item id."""

    def replace(self, item: PartnerItem, change: AuditEntry) -> bool:
        """Keeps it as it is now, and ``change`` with it; False, and no change, once it was withdrawn."""


class Audit(Protocol):
    """Who changed what, and when."""

    def record(self, entry: AuditEntry) -> None:
        """Keeps ``entry``, where the change itself has no transaction to keep it in."""

    def of(self, subject: str, limit: int) -> list[AuditEntry]:
        """What was changed of ``subject``, the newest first."""


class AccountName(Protocol):
    """Who is who, as the house's accounts have it."""

    def __call__(self, account_id: str) -> str:
        """What an account is called; the id itself where there is no such account (any more)."""


class Assets(Protocol):
    """The technical assets, as the media room knows them."""

    def by_ids(self, asset_ids: Collection[str]) -> Mapping[str, Asset]:
        """Those that exist, by id."""


class PlayedInstead(Protocol):
    """The media room's records of versions made around cues."""

    def playing(self, asset_ids: Collection[str]) -> Mapping[str, str]:
        """The asset to play for each of ``asset_ids`` that was ever made anew."""

    def made_from(self, asset_ids: Collection[str]) -> set[str]:
        """Every version of ``asset_ids`` that there is, playing or not."""

    def spare(self) -> set[str]:
        """Versions that no decision asks for any more."""

    def retire(self, spare: Collection[str], now_ms: int, before_ms: int) -> tuple[str, ...]:
        """Notes which versions nobody needs, and forgets those noted at ``before_ms`` or earlier; which."""


class AdmitUpload(Protocol):
    """The media room's use case that turns a finished upload into an asset."""

    async def __call__(self, owner: str, upload_id: str, *, film: bool = False) -> Asset:
        """The queued asset; raises ``Invalid`` with a coded reason for a file that cannot be played.

        With ``film`` also ``picture-needed`` for one without a moving picture; the upload stays then.
        """


class Pictures(Protocol):
    """The media room's store of objects."""

    async def put(self, key: str, data: bytes) -> None:
        """Write or overwrite."""

    async def get(self, key: str) -> bytes:
        """All of an object; raises ``NotFound``."""

    async def delete(self, keys: Collection[str]) -> None:
        """Delete; keys that are not there are ignored."""


class RedrawPicture(Protocol):
    """The media room's way with a picture that somebody brings."""

    async def __call__(self, data: bytes) -> bytes:
        """A square PNG of it.

        Raises:
            Invalid: ``logo-unreadable`` or ``logo-too-wide``.
        """


class Announce(Protocol):
    """Tells every process that a snapshot is out of date."""

    def __call__(self, topic: str) -> None:
        """``topic`` is ``content`` here. What is announced was kept: it never fails."""
