"""The vehicle crosses a border, or its operator says where it is registered: other rules govern."""

import asyncio
import logging
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import Conflict, NotFound
from players.feed import market as markets
from players.feed import motion_policy
from players.feed.market import MarketChange
from players.feed.market_policy import Policies
from players.feed.record_switch import Cause, RecordSwitch
from players.ports import Markets, VehicleStates

LOGGER = "players.markets"
CHANGED = "market-changed"
HISTORY_LIMIT = 50
_ATTEMPTS = 16

_log = logging.getLogger(LOGGER)
# These records are owed: a quieter LOG_LEVEL is for the rest.
_log.setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Governed:
    """What governs a vehicle now.

    Args:
        market: its newest market.
        waiting: those before it that govern beside it until the vehicle is parked, oldest first.
        policy: the names of the policies that must all permit, joined by ``+``.
        source: where their rules are written.
        changes: the latest, newest first.
    """

    market: str
    waiting: tuple[str, ...]
    policy: str
    source: str
    changes: tuple[MarketChange, ...]


@dataclass(frozen=True, slots=True)
class ChangeMarket:
    """A stricter market counts at once, a looser one when the vehicle is next parked."""

    markets: Markets
    states: VehicleStates
    policies: Policies
    record: RecordSwitch
    clock: Clock

    async def __call__(self, vehicle_id: str, market: str, by: str) -> Governed:
        """Govern the vehicle by ``market``; the same again changes nothing.

        Args:
            vehicle_id: which vehicle.
            market: ISO 3166 country.
            by: who says so, for the record.

        Raises:
            Invalid: ``market-unknown``.
            NotFound: ``vehicle-unknown``.
            Conflict: ``vehicle-state-contended`` if feeds keep writing; it may be said again.
        """
        market = markets.checked(market)
        moved = await asyncio.to_thread(self.markets.move, vehicle_id, market, by, self.clock.now_ms())
        if moved is None:
            raise _unknown()
        # After the record, so that a state which is made meanwhile is made by it.
        await self._enter(vehicle_id, market)
        if moved.before != moved.after:
            record = {"vehicle_id": vehicle_id, "before": moved.before, "after": moved.after, "by": by}
            _log.info(CHANGED, extra={"market": record})
        return await self.read(vehicle_id)

    async def _enter(self, vehicle_id: str, market: str) -> None:
        """Into what is kept, beside whoever writes it meanwhile."""
        before = await self.states.read(vehicle_id)
        for _ in range(_ATTEMPTS):
            now_ms = self.clock.now_ms()
            told = before.markets or await asyncio.to_thread(self.markets.governing, vehicle_id)
            after = markets.entered(before, (*told, market), now_ms)
            kept = None
            if after != before:
                kept = (await self.states.swap(vehicle_id, before, after, announce=True)).kept
            if kept is None:
                if after != before:
                    self.record(vehicle_id, after, Cause.MARKET, now_ms)
                if after.markets == (market,):
                    await asyncio.to_thread(self.markets.settle, vehicle_id, market, now_ms)
                return
            before = kept
        raise Conflict(
            "vehicle-state-contended", "Feeds keep writing this vehicle's state.", fix="Say it again."
        )

    async def read(self, vehicle_id: str) -> Governed:
        """What governs it now.

        Raises:
            NotFound: ``vehicle-unknown``.
        """
        known = await asyncio.to_thread(self.markets.governing, vehicle_id)
        if not known:
            raise _unknown()
        state = await self.states.read(vehicle_id)
        codes = state.markets or known
        governing = self.policies.governing(codes)
        changes = await asyncio.to_thread(self.markets.changes, vehicle_id, HISTORY_LIMIT)
        return Governed(
            market=known[-1],
            waiting=codes[:-1],
            policy=motion_policy.name_of(governing),
            source=motion_policy.source_of(governing),
            changes=tuple(changes),
        )


def _unknown() -> NotFound:
    return NotFound("vehicle-unknown", "There is no such vehicle.")
