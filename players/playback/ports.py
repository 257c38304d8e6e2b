"""What playing asks of the world beside sessions and vehicles: films, ads, plays and where they were left."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

from adserver.billing.impression import EventKind
from adserver.serving.avail import Avail, Location, ServedBreak, ServedFill
from content.channels.lineup import Lineups
from media.manifest import AssetManifest
from media.rates import Rates
from players.playback.play import Play, Reach
from players.playback.resume_point import ResumePoint


class Plays(Protocol):
    """What sessions play on demand, with the ads that were decided for it (Redis)."""

    async def latest(self, vehicle_id: str, session_id: str, source_id: str) -> tuple[Play | None, bool]:
        """The session's latest play of it, and whether the player has told that it came to the end."""

    async def keep(self, vehicle_id: str, session_id: str, play: Play) -> tuple[Play, bool]:
        """Keep the play unless one as late is kept; the one that is kept, and whether it is this."""

    async def extend(self, vehicle_id: str, session_id: str, play: Play, reach: Reach, now_ms: int) -> Reach:
        """List the play as far as ``reach``, or as far as it has been listed already, whoever asked.

        Where that was further, it is noted from when on (``slowed``): anew, if ``reach`` told of it and was
        behind all the same. What has ended stays as it is. Gives ``reach`` back where the play is not the
        latest, or has expired.
        """

    async def end(self, vehicle_id: str, session_id: str, source_id: str) -> None:
        """The player came to the end of the latest play."""

    async def claim_preroll(self, vehicle_id: str, head_unit_id: str, play_id: str, for_ms: int) -> bool:
        """True for one play in ``for_ms``, however often it asks: ads may stand before it."""

    async def release_preroll(self, vehicle_id: str, head_unit_id: str, play_id: str) -> None:
        """No ads stand before the play: another may have them; what another has claimed stays its own."""

    async def may_tell(self, vehicle_id: str, session_id: str, times: int, in_ms: int) -> bool:
        """Whether the session has told less than ``times`` times in ``in_ms``; counts this one."""


class ResumePoints(Protocol):
    """Where vehicles left what they played on demand (SQL)."""

    def put(self, point: ResumePoint) -> bool:
        """Keep the point unless a later one is kept; whether it was."""

    def get(self, vehicle_id: str, content_id: str, since_ms: int) -> ResumePoint | None:
        """One point, if it is from ``since_ms`` or later."""

    def of(self, vehicle_id: str, since_ms: int, limit: int) -> list[ResumePoint]:
        """Those from ``since_ms`` on, the latest first."""

    def erase(self, vehicle_id: str, content_id: str | None = None) -> int:
        """Forget one, or all of a vehicle's; how many there were."""

    def expire(self, before_ms: int) -> int:
        """Forget those from before ``before_ms``; how many there were."""


class ServeBreak(Protocol):
    """The ad server: one answer and at most one spend for an avail id, however often it is asked."""

    async def __call__(self, avail: Avail) -> ServedBreak:
        """Fill the avail."""


class NoteFills(Protocol):
    """The ad server is told that fills were planned, or listed in a playlist; nobody waits for it."""

    def __call__(self, fills: Sequence[ServedFill], kind: EventKind, /) -> None:
        """Note it of each fill; the same again changes nothing."""


class StillReaches(Protocol):
    """The ad server, from memory: is a promotion's place still near enough?"""

    def __call__(self, line_item_id: str, place_id: str, location: Location, /) -> bool:
        """Whether a card that was chosen may stand."""


class ReadSegment(Protocol):
    """Media segments on the grid."""

    async def __call__(self, asset_id: str, rendition: str, index: int, k: int) -> bytes:
        """Segment ``index`` of an asset, timed to stand at position ``k``.

        Raises:
            NotFound: no such asset, rendition or segment.
        """


class ReadInit(Protocol):
    """The house init segments."""

    async def __call__(self, rendition: str) -> bytes:
        """The init of a rendition, the same for every asset."""


class ReadLineups(Protocol):
    """What is on, from a snapshot in memory."""

    def __call__(self) -> Lineups:
        """The present snapshot."""


class Manifests(Protocol):
    """Published assets, from memory."""

    def __call__(self, asset_id: str, /) -> Awaitable[AssetManifest | None]:
        """The manifest of an asset, None if it is not published."""


class ReadRates(Protocol):
    """Measured rates, from a snapshot in memory."""

    def __call__(self) -> Mapping[str, Rates]:
        """By rendition name; renditions without a published asset are missing."""
