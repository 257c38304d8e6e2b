"""Whose rules govern vehicles that begin to speak: thousands at once, where a network comes back."""

import asyncio
from collections.abc import Sequence

from players.adapters.batches import Batches
from players.adapters.sql_markets import SqlMarkets

VEHICLES_LIMIT = 500
EVERY_S = 0.02
"""What a vehicle says next waits for the answer."""


class GoverningMarkets:
    """The markets that govern a vehicle, by one query for many."""

    def __init__(self, markets: SqlMarkets) -> None:
        self._markets = markets
        self._ask = Batches(self._answer, VEHICLES_LIMIT, EVERY_S)

    async def __call__(self, vehicle_id: str) -> tuple[str, ...]:
        """As :meth:`players.ports.Markets.governing`."""
        return await self._ask(vehicle_id)

    async def _answer(self, asked: Sequence[str]) -> list[tuple[str, ...]]:
        found = await asyncio.to_thread(self._markets.governing_each, asked)
        return [found[vehicle_id] for vehicle_id in asked]
