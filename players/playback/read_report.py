"""What the event stream would say now, as one document."""

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from players.feed.market_policy import Policies
from players.feed.motion_policy import Cards
from players.feed.vehicle_state import VehicleState
from players.playback import events
from players.playback.card import ShownCard
from players.playback.events import BreakEvent, CardEvent, StateEvent
from players.playback.session import Grant, Session
from players.ports import Sessions

KEPT_MS = 60_000
"""How long a break is told after its end: a player may be as far behind as its buffer is long."""


class Report(msgspec.Struct, frozen=True):
    """A session as its screen should show it."""

    session_id: str
    channel_id: str
    state: StateEvent
    breaks: tuple[BreakEvent, ...]
    card: CardEvent | None

    def permitted(self, state: StateEvent) -> "Report":
        """What of it a screen may show in ``state``, which it has from now on."""
        if state.cards is not Cards.NO:
            return replace(self, state=state)
        breaks = tuple(replace(one, fills=events.without_cards(one.fills)) for one in self.breaks)
        return replace(self, state=state, breaks=breaks, card=None)


@dataclass(frozen=True, slots=True)
class Seen:
    """A report with what it was made of."""

    report: Report
    session: Session
    state: VehicleState
    card: ShownCard | None


@dataclass(frozen=True, slots=True)
class ReadReport:
    """Read a session's state, breaks and card."""

    sessions: Sessions
    signer: Signer
    clock: Clock
    policies: Policies

    async def __call__(self, grant: Grant) -> Seen:
        """The report now.

        Raises:
            NotFound: ``session-unknown``.
        """
        screen = await self.sessions.screen(grant.vehicle_id, grant.session_id)
        opened = screen.session
        if opened is None:
            raise NotFound("session-unknown", "The session is not known.", fix="Open a new one.")
        now_ms = self.clock.now_ms()
        breaks = (events.break_event(plan) for plan in screen.plans)
        state = events.state_event(self.policies, screen.state, opened, self.signer, now_ms)
        report = Report(
            session_id=opened.session_id,
            channel_id=opened.channel_id,
            state=state,
            breaks=tuple(one for one in breaks if one.ends_at_ms > now_ms - KEPT_MS),
            card=events.card_event(screen.card, now_ms),
        )
        return Seen(report.permitted(state), opened, screen.state, screen.card)
