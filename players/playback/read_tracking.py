"""What a session's player is to report of the breaks that are near."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import NotFound
from media.house_format import starts_at_ms
from players.playback import tracking
from players.playback.read_report import KEPT_MS
from players.playback.session import Grant
from players.playback.tracking import Tracking
from players.ports import Sessions


@dataclass(frozen=True, slots=True)
class ReadTracking:
    """Read a session's tracking document."""

    sessions: Sessions
    clock: Clock

    async def __call__(self, grant: Grant) -> Tracking:
        """The document now; it changes only when a break comes or goes.

        Raises:
            NotFound: ``session-unknown``.
        """
        screen = await self.sessions.screen(grant.vehicle_id, grant.session_id)
        opened = screen.session
        if opened is None:
            raise NotFound("session-unknown", "The session is not known.", fix="Open a new one.")
        since_ms = self.clock.now_ms() - KEPT_MS
        near = (plan for plan in screen.plans if starts_at_ms(plan.start + plan.segments) > since_ms)
        return Tracking(opened.session_id, opened.channel_id, tuple(tracking.avail_of(plan) for plan in near))
