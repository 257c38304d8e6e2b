"""Offer a card avail of a session while no card stands, and push the card that was chosen."""

from dataclasses import dataclass

from adserver.avail import Format
from kernel.clock import Clock
from players import card, events
from players.card import OFFER_EVERY_MS, ShownCard
from players.motion_policy import Permitted, permit_card
from players.plan_break import OfferAvail
from players.ports import Notice, Push, Sessions
from players.session import Session
from players.vehicle_state import VehicleState


@dataclass(frozen=True, slots=True)
class ChooseCard:
    """One card at a time, and only where the vehicle's position is known.

    A card that stands bars the next, so that one look at the screen is one fill. What a card claimed of a
    budget and was never shown for goes back by itself when the claim expires.
    """

    sessions: Sessions
    offer: OfferAvail
    push: Push
    clock: Clock

    async def __call__(self, session: Session, state: VehicleState) -> ShownCard | None:
        """The card that was chosen just now, if one was."""
        now_ms = self.clock.now_ms()
        if not isinstance(permit_card(state, session.zone, now_ms), Permitted):
            return None
        if self.offer.location(session, now_ms) is None:
            return None
        vehicle_id, sid = session.vehicle_id, session.session_id
        if not await self.sessions.claim_card(vehicle_id, sid, OFFER_EVERY_MS):
            return None
        avail_id = card.avail_id(sid, now_ms)
        served = await self.offer(session, avail_id, 0, frozenset({Format.CARD}))
        if served is None:
            return None
        decision = events.DecisionEvent(avail_id, "card", served.fills, served.refusals, served.cell, now_ms)
        told = events.encode("decision", decision).data
        await self.push.publish(vehicle_id, Notice("decision", sid, told))
        if not served.fills:
            return None
        shown = ShownCard(served.fills[0], now_ms)
        await self.sessions.keep_card(vehicle_id, sid, shown)
        await self.push.publish(vehicle_id, Notice("card", sid))
        return shown
