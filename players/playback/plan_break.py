"""Decide a break once for a session, keep the decision, and tell the screen."""

import asyncio
import logging
from dataclasses import dataclass

from adserver.billing.impression import EventKind
from adserver.serving.avail import Avail, Format, Location, ServedBreak
from kernel.clock import Clock, from_ms
from media.house_format import starts_at_ms
from media.timeline import Slot
from players.feed.motion_policy import Permitted, may_show
from players.feed.vehicle_state import VehicleState
from players.playback import break_plan, events
from players.playback.break_plan import PlannedBreak
from players.playback.session import Session
from players.ports import NoteFills, Notice, Positions, Push, ServeBreak, Sessions

DECISION_LIMIT_S = 1.0

_log = logging.getLogger(__name__)
_SOUND = frozenset({Format.AUDIO})
_SOUND_AND_PICTURE = frozenset({Format.AUDIO, Format.VIDEO})


@dataclass(frozen=True, slots=True)
class OfferAvail:
    """Offer an avail of a session to the ad server, with where the vehicle is if that may be known."""

    serve_break: ServeBreak
    positions: Positions
    clock: Clock

    async def __call__(
        self,
        session: Session,
        avail_id: str,
        segments: int,
        formats: frozenset[Format],
        starts_at_ms: int | None = None,
    ) -> ServedBreak | None:
        """The answer; None if none came in time, because playing on matters more than selling.

        ``starts_at_ms`` is when a break of a channel begins.
        """
        now_ms = self.clock.now_ms()
        avail = Avail(
            avail_id=avail_id,
            subject=session.vehicle_id,
            segments=segments,
            formats=formats,
            at=from_ms(now_ms),
            location=self.location(session, now_ms),
            market=session.market,
            language=session.language,
            starts_at=None if starts_at_ms is None else from_ms(starts_at_ms),
        )
        try:
            return await asyncio.wait_for(self.serve_break(avail), DECISION_LIMIT_S)
        except Exception:
            # Whatever ails the ad server, the programme goes on.
            _log.exception("no answer for avail %s", avail_id)
            return None

    def location(self, session: Session, now_ms: int) -> Location | None:
        """Where the vehicle is, if its owner agreed and it is known."""
        return self.positions.get(session.vehicle_id, now_ms) if session.location_consent else None


@dataclass(frozen=True, slots=True)
class PlanBreak:
    """What a session sees in a break; asked often, decided once."""

    sessions: Sessions
    offer: OfferAvail
    push: Push
    clock: Clock
    note: NoteFills

    async def __call__(
        self, session: Session, state: VehicleState, slot: Slot, *, listed: bool
    ) -> PlannedBreak:
        """The plan that is kept, whoever made it.

        Args:
            session: whose break it is.
            state: decides whether pictures may be offered.
            slot: the break.
            listed: it is in the window now, and so must be settled: without an answer in time it
                stays filler for ever, because what was listed may not change.
        """
        avail_id = f"{session.session_id}-{slot.slot_id}"
        formats = self._formats(session, state)
        served = await self.offer(session, avail_id, slot.segments, formats, starts_at_ms(slot.start))
        plan = break_plan.planned(slot, served)
        if served is None and not listed:
            return plan
        kept, mine = await self.sessions.keep_plan(session.vehicle_id, session.session_id, plan)
        if mine:
            self.note(kept.fills, EventKind.PLANNED)
            await self._tell(session, avail_id, kept)
        return kept

    def _formats(self, session: Session, state: VehicleState) -> frozenset[Format]:
        answer = may_show(state, session.zone, session.technique, self.clock.now_ms())
        return _SOUND_AND_PICTURE if isinstance(answer, Permitted) else _SOUND

    async def _tell(self, session: Session, avail_id: str, plan: PlannedBreak) -> None:
        sid = session.session_id
        await self.push.publish(session.vehicle_id, Notice("break", sid))
        told = events.decision_event(plan, avail_id, "break", self.clock.now_ms()).data
        await self.push.publish(session.vehicle_id, Notice("decision", sid, told))
