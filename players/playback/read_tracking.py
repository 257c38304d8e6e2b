"""What a session's player is to report of the breaks that are near."""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from kernel.clock import Clock
from kernel.errors import NotFound
from media.house_format import starts_at_ms
from players.playback import tracking
from players.playback.on_demand import Source
from players.playback.ports import Plays
from players.playback.read_report import KEPT_MS
from players.playback.session import Grant
from players.playback.tracking import TrackedPlay, Tracking
from players.ports import Sessions


@dataclass(frozen=True, slots=True)
class ReadTracking:
    """Read a session's tracking document."""

    sessions: Sessions
    plays: Plays
    clock: Clock

    async def __call__(self, grant: Grant, source: Source | None = None) -> Tracking:
        """The document now; it changes only when a break comes or goes, or another play begins.

        Args:
            grant: whose.
            source: what it plays on demand; None for nothing.

        Raises:
            NotFound: ``session-unknown``.
        """
        screen = await self.sessions.screen(grant.vehicle_id, grant.session_id)
        opened = screen.session
        if opened is None:
            raise NotFound("session-unknown", "The session is not known.", fix="Open a new one.")
        since_ms = self.clock.now_ms() - KEPT_MS
        near = (plan for plan in screen.plans if starts_at_ms(plan.start + plan.segments) > since_ms)
        avails = tuple(tracking.avail_of(plan) for plan in near)
        return Tracking(opened.session_id, opened.channel_id, avails, await self._play(grant, source))

    async def _play(self, grant: Grant, source: Source | None) -> TrackedPlay | UnsetType:
        if source is None:
            return UNSET
        play, _ = await self.plays.latest(grant.vehicle_id, grant.session_id, source.source_id)
        return tracking.play_of(play) if play else UNSET
