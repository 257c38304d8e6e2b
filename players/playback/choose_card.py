"""Offer a card avail of a session while no card may stand, and push the card that was chosen."""

from dataclasses import dataclass

from adserver.billing.impression import EventKind
from adserver.serving.avail import Format, Location
from kernel.clock import Clock
from players.feed.market_policy import Policies
from players.feed.motion_policy import Permitted, glances_of, permit_card
from players.feed.vehicle_state import VehicleState
from players.playback import card, events
from players.playback.card import OFFER_EVERY_MS, ShownCard
from players.playback.plan_break import OfferAvail
from players.playback.ports import NoteFills, StillReaches
from players.playback.session import Session
from players.ports import Notice, Push, Sessions


@dataclass(frozen=True, slots=True)
class ChooseCard:
    """One card at a time, and only where the vehicle's position is known.

    A card that stands bars the next, so that one look at the screen is one fill; but not once the vehicle
    has left its reach. What a card claimed of a budget and was never shown for goes back by itself when
    the claim expires.
    """

    sessions: Sessions
    offer: OfferAvail
    reaches: StillReaches
    push: Push
    clock: Clock
    note: NoteFills
    policies: Policies

    async def __call__(
        self, session: Session, state: VehicleState, standing: ShownCard | None = None
    ) -> ShownCard | None:
        """The card that was chosen just now, if one was; ``standing`` goes once it is out of reach."""
        now_ms = self.clock.now_ms()
        if not isinstance(permit_card(self.policies, state, session.mount, now_ms), Permitted):
            return None
        location = self.offer.location(session, now_ms)
        if location is None:
            return None
        standing = standing if standing and standing.current(now_ms) else None
        if not await self._claim(session, standing, location):
            return None
        chosen = await self._chosen(session, state, now_ms, standing)
        vehicle_id, sid = session.vehicle_id, session.session_id
        if chosen:
            await self.sessions.keep_card(vehicle_id, sid, chosen)
            self.note((chosen.fill,), EventKind.PLANNED)
        elif standing:
            await self.sessions.drop_card(vehicle_id, sid)
        if chosen or standing:
            await self.push.publish(vehicle_id, Notice("card", sid))
        return chosen

    async def _claim(self, session: Session, standing: ShownCard | None, location: Location) -> bool:
        """Whether it is for us to choose, now that no card stands or the one that does is out of reach."""
        vehicle_id, sid = session.vehicle_id, session.session_id
        if standing is None:
            return await self.sessions.claim_card(vehicle_id, sid, OFFER_EVERY_MS)
        fill = standing.fill
        if self.reaches(fill.line_item_id, fill.card.place_id, location):
            return False
        return await self.sessions.claim_replacement(vehicle_id, sid, standing, OFFER_EVERY_MS)

    async def _chosen(
        self, session: Session, state: VehicleState, now_ms: int, after: ShownCard | None
    ) -> ShownCard | None:
        avail_id = card.avail_id(session.session_id, now_ms, after)
        glances = glances_of(self.policies, state, session.mount, now_ms)
        served = await self.offer(session, state, avail_id, 0, frozenset({Format.CARD}), glances=glances)
        if served is None:
            return None
        told = events.decision_event(served, avail_id, "card", now_ms).data
        await self.push.publish(session.vehicle_id, Notice("decision", session.session_id, told))
        return ShownCard(served.fills[0], now_ms) if served.fills else None
